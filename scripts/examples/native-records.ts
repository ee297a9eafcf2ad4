import {
  clusterAdmin,
  deployer,
  devAdmin,
  gcpDeployer,
  invoices,
  releaseRole,
  storefront,
  tobias,
  web,
  webRole,
  worker,
} from './native-assets.ts'

/** A record, what of it differs in the second scan, and whether it stands in one of the two only. */
export interface InScan {
  readonly record: object
  readonly changed?: object
  readonly only?: 1 | 2
}

const assets = [
  web,
  webRole,
  releaseRole,
  invoices,
  tobias,
  devAdmin,
  storefront,
  deployer,
  clusterAdmin,
  worker,
  gcpDeployer,
]
export const nativeAssets: readonly InScan[] = assets.map((asset) => ({
  record: { type: 'asset', ...asset },
}))

function finding(
  check: string,
  severity: string,
  title: string,
  asset: { readonly provider: string; readonly account_id: string; readonly region?: string },
  more: object = {},
) {
  const { provider, account_id, region = '' } = asset
  return {
    type: 'finding',
    check,
    evaluation: 'fail',
    severity,
    title,
    provider,
    account_id,
    region,
    asset,
    ...more,
  }
}

const passed = { evaluation: 'pass' }

export const nativeFindings: readonly InScan[] = [
  {
    record: finding(
      'cleartext-credentials',
      'High',
      'Cloud credentials stand in a file on a workload',
      web,
      {
        description: 'An access key of ci-deployer stands in /opt/deploy/.env on web-1.',
        remediation:
          'Delete the file, deactivate the key, and give the instance a role for what it deploys.',
        risk_category: 'Risky Configurations',
      },
    ),
    changed: passed,
  },
  {
    record: finding(
      'workload-cve',
      'Critical',
      'Public workload has a vulnerability that is exploited',
      web,
      {
        description:
          'nginx module larkspur-images on web-1 is built with a libwebp that overflows on crafted images.',
        remediation: 'Rebuild the image with libwebp 1.3.2 or newer, and restart the service.',
        discriminator: 'libwebp /usr/lib/x86_64-linux-gnu/libwebp.so.7',
        cve_ids: ['CVE-2023-4863'],
        risk_category: 'Vulnerable Public Workload',
      },
    ),
  },
  {
    record: finding('workload-cve', 'High', 'Public workload has a vulnerability', storefront, {
      description: 'storefront serves HTTP/2 with a server that resets of streams exhaust.',
      remediation: 'Update to a server that limits resets, and set a limit of concurrent streams.',
      discriminator: 'golang.org/x/net /app/storefront',
      cve_ids: ['CVE-2023-44487'],
      risk_category: 'Vulnerable Public Workload',
    }),
    changed: { severity: 'Critical' },
  },
  {
    record: finding(
      'external-trust',
      'High',
      'Role trusts another account without a condition',
      devAdmin,
      {
        description: 'dev-admin can be assumed by every principal of account 222222222222.',
        remediation: 'Name the principals in the trust policy, and demand MFA.',
        risk_category: 'Cross Account',
      },
    ),
  },
  {
    record: finding('unused-role', 'Low', 'Role was not used for 90 days', webRole, {
      description: 'Nothing assumed web-instance on behalf of a person since it was made.',
      remediation: 'Limit the trust policy to ec2.amazonaws.com.',
      risk_category: 'Neglected Resource',
    }),
    only: 1,
  },
  {
    record: finding('unused-role', 'Low', 'Role was not used for 90 days', releaseRole, {
      description: 'release-automation used none of its administrator permissions in 90 days.',
      remediation: 'Replace AdministratorAccess by the permissions that were used.',
      risk_category: 'Neglected Resource',
    }),
  },
  {
    record: finding(
      'service-account-key',
      'Medium',
      'Key of a service account lies in a repository',
      gcpDeployer,
      {
        description: 'A key file of deployer was committed to a private repository.',
        remediation: 'Delete the key, and use Workload Identity Federation from the pipeline.',
        risk_category: 'Risky Configurations',
      },
    ),
    only: 2,
  },
]
