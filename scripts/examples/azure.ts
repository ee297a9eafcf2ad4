import { azureChecks } from './azure-checks.ts'
import type { Estate, Resource } from './estate.ts'

const production = '00000000-0000-4000-8000-000000000001'

function resource(
  group: string,
  type: string,
  name: string,
  more: Partial<Resource> = {},
): Resource {
  return {
    uid: `/subscriptions/${production}/resourceGroups/${group}/providers/${type}/${name}`,
    region: 'westeurope',
    type: type.toLowerCase(),
    account: production,
    ...more,
  }
}

export const azure: Estate = {
  provider: 'azure',
  startedAt: '2026-03-02T06:20:40.000Z',
  accounts: [{ id: production, name: 'Larkspur Production' }],
  resources: {
    larkspurmedia: resource('rg-web', 'Microsoft.Storage/storageAccounts', 'larkspurmedia', {
      labels: ['team:web'],
    }),
    larkspurledger: resource('rg-billing', 'Microsoft.Storage/storageAccounts', 'larkspurledger', {
      labels: ['data:personal', 'team:billing'],
    }),
    larkspurdiag: resource('rg-platform', 'Microsoft.Storage/storageAccounts', 'larkspurdiag'),
    larkspurtemp: resource('rg-platform', 'Microsoft.Storage/storageAccounts', 'larkspurtemp', {
      only: 1,
    }),
    'kv-billing': resource('rg-billing', 'Microsoft.KeyVault/vaults', 'kv-billing'),
    'kv-web': resource('rg-web', 'Microsoft.KeyVault/vaults', 'kv-web'),
    'vm-jump': resource('rg-platform', 'Microsoft.Compute/virtualMachines', 'vm-jump'),
    'vm-print': resource('rg-office', 'Microsoft.Compute/virtualMachines', 'vm-print'),
    'vm-license': resource('rg-office', 'Microsoft.Compute/virtualMachines', 'vm-license', {
      only: 2,
    }),
    'nsg-jump': resource('rg-platform', 'Microsoft.Network/networkSecurityGroups', 'nsg-jump'),
    'nsg-office': resource('rg-office', 'Microsoft.Network/networkSecurityGroups', 'nsg-office'),
    'nsg-web': resource('rg-web', 'Microsoft.Network/networkSecurityGroups', 'nsg-web'),
    'sql-ledger': resource('rg-billing', 'Microsoft.Sql/servers', 'sql-ledger', {
      labels: ['data:personal'],
    }),
    'sql-catalog': resource('rg-web', 'Microsoft.Sql/servers', 'sql-catalog'),
    'app-storefront': resource('rg-web', 'Microsoft.Web/sites', 'app-storefront'),
    'app-intranet': resource('rg-office', 'Microsoft.Web/sites', 'app-intranet'),
    'aks-shop': resource('rg-shop', 'Microsoft.ContainerService/managedClusters', 'aks-shop'),
    'Larkspur Production': {
      uid: `/subscriptions/${production}`,
      region: 'global',
      type: 'microsoft.resources/subscriptions',
      account: production,
    },
    'Support Operator': {
      uid: `/subscriptions/${production}/providers/Microsoft.Authorization/roleDefinitions/00000000-0000-4000-8000-0000000000a1`,
      region: 'global',
      type: 'microsoft.authorization/roledefinitions',
      account: production,
    },
    'Cost Reader': {
      uid: `/subscriptions/${production}/providers/Microsoft.Authorization/roleDefinitions/00000000-0000-4000-8000-0000000000a2`,
      region: 'global',
      type: 'microsoft.authorization/roledefinitions',
      account: production,
    },
  },
  checks: azureChecks,
}
