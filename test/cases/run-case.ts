import { toError } from '../../src/errors.ts'
import type { Case, CaseReport, CaseStep } from './case.ts'
import { differences } from './differences.ts'
import type { Answer, CaseRun, Engine, GivenReport } from './engine.ts'
import type { KeyRegister } from './key-register.ts'
import { keyRegister } from './key-register.ts'
import { givenReport } from './report-bytes.ts'

export interface CaseResult {
  readonly caseId: string
  readonly title: string
  readonly engine: string
  /** What was wrong at the first step that went wrong; undefined when the case passes. */
  readonly failure?: {
    readonly at: string
    readonly step: string
    readonly lines: readonly string[]
  }
}

/** Runs one case through one engine, up to the first step whose answer is not the expected one. */
export async function runCase(testCase: Case, engine: Engine): Promise<CaseResult> {
  const result = { caseId: testCase.id, title: testCase.title, engine: engine.name }
  const run = await engine.openCase(testCase.settings ?? {})
  try {
    const keys = keyRegister(run.tenantId)
    for (const step of testCase.steps) {
      const lines = await runStep(step, run, keys).catch(thrownLines)
      if (lines.length > 0) {
        return { ...result, failure: { at: step.at, step: describeStep(step), lines } }
      }
    }
    return result
  } finally {
    await run.close()
  }
}

/** A step that throws is a failed one; the other cases still run. */
function thrownLines(thrown: unknown): readonly string[] {
  const { stack, message } = toError(thrown)
  return (stack ?? message).split('\n')
}

async function runStep(
  step: CaseStep,
  run: CaseRun,
  keys: KeyRegister,
): Promise<readonly string[]> {
  const at = new Date(step.at)
  if (step.expect_status) return compareStatuses(step.expect_status, at, run, keys)
  if (step.expect_findings) return compareFindings(step.expect_findings, at, run, keys)
  if (step.expect_scans) return compareScans(step.expect_scans, run)
  if (step.add) {
    await run.add(at, step.add.scan, given(step.add.reports, keys))
    return []
  }
  const got =
    (await decide(step, at, run, keys)) ?? toExpectation(await answer(step, at, run, keys), keys)
  return step.expect === undefined ? [] : differences(step.expect, got)
}

function decide(step: CaseStep, at: Date, run: CaseRun, keys: KeyRegister) {
  const ids = (findings: readonly string[]) => findings.map((key) => knownId(key, keys))
  if (step.dismiss) return run.dismiss(at, ids(step.dismiss.findings), step.dismiss)
  if (step.snooze) return run.snooze(at, ids(step.snooze.findings), new Date(step.snooze.until))
  if (step.restore) return run.restore(at, ids(step.restore.findings))
  if (step.label) {
    const { asset, add = [], remove = [] } = step.label
    return run.label(at, asset, { add, remove })
  }
  return undefined
}

function answer(step: CaseStep, at: Date, run: CaseRun, keys: KeyRegister): Promise<Answer> {
  if (step.scan) {
    const { id, reports, again = false, complete = true } = step.scan
    return run.scan(at, { id, reports: given(reports, keys), again, complete })
  }
  if (step.complete !== undefined) return run.complete(at, step.complete)
  if (step.fail !== undefined) return run.fail(at, step.fail)
  if (step.confirm !== undefined) return run.confirm(at, step.confirm)
  if (step.discard !== undefined) return run.discard(at, step.discard)
  throw new TypeError(`a step of no known kind: ${JSON.stringify(step).slice(0, 200)}`)
}

function given(reports: readonly CaseReport[], keys: KeyRegister): readonly GivenReport[] {
  for (const report of reports) keys.register(report)
  return reports.map(givenReport)
}

/** The answer in the words of `expect`: findings by their keys, sorted by them. */
function toExpectation(got: Answer, keys: KeyRegister): object {
  if (got.export === null) return got
  const records = got.export.records
    .map(({ alert_id, ...record }) => ({ finding: keys.keyOf(alert_id), ...record }))
    .toSorted((one, other) => (one.finding < other.finding ? -1 : 1))
  return { ...got, export: { records, excluded: got.export.excluded } }
}

async function compareStatuses(
  expected: Readonly<Record<string, string | null>>,
  at: Date,
  run: CaseRun,
  keys: KeyRegister,
): Promise<readonly string[]> {
  const lines: string[] = []
  for (const [key, status] of Object.entries(expected)) {
    const finding = await run.finding(at, keys.idOf(key) ?? '')
    lines.push(...differences(status, finding?.status ?? null, key))
  }
  return lines
}

/** Compares only the fields that are given. */
async function compareFindings(
  expected: Readonly<Record<string, object | null>>,
  at: Date,
  run: CaseRun,
  keys: KeyRegister,
): Promise<readonly string[]> {
  const lines: string[] = []
  for (const [key, fields] of Object.entries(expected)) {
    const finding = (await run.finding(at, keys.idOf(key) ?? '')) ?? null
    const got =
      finding === null || fields === null
        ? finding
        : Object.fromEntries(Object.entries(finding).filter(([field]) => field in fields))
    lines.push(...differences(fields, got, key))
  }
  return lines
}

async function compareScans(
  expected: Readonly<Record<string, string>>,
  run: CaseRun,
): Promise<readonly string[]> {
  const lines: string[] = []
  for (const [scanId, status] of Object.entries(expected)) {
    lines.push(...differences(status, await run.scanStatus(scanId), scanId))
  }
  return lines
}

function knownId(key: string, keys: KeyRegister): string {
  const id = keys.idOf(key)
  if (id === undefined) throw new RangeError(`no record of the case explains the key ${key}`)
  return id
}

function describeStep(step: CaseStep): string {
  const { at: _at, expect: _expect, scan, add, ...rest } = step
  if (scan) return `scan ${scan.id}`
  if (add) return `add to ${add.scan}`
  return JSON.stringify(rest).slice(0, 80)
}
