/** Who a Kubernetes resource is over its rebuilds, and what it is called and is. */
export interface KubernetesAsset {
  readonly id: string
  readonly name: string
  readonly kind: string
}

export interface KubernetesNames {
  readonly cluster: string
  /** Empty for what belongs to no namespace. */
  readonly namespace: string
  readonly kind: string
  readonly name: string
  /** The `data` of the resource, whatever it is. */
  readonly data: unknown
}

/**
 * `k8s://cluster/namespace/kind/name`. A pod that a controller made stands for its controller, since
 * its own name and uid change with every rollout; so the records of one controller's pods are
 * records of one asset.
 */
export function kubernetesAsset(names: KubernetesNames): KubernetesAsset {
  const kind = names.kind.replace(/^Kubernetes(?=[A-Z])/, '')
  const controller = kind === 'Pod' ? controllerOf(names.name, labelsOf(names.data)) : undefined
  const is = controller ?? { kind, name: names.name }
  return { ...is, id: `k8s://${names.cluster}/${names.namespace}/${is.kind}/${is.name}` }
}

/** A name that Kubernetes made: these five letters at its end (k8s.io/apimachinery, util/rand). */
const GENERATED = /^(.+)-[bcdfghjklmnpqrstvwxz2456789]{5}$/
/** A CronJob names its jobs by their scheduled minute, once by the second, counted from 1970. */
const SCHEDULED = /^(.+)-[0-9]{8,10}$/

interface Controller {
  readonly kind: string
  readonly name: string
}

/** Read from the labels that each kind of controller puts on its pods; undefined where none does. */
function controllerOf(pod: string, labels: ReadonlyMap<string, string>): Controller | undefined {
  const generated = GENERATED.exec(pod)?.[1]

  const template = labels.get('pod-template-hash')
  if (template !== undefined && generated?.endsWith(`-${template}`)) {
    return { kind: 'Deployment', name: generated.slice(0, -template.length - 1) }
  }

  const job = labels.get('batch.kubernetes.io/job-name') ?? labels.get('job-name')
  if (job !== undefined && pod.startsWith(`${job}-`)) {
    const cronJob = SCHEDULED.exec(job)?.[1]
    return cronJob === undefined ? { kind: 'Job', name: job } : { kind: 'CronJob', name: cronJob }
  }

  // The pods of a StatefulSet carry a revision too, but keep their names.
  const isOfDaemonSet =
    labels.has('controller-revision-hash') && !labels.has('statefulset.kubernetes.io/pod-name')
  return isOfDaemonSet && generated !== undefined
    ? { kind: 'DaemonSet', name: generated }
    : undefined
}

function labelsOf(data: unknown): ReadonlyMap<string, string> {
  const metadata = isObject(data) ? data['metadata'] : undefined
  const labels = isObject(metadata) ? metadata['labels'] : undefined
  return new Map(
    Object.entries(isObject(labels) ? labels : {}).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    ),
  )
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
