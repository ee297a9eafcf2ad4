import type { Estate, Resource } from './estate.ts'
import { gcpChecks } from './gcp-checks.ts'

const analytics = 'larkspur-analytics'
const shop = 'larkspur-shop'

function bucket(uid: string, account = analytics, more: Partial<Resource> = {}): Resource {
  return { uid, region: 'europe-west1', type: 'storage.googleapis.com/Bucket', account, ...more }
}

function instance(uid: string, account = shop, more: Partial<Resource> = {}): Resource {
  return { uid, region: 'europe-west1', type: 'compute.googleapis.com/Instance', account, ...more }
}

function serviceAccount(name: string, account = shop): Resource {
  return {
    uid: `${name}@${account}.iam.gserviceaccount.com`,
    region: 'global',
    type: 'iam.googleapis.com/ServiceAccount',
    account,
  }
}

export const gcp: Estate = {
  provider: 'gcp',
  startedAt: '2026-03-02T06:41:05.000Z',
  accounts: [
    { id: analytics, name: 'Larkspur Analytics' },
    { id: shop, name: 'Larkspur Shop' },
  ],
  resources: {
    'larkspur-events-raw': bucket('larkspur-events-raw', analytics, { labels: ['team:data'] }),
    'larkspur-model-store': bucket('larkspur-model-store'),
    'larkspur-shop-assets': bucket('larkspur-shop-assets', shop),
    'larkspur-old-reports': bucket('larkspur-old-reports', analytics, { only: 1 }),
    'shop-frontend-1': instance('4000000000000000001', shop, { labels: ['team:shop'] }),
    'shop-worker-1': instance('4000000000000000002'),
    'notebook-host': instance('4000000000000000003', analytics),
    'migration-test': instance('4000000000000000004', shop, { only: 1 }),
    'shop-canary-1': instance('4000000000000000005', shop, { only: 2 }),
    'shop-orders': {
      uid: 'shop-orders',
      region: 'europe-west1',
      type: 'sqladmin.googleapis.com/Instance',
      account: shop,
      labels: ['data:personal'],
    },
    warehouse: {
      uid: 'warehouse',
      region: 'europe-west1',
      type: 'sqladmin.googleapis.com/Instance',
      account: analytics,
    },
    'allow-ssh-any': {
      uid: '5000000000000000001',
      region: 'global',
      type: 'compute.googleapis.com/Firewall',
      account: shop,
    },
    'allow-internal': {
      uid: '5000000000000000002',
      region: 'global',
      type: 'compute.googleapis.com/Firewall',
      account: shop,
    },
    customer_events: {
      uid: 'larkspur-analytics:customer_events',
      region: 'EU',
      type: 'bigquery.googleapis.com/Dataset',
      account: analytics,
    },
    public_statistics: {
      uid: 'larkspur-analytics:public_statistics',
      region: 'EU',
      type: 'bigquery.googleapis.com/Dataset',
      account: analytics,
    },
    deployer: serviceAccount('deployer'),
    'report-builder': serviceAccount('report-builder', analytics),
    'shop-runtime': serviceAccount('shop-runtime'),
    'Larkspur Shop': {
      uid: shop,
      region: 'global',
      type: 'cloudresourcemanager.googleapis.com/Project',
      account: shop,
    },
    'Larkspur Analytics': {
      uid: analytics,
      region: 'global',
      type: 'cloudresourcemanager.googleapis.com/Project',
      account: analytics,
    },
    default: {
      uid: '6000000000000000001',
      region: 'global',
      type: 'compute.googleapis.com/Network',
      account: shop,
    },
  },
  checks: gcpChecks,
}
