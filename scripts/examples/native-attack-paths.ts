import {
  clusterAdmin,
  deployer,
  devAdmin,
  gcpDeployer,
  internet,
  invoices,
  releaseRole,
  storefront,
  tobias,
  web,
  webRole,
  worker,
} from './native-assets.ts'
import type { InScan } from './native-records.ts'

function workload(
  asset: {
    readonly id: string
    readonly name: string
    readonly native_type: string
    readonly provider: string
    readonly account_id: string
    readonly region?: string
  },
  type: string,
  more: object,
) {
  const { id, name, native_type, provider, account_id, region } = asset
  return {
    asset_id: id,
    name,
    type,
    native_type,
    provider,
    account_id,
    ...(region === undefined ? {} : { region }),
    ...more,
  }
}

const toTheInternet = {
  is_public: true,
  certainty: 'confirmed',
  cidrs: ['0.0.0.0/0'],
  ports: [443],
}

const publicInstanceToAdmin = {
  type: 'attack_path',
  scenario: 'public-workload-to-admin',
  title: 'Exploitable public workload leads to an administrator role',
  description:
    'web-1 takes requests from the internet and has a vulnerability that is exploited. Its role may pass release-automation, which administers the account, to a new function.',
  remediation:
    'Limit iam:PassRole of web-instance to the roles it needs; this breaks the path whatever else stays open.',
  entry: web,
  target: releaseRole,
  routes: [[web.id, webRole.id, releaseRole.id]],
  assets: [webRole],
  risk_score: 93,
  risk_category: 'Vulnerable Public Workload',
  workload: workload(web, 'virtual_machine', {
    exposure: toTheInternet,
    identity: {
      asset_id: webRole.id,
      is_admin: false,
      effective_permissions: ['iam:PassRole', 'lambda:CreateFunction', 'lambda:InvokeFunction'],
    },
    vulnerabilities: [{ cve_id: 'CVE-2023-4863', cvss: 8.8, known_exploited: true }],
    labels: ['Public'],
  }),
  risk_definitions: [
    {
      id: 'network-reach',
      name: 'Reachable from the internet',
      type: 'EXPOSURE',
      level: 'High',
      factor: 1,
      certainty: 'confirmed',
      text: 'Port 443 of web-1 is open to 0.0.0.0/0.',
      resources: [web.id],
      mitre: ['T1190'],
    },
    {
      id: 'known-exploited-vulnerability',
      name: 'Vulnerability that is exploited',
      type: 'VULNERABILITY',
      level: 'Critical',
      factor: 0.97,
      certainty: 'confirmed',
      resources: [web.id],
      mitre: ['T1190'],
    },
    {
      id: 'runs-as',
      name: 'Workload acts as its role',
      type: 'IDENTITY',
      level: 'Medium',
      factor: 0.95,
      certainty: 'confirmed',
      resources: [web.id, webRole.id],
      mitre: ['T1552.005'],
    },
    {
      id: 'pass-role-to-new-function',
      name: 'Passes a stronger role to a new function',
      type: 'IDENTITY',
      level: 'Critical',
      factor: 0.9,
      certainty: 'confirmed',
      text: 'iam:PassRole on all roles with lambda:CreateFunction.',
      resources: [webRole.id, releaseRole.id],
      mitre: ['T1098.003', 'T1648'],
    },
  ],
  mitre: ['T1190', 'T1552.005', 'T1098.003'],
}

const publicBucket = {
  type: 'attack_path',
  scenario: 'public-access-to-data-store',
  title: 'Unauthenticated public access to a data store',
  description: 'Anyone can read larkspur-invoices, which holds personal data of customers.',
  remediation: 'Turn on all four Block Public Access settings of the bucket.',
  entry: internet,
  target: invoices,
  routes: [[internet.id, invoices.id]],
  risk_score: 97,
  risk_category: 'Data Exposure',
  workload: workload(invoices, 'data_store', {
    exposure: { is_public: true, certainty: 'confirmed', cidrs: ['0.0.0.0/0'] },
    labels: ['Public', 'Sensitive'],
  }),
  risk_definitions: [
    {
      id: 'public-read',
      name: 'Anyone may read',
      type: 'DATA',
      level: 'Critical',
      factor: 1,
      certainty: 'confirmed',
      text: 'The bucket policy allows s3:GetObject to every principal.',
      resources: [internet.id, invoices.id],
      mitre: ['T1530'],
    },
    {
      id: 'sensitive-data',
      name: 'Sensitive data',
      type: 'DATA',
      level: 'High',
      factor: 0.9,
      certainty: 'confirmed',
      resources: [invoices.id],
    },
  ],
  mitre: ['T1530'],
}

const podToClusterAdmin = {
  type: 'attack_path',
  scenario: 'pod-to-cluster-admin',
  title: 'Exposed pod is bound to cluster-admin',
  description:
    'storefront takes requests from the internet and runs as ci-deploy, which a binding makes cluster-admin.',
  remediation: 'Run storefront as an account of its own without bindings.',
  entry: storefront,
  target: clusterAdmin,
  routes: [[storefront.id, deployer.id, clusterAdmin.id]],
  assets: [deployer],
  risk_score: 84,
  risk_category: 'Administrator Access Compromise',
  workload: workload(storefront, 'pod', {
    exposure: toTheInternet,
    identity: { asset_id: deployer.id, is_admin: true },
    vulnerabilities: [{ cve_id: 'CVE-2023-44487', cvss: 7.5, known_exploited: true }],
  }),
  risk_definitions: [
    {
      id: 'network-reach',
      name: 'Reachable from the internet',
      type: 'EXPOSURE',
      level: 'High',
      factor: 1,
      certainty: 'confirmed',
      resources: [storefront.id],
      mitre: ['T1190'],
    },
    {
      id: 'mounted-token',
      name: 'Token of the service account is mounted',
      type: 'CREDENTIAL',
      level: 'Medium',
      factor: 0.95,
      certainty: 'confirmed',
      resources: [storefront.id, deployer.id],
      mitre: ['T1552.007'],
    },
    {
      id: 'bound-to-cluster-admin',
      name: 'Bound to cluster-admin',
      type: 'IDENTITY',
      level: 'Critical',
      factor: 0.95,
      certainty: 'confirmed',
      resources: [deployer.id, clusterAdmin.id],
      mitre: ['T1078.001'],
    },
  ],
  mitre: ['T1190', 'T1552.007'],
}

const acrossAccounts = {
  type: 'attack_path',
  scenario: 'cross-account-role-chain',
  title: 'Development account can become administrator of production',
  description:
    'tobias signs in without MFA and may assume dev-admin, which release-automation in production trusts.',
  remediation:
    'Take dev-admin out of the trust policy of release-automation, and demand MFA for dev-admin.',
  entry: tobias,
  target: releaseRole,
  routes: [[tobias.id, devAdmin.id, releaseRole.id]],
  assets: [devAdmin],
  risk_score: 65,
  risk_category: 'Cross Account',
  workload: workload(tobias, 'identity', {
    exposure: { is_public: false, certainty: 'conditional' },
    identity: { asset_id: tobias.id, is_admin: false, effective_permissions: ['sts:AssumeRole'] },
  }),
  risk_definitions: [
    {
      id: 'user-without-mfa',
      name: 'Console user without MFA',
      type: 'CREDENTIAL',
      level: 'High',
      factor: 0.5,
      certainty: 'confirmed',
      resources: [tobias.id],
      mitre: ['T1078.004'],
    },
    {
      id: 'assume-role',
      name: 'May assume the role',
      type: 'TRUST',
      level: 'Medium',
      factor: 0.95,
      certainty: 'confirmed',
      resources: [tobias.id, devAdmin.id],
      mitre: ['T1548.005'],
    },
    {
      id: 'assume-role-across-accounts',
      name: 'May assume a role of another account',
      type: 'TRUST',
      level: 'High',
      factor: 0.95,
      certainty: 'confirmed',
      resources: [devAdmin.id, releaseRole.id],
      mitre: ['T1199'],
    },
  ],
  mitre: ['T1078.004', 'T1199'],
}

const actAsDeployer = {
  type: 'attack_path',
  scenario: 'private-workload-to-admin',
  title: 'Private workload can act as an administrator',
  description:
    'shop-worker-1 runs as the default account, which may create tokens for deployer, an editor of the project.',
  remediation: 'Give shop-worker-1 an account of its own without Token Creator.',
  entry: worker,
  target: gcpDeployer,
  routes: [[worker.id, gcpDeployer.id]],
  risk_score: 48,
  risk_category: 'Privilege Escalation',
  workload: workload(worker, 'virtual_machine', {
    exposure: { is_public: false, certainty: 'confirmed' },
    identity: { is_admin: false, effective_permissions: ['iam.serviceAccounts.getAccessToken'] },
  }),
  risk_definitions: [
    {
      id: 'creates-tokens',
      name: 'Creates tokens of a stronger account',
      type: 'IDENTITY',
      level: 'High',
      factor: 0.95,
      certainty: 'confirmed',
      resources: [worker.id, gcpDeployer.id],
      mitre: ['T1548.005'],
    },
  ],
  mitre: ['T1548.005'],
}

export const attackPaths: readonly InScan[] = [
  // Its vulnerability stays, but version 2 of the metadata service now stands between.
  {
    record: publicInstanceToAdmin,
    changed: {
      risk_score: 81,
      risk_definitions: publicInstanceToAdmin.risk_definitions.map((each) =>
        each.id === 'runs-as' ? { ...each, factor: 0.6 } : each,
      ),
    },
  },
  { record: publicBucket, only: 1 },
  { record: podToClusterAdmin },
  { record: acrossAccounts },
  { record: actAsDeployer },
]
