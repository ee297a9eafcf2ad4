import { describe, expect, it } from 'vitest'
import { kubernetesAsset } from './kubernetes-asset.ts'

function idOf(kind: string, name: string, labels: unknown = {}): string {
  const names = { cluster: 'dev', namespace: 'web', kind, name, data: { metadata: { labels } } }
  return kubernetesAsset(names).id
}

describe('kubernetesAsset', () => {
  it.each([
    ['shop-67644fb9d8-x7k2p', { 'pod-template-hash': '67644fb9d8' }, 'Deployment/shop'],
    ['agent-x7k2p', { 'controller-revision-hash': '5d4f' }, 'DaemonSet/agent'],
    ['load-x7k2p', { 'batch.kubernetes.io/job-name': 'load' }, 'Job/load'],
    ['load-0-x7k2p', { 'job-name': 'load' }, 'Job/load'],
    ['dump-29012345-x7k2p', { 'job-name': 'dump-29012345' }, 'CronJob/dump'],
  ])('takes pod %s with labels %j for %s', (pod, labels, expected) => {
    expect(idOf('Pod', pod, labels)).toBe(`k8s://dev/web/${expected}`)
    expect(idOf('KubernetesPod', pod, labels)).toBe(`k8s://dev/web/${expected}`)
  })

  it.each([
    ['a pod without a controller', 'shop', {}],
    ['a pod whose name its label does not explain', 'shop', { 'pod-template-hash': '67644fb9d8' }],
    ['a pod of another job', 'shop-x7k2p', { 'job-name': 'load' }],
    ['a hash that is a pattern', 'shop-.*-x7k2p', { 'pod-template-hash': '(' }],
    ['labels that are none', 'shop-x7k2p', [1]],
    [
      'a pod of a StatefulSet',
      'db-0',
      { 'controller-revision-hash': '5d4f', 'statefulset.kubernetes.io/pod-name': 'db-0' },
    ],
  ])('leaves %s as it is', (_, pod, labels) => {
    expect(idOf('Pod', pod, labels)).toBe(`k8s://dev/web/Pod/${pod}`)
  })

  it('keeps the kind of everything else', () => {
    const labels = { 'pod-template-hash': '67644fb9d8' }

    expect(idOf('ConfigMap', 'shop-67644fb9d8-x7k2p', labels)).toBe(
      'k8s://dev/web/ConfigMap/shop-67644fb9d8-x7k2p',
    )
  })
})
