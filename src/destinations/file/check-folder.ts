import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { outcomeReason } from '../../domain/delivery.ts'
import type { CheckResult, CheckStep } from '../destination.ts'
import { classify } from './classify.ts'
import {
  PARTIAL_FOLDER,
  makeFolder,
  publishOnce,
  removeEmptyFolder,
  removeFile,
  syncFolders,
  systemCode,
  writeDurably,
} from './publish.ts'
import type { Link } from './publish.ts'

const PROBE = new TextEncoder().encode('{"probe":"tocsin"}\n')

interface Probe {
  readonly root: string
  /** Where the probe is written, and the two names that it is to be given. */
  readonly written: string
  readonly published: string
  readonly signal: AbortSignal
  readonly linkFile: Link
}

/** Answers what was seen, as text when it is well; throws a system error, or the signal's reason. */
type Step = readonly [
  name: string,
  run: (probe: Probe) => Promise<string | { readonly problem: string }>,
]

const STEPS: readonly Step[] = [
  ['Folder', findOrMakeFolder],
  ['Write', writeProbe],
  ['Publish', publishProbe],
  ['Never replace', publishAgain],
]

/** Tries what `send` does, inside the folder of temporaries, and takes it away. Stops at the first step that fails. */
export async function checkFolder(
  root: string,
  context: {
    readonly signal: AbortSignal
    readonly linkFile: Link
    readonly randomHex: (bytes: number) => string
  },
): Promise<CheckResult> {
  const partial = join(root, PARTIAL_FOLDER)
  const name = `probe.${context.randomHex(8)}`
  const probe: Probe = {
    root,
    written: join(partial, `${name}.written`),
    published: join(partial, `${name}.published`),
    signal: context.signal,
    linkFile: context.linkFile,
  }
  const steps = await runSteps(probe)
  const removed = await runStep(['Remove', () => removeProbe(probe)], probe)
  const ok = steps.every((step) => step.ok)
  return ok ? { ok: removed.ok, steps: [...steps, removed] } : { ok, steps }
}

async function runSteps(probe: Probe): Promise<readonly CheckStep[]> {
  const steps: CheckStep[] = []
  for (const step of STEPS) {
    const result = await runStep(step, probe)
    steps.push(result)
    if (!result.ok) break
  }
  return steps
}

async function runStep([name, run]: Step, probe: Probe): Promise<CheckStep> {
  try {
    const seen = await run(probe)
    return typeof seen === 'string'
      ? { name, ok: true, detail: seen }
      : { name, ok: false, detail: seen.problem }
  } catch (thrown) {
    if (probe.signal.aborted) return { name, ok: false, detail: 'stopped' }
    return { name, ok: false, detail: outcomeReason(classify(systemCode(thrown), probe.root)) }
  }
}

async function findOrMakeFolder({ root }: Probe): Promise<string> {
  const made = await mkdir(root, { recursive: true })
  if (made === undefined) return `${root} is there`
  await syncFolders(root, dirname(made))
  return `${root} was not there and has been made`
}

async function writeProbe({ root, written, signal }: Probe): Promise<string> {
  await makeFolder(join(root, PARTIAL_FOLDER))
  await writeDurably(written, PROBE, signal)
  return 'a file was written and flushed to the disk'
}

async function publishProbe({ root, written, published, linkFile }: Probe): Promise<string> {
  await publishOnce(written, published, linkFile)
  await syncFolders(dirname(published), root)
  return 'it was given its name in one step'
}

async function publishAgain({
  written,
  published,
  signal,
  linkFile,
}: Probe): Promise<string | { readonly problem: string }> {
  await removeFile(written)
  await writeDurably(written, PROBE, signal)
  if ((await publishOnce(written, published, linkFile)) === 'taken')
    return 'a name that is taken stays as it is'
  return {
    problem: 'a second file took the name of the first: choose a folder on another file system',
  }
}

async function removeProbe({ root, written, published }: Probe): Promise<string> {
  await removeFile(written)
  await removeFile(published)
  await removeEmptyFolder(join(root, PARTIAL_FOLDER))
  return 'the probe is gone'
}
