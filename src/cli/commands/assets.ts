import type { Command } from 'commander'
import { labelAsset } from '../../app/label-asset.ts'
import { AppError } from '../../errors.ts'
import type { Provider } from '../../domain/provider.ts'
import { listAssets } from '../../store/assets.ts'
import type { AssetView } from '../../store/assets.ts'
import type { Cli } from '../cli.ts'
import { parseLimit, providerOption } from '../options.ts'
import { example, printDone, printList, remark } from '../output.ts'
import { brief, nativeTypeText, printable, shortened, table } from '../terminal.ts'
import { toAssetJson } from '../views.ts'

interface AssetOptions {
  readonly provider?: Provider
  readonly account?: string
  readonly region?: string
  readonly label?: string
  readonly limit: number
}

export function addAssetCommands(program: Command, cli: Cli): void {
  const assets = program
    .command('assets')
    .description('assets that reports name: list, show, label')

  const list = addPlace(assets.command('list').description('lists assets'))
    .option('--label <label>', 'with this label, of a person or a scanner')
    .option('--limit <count>', 'at most so many', parseLimit, 100)
  example(list, 'assets list --label Ignore')
  list.action(async (options: AssetOptions) => {
    await cli.withApp({}, (app) =>
      app.db.transaction(cli.tenantId, async (tx) => {
        const rows = await listAssets(
          tx,
          { ...toPlace(options), ...(options.label === undefined ? {} : { label: options.label }) },
          { limit: options.limit },
        )
        printList(
          cli.terminal,
          list,
          rows.map(toAssetJson),
          () => assetTable(rows),
          'No asset matches. Assets come with reports: tocsin ingest REPORT',
        )
      }),
    )
  })

  const show = addPlace(
    assets
      .command('show <asset>')
      .description('shows an asset; several where its id is not unique'),
  )
  example(show, 'assets show arn:aws:s3:::example-bucket')
  show.action(async (assetId: string, options: AssetOptions) => {
    await cli.withApp({}, (app) =>
      app.db.transaction(cli.tenantId, async (tx) => {
        const rows = await listAssets(tx, { ...toPlace(options), assetId }, { limit: 100 })
        if (rows.length === 0)
          throw new AppError('not_found', `There is no asset ${assetId}. See: tocsin assets list`)
        printList(
          cli.terminal,
          show,
          rows.map(toAssetJson),
          () => rows.map(assetText).join('\n'),
          '',
        )
      }),
    )
  })

  const label = addPlace(
    assets
      .command('label <asset> <changes...>')
      .description('adds and removes labels of people: +Sensitive -Ignore'),
  ).allowUnknownOption()
  example(label, 'assets label arn:aws:s3:::example-bucket +Sensitive -Ignore')
  label.action(async (assetId: string, changes: string[], options: AssetOptions) => {
    const unknown = changes.find((change) => change.startsWith('--'))
    if (unknown !== undefined)
      throw new AppError(
        'invalid_argument',
        `There is no option ${unknown}. Add --help to see which`,
      )
    const add = changes.filter((change) => change.startsWith('+')).map((change) => change.slice(1))
    const remove = changes
      .filter((change) => change.startsWith('-'))
      .map((change) => change.slice(1))
    if (add.length + remove.length !== changes.length) {
      throw new AppError(
        'invalid_argument',
        'A label is added with + and removed with -: tocsin assets label ASSET +Sensitive -Ignore',
      )
    }
    await cli.withApp({}, async (app) => {
      const asset = await labelAsset(app, {
        tenantId: cli.tenantId,
        by: cli.user,
        asset: { ...toPlace(options), assetId },
        add,
        remove,
      })
      printDone(
        cli.terminal,
        label,
        toAssetJson(asset),
        `${printable(assetId)}: ${asset.userLabels.length === 0 ? 'no labels' : asset.userLabels.map(printable).join(', ')}` +
          (asset.ignored ? '. Its findings are left out of exports until Ignore is removed.' : ''),
      )
    })
    if (add.includes('ignore'))
      remark(cli.terminal, label, 'Labels are case-sensitive: the one that takes effect is Ignore.')
  })
}

function addPlace(command: Command): Command {
  return command
    .option('--provider <provider>', 'AWS, KUBE, AZURE or GCP', providerOption)
    .option('--account <id>', 'account, subscription, project or cluster')
    .option('--region <name>', 'region')
}

interface Place {
  readonly provider?: Provider
  readonly accountId?: string
  readonly region?: string
}

function toPlace(options: AssetOptions): Place {
  const { provider, account, region } = options
  return {
    ...(provider === undefined ? {} : { provider }),
    ...(account === undefined ? {} : { accountId: account }),
    ...(region === undefined ? {} : { region }),
  }
}

function assetTable(rows: readonly AssetView[]): string {
  return table(
    ['ASSET', 'TYPE', 'PROVIDER', 'ACCOUNT', 'REGION', 'LABELS', 'OPEN'],
    rows.map((row) => [
      row.assetId,
      row.resourceType,
      row.provider,
      row.accountId,
      row.region,
      shortened([...row.userLabels, ...row.scannerLabels].join(', '), 40),
      row.openFindings,
    ]),
  )
}

function assetText(asset: AssetView): string {
  return [
    `${printable(asset.assetId)}\n`,
    `  name            ${brief(asset.name)}\n`,
    `  type            ${asset.resourceType} (${nativeTypeText(asset.nativeType)})\n`,
    `  account         ${asset.provider} ${printable(asset.accountId)} ${printable(asset.region)}\n`,
    `  labels          ${asset.userLabels.map(printable).join(', ')}\n`,
    `  scanner labels  ${asset.scannerLabels.map(printable).join(', ')}\n`,
    `  open findings   ${asset.openFindings}${asset.ignored ? ' (ignored)' : ''}\n`,
  ].join('')
}
