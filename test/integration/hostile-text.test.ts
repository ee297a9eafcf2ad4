import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aNativeFinding, lines, nativeScan } from './cli/reports.ts'
import { openTocsin } from './cli/tocsin.ts'
import type { Tocsin } from './cli/tocsin.ts'

/** What means something to SQL, to COPY or to a shell when it is taken for more than text. */
const hostile: readonly string[] = [
  `'; drop table findings; --`,
  `x' or '1'='1`,
  '$1',
  '$$; select pg_sleep(60); $$',
  '%',
  '_',
  '\\.',
  '\\N',
  '\\',
  '\\\\x41\\101\\t',
  'tab\tand\nline\r\nends',
  '"{}", (null)',
  'NULL',
  '-- comment',
  '/* comment',
  'ünï\u{1F512}',
]

describe('texts of a report', () => {
  let tocsin: Tocsin

  beforeAll(async () => {
    tocsin = await openTocsin()
    const records = hostile.map((text, number) =>
      aNativeFinding(number, {
        check: text,
        title: text,
        account_id: text,
        discriminator: text,
        region: text,
        asset: { id: text, name: text, native_type: text, labels: [text] },
      }),
    )
    await tocsin.write('hostile.jsonl', lines([nativeScan, ...records]))
    await tocsin.must('ingest', 'hostile.jsonl')
  })

  afterAll(() => tocsin.close())

  interface Listed {
    readonly rule: string
    readonly title: string
    readonly account_id: string
    readonly asset_id: string
    readonly asset_name: string
    readonly region: string
  }

  async function list(...filter: readonly string[]): Promise<readonly Listed[]> {
    const text = await tocsin.must('findings', 'list', ...filter, '--json')
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Listed)
  }

  it('are stored as they were written, each in its own finding', async () => {
    const findings = await list()

    expect(findings).toHaveLength(hostile.length)
    const stored = findings.map(({ rule, title, account_id, region, asset_id, asset_name }) => ({
      rule,
      parts: new Set([title, account_id, region, asset_id, asset_name]),
    }))
    expect(stored).toEqual(
      expect.arrayContaining(hostile.map((text) => ({ rule: text, parts: new Set([text]) }))),
    )
  })

  it.each([`x' or '1'='1`, '%', '\\'])('match nothing else as a filter: %s', async (text) => {
    const found = await list(`--rule=${text}`, `--account=${text}`, `--asset=${text}`)

    expect(found.map(({ rule }) => rule)).toEqual([text])
  })

  it('are text in a decision and in a label too', async () => {
    const text = `'; drop table findings; --`

    await tocsin.must(
      'findings',
      'dismiss',
      `--rule=${text}`,
      '--reason',
      'other',
      '--comment',
      text,
      '--yes',
    )
    await tocsin.must('assets', 'label', text, `+${text}`)

    const [dismissed, ...others] = await list('--status', 'dismissed')
    expect(dismissed).toMatchObject({ rule: text, decision: { comment: text } })
    expect(others).toEqual([])
    const [audit] = await tocsin.db.owner<{ after: object }>(
      `select after from audit_log where action = 'asset.label'`,
    )
    expect(audit?.after).toEqual({ labels: [text] })
  })
})
