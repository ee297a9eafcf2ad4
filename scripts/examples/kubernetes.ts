import type { Estate, Resource } from './estate.ts'
import { kubernetesChecks } from './kubernetes-checks.ts'

const cluster = 'larkspur-prod'

/** A pod of a Deployment: its controller stays, its own name does not. */
function pod(
  namespace: string,
  serial: string,
  template: string,
  more: Partial<Resource> = {},
): Resource {
  return {
    uid: `00000000-0000-4000-9000-${serial.padStart(12, '0')}`,
    region: '',
    namespace,
    type: 'Pod',
    account: cluster,
    metadata: { namespace, labels: { 'pod-template-hash': template } },
    ...more,
  }
}

function rbac(type: string, more: Partial<Resource> = {}): Resource {
  return { uid: '', region: '', namespace: 'cluster-wide', type, account: cluster, ...more }
}

export const kubernetes: Estate = {
  provider: 'kubernetes',
  startedAt: '2026-03-02T07:02:33.000Z',
  accounts: [{ id: cluster, name: cluster }],
  resources: {
    'checkout-67644fb9d8-x7k2p': pod('payments', '1', '67644fb9d8', { only: 1 }),
    'checkout-5c9d7b66f4-b4mzt': pod('payments', '2', '5c9d7b66f4', { only: 2 }),
    'ledger-7d4c8b5f6-q9w8z': pod('payments', '3', '7d4c8b5f6'),
    'storefront-6b8f7c9d55-h2j4k': pod('web', '4', '6b8f7c9d55'),
    'debug-shell': pod('web', '5', '', { metadata: { namespace: 'web' }, only: 1 }),
    'feedback-59f6c7d8b4-l5n6r': pod('web', '6', '59f6c7d8b4', { only: 2 }),
    'log-agent-v8x9z': pod('observability', '7', '', {
      metadata: { namespace: 'observability', labels: { 'controller-revision-hash': '5d4f8c' } },
    }),
    'metrics-0': pod('observability', '8', '', { metadata: { namespace: 'observability' } }),
    'kube-apiserver-node-1': pod('kube-system', '9', '', {
      metadata: { namespace: 'kube-system' },
    }),
    'kubelet-config': {
      uid: '00000000-0000-4000-9000-000000000010',
      region: '',
      namespace: 'kube-system',
      type: 'ConfigMap',
      account: cluster,
    },
    'ops-team-admin': rbac('ClusterRoleBinding'),
    'ci-deploy-admin': rbac('ClusterRoleBinding'),
    'log-reader': rbac('ClusterRole'),
    'secret-sync': rbac('ClusterRole'),
    'platform-all': rbac('ClusterRole'),
  },
  checks: kubernetesChecks,
}
