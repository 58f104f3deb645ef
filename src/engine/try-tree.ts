import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestReport, type TreeId, testKey } from '../domain/evidence.ts'
import { matchesAny } from '../domain/path-pattern.ts'
import type { Suite } from '../domain/suite.ts'
import { messageOf, OrchestratorError } from '../errors.ts'
import { lookWhetherPristine } from '../git/pristine.ts'
import { suitePatterns } from '../protocol/suite-file.ts'
import { isBreakable, withBrokenLine } from '../verify/broken-line.ts'
import { testFilesOf } from '../verify/test-files.ts'
import { createVerifier } from '../verify/verifier.ts'
import type { Verifier } from '../verify/verify.ts'
import type { Finding, TriedTree } from '../protocol/output/doctor-report.ts'
import { sizeOf } from '../runtime/size-of.ts'
import type { Workshop } from './context.ts'
import { note, ok, problem } from './finding.ts'
import { freshEvidence, openLaboratory, VERIFICATION_RANK } from './laboratory.ts'
import { Meter } from './meter.ts'
import type { Bench } from './open.ts'
import { tearDown } from './tear-down.ts'
import { whyNotCopied } from './why-not-copied.ts'

/** Sources that are broken one after the other until a test notices. */
const BROKEN_SOURCES = 5
const NAMED = 10

/** Tries each suite in a fresh tree of HEAD: setup, every test, flaky ones told apart, and a broken source line that must be noticed. */
export async function tryTree(
  bench: Bench,
  options: { readonly signal: AbortSignal; readonly onSuite: (suite: string) => void },
): Promise<{ readonly findings: readonly Finding[]; readonly trees: readonly TriedTree[] }> {
  const { workshop } = bench
  const head = await workshop.git.resolve('HEAD')
  if (head === null) return { findings: [], trees: [] }
  const { tree } = await workshop.git.readCommit(head)
  const paths = [...(await workshop.git.files(tree)).keys()]
  const laboratory = openLaboratory(workshop, {
    meter: new Meter(workshop.clock),
    rank: VERIFICATION_RANK.stage,
    signal: options.signal,
    memory: freshEvidence(),
  })
  const { baselineRepeats } = workshop.settings
  const verifier = (repeats: number): Verifier =>
    createVerifier({ laboratory, clock: workshop.clock, options: { repeats: 1, baselineRepeats: repeats } })
  const findings: Finding[] = [...included(workshop)]
  const trees: TriedTree[] = []
  for (const suite of bench.suites) {
    options.onSuite(suite.name)
    const setupMs = await setupTime(workshop, suite, () => verifier(0).ready(suite, tree))
    const alone = setupMs === null ? null : await whyAlone(workshop, { suite, tree, signal: options.signal })
    const { report, flaky, checks } = await verifier(baselineRepeats).baseline(suite, tree)
    findings.push(
      ...(hasNoTests(suite, report, paths)
        ? [noTests(suite)]
        : told(suite, report, new Set(flaky.map(testKey)))),
    )
    for (const { name, ok: holds, output } of checks) {
      const last = output.trim().split('\n').at(-1) ?? ''
      findings.push(
        holds
          ? ok('tree', `${suite.name}: check ${name} holds`)
          : note(
              'tree',
              `${suite.name}: check ${name} fails already: ${last}`,
              'Only findings that are new will count.',
            ),
      )
    }
    const finished = report.end.kind === 'finished'
    const bytes = await largestSlot(bench)
    if (setupMs !== null && finished) findings.push(ok('tree', setUpText(suite, { setupMs, bytes, alone })))
    const seen =
      finished && report.tests.some(({ outcome }) => outcome === 'passed')
        ? await canary(bench, { suite, tree, before: report, verifier: verifier(0) })
        : null
    if (seen !== null) findings.push(seen)
    trees.push({
      suite: suite.name,
      setupMs,
      testMs: finished ? Math.round(report.durationMs) : null,
      tests: report.tests.length,
      bytes,
      setupCopied: setupMs === null ? null : alone === null,
      noticed: seen === null || seen.level === 'note' ? null : seen.level === 'ok',
    })
  }
  const left = await tearDown(workshop)
  return { findings: [...findings, ...left.map((line) => note('tree', line, null))], trees }
}

async function largestSlot({ stateDirectory }: Bench): Promise<number> {
  const slots = join(stateDirectory, 'slots')
  const sizes = await Promise.all((await readdir(slots)).map((name) => sizeOf(join(slots, name))))
  return Math.max(0, ...sizes)
}

/** What of the checkout every tree gets besides. */
function included({ included: { contents, skipped } }: Workshop): Finding[] {
  const named = [...contents.keys()]
  return [
    ...(named.length === 0
      ? []
      : [ok('tree', `trees get ${named.slice(0, NAMED).join(', ')} of your checkout`)]),
    ...skipped.slice(0, NAMED).map((what) => note('tree', `.worktreeinclude: left out ${what}`, null)),
  ]
}

/** Null where there is none, or where it failed: then the tests tell why they do not run. */
async function setupTime(
  { clock }: Workshop,
  suite: Suite,
  ready: () => Promise<void>,
): Promise<number | null> {
  const began = clock.monotonic()
  try {
    await ready()
  } catch (thrown) {
    if (!(thrown instanceof OrchestratorError)) throw thrown
    return null
  }
  return suite.setup.length === 0 ? null : Math.round(clock.monotonic() - began)
}

/** Right after setup: why each slot has to be set up by itself; null where others get a copy. */
async function whyAlone(
  workshop: Workshop,
  { suite, tree, signal }: { readonly suite: Suite; readonly tree: TreeId; readonly signal: AbortSignal },
): Promise<string | null> {
  const reason = await whyNotCopied(workshop, suite, tree)
  const place = workshop.usedSlots.lastOf(suite)
  if (reason !== null || place === null) return reason
  try {
    return (await lookWhetherPristine(place, place.folders(), signal)).fault
  } catch (thrown) {
    signal.throwIfAborted()
    return messageOf(thrown)
  }
}

function setUpText(
  suite: Suite,
  made: { readonly setupMs: number; readonly bytes: number; readonly alone: string | null },
): string {
  const seconds = (made.setupMs / 1_000).toFixed(1)
  const others =
    made.alone === null ? 'other slots get a copy' : `each slot is set up by itself: ${made.alone}`
  return `${suite.name}: set up in ${seconds} s, ${(made.bytes / 1024 ** 2).toFixed(0)} MiB in a slot; ${others}`
}

/** Whether nothing ran because no file is there that could: several runners end with an error then. */
function hasNoTests(suite: Suite, { end, tests }: TestReport, paths: readonly string[]): boolean {
  const ranNothing = end.kind === 'finished' || (end.kind === 'crashed' && suite.command === null)
  return tests.length === 0 && ranNothing && !paths.some(testFilesOf(suite, paths))
}

function noTests(suite: Suite): Finding {
  return note(
    'tree',
    `${suite.name}: there are no tests yet; no file of HEAD fits its patterns: ${suite.tests.join(', ')}`,
    null,
  )
}

function told(suite: Suite, report: TestReport, flaky: ReadonlySet<string>): Finding[] {
  const { end, tests, loadFailures, durationMs } = report
  if (end.kind !== 'finished') {
    const said = report.output.trim().split('\n').slice(-3).join('\n')
    return [problem('tree', `${suite.name}: ${endText(end)}`, said === '' ? null : said)]
  }
  if (tests.length === 0)
    return [
      problem(
        'tree',
        `${suite.name}: the runner found no test`,
        loadFailures.length === 0 ? `Look at its patterns: ${suite.tests.join(', ')}` : null,
      ),
      ...unloaded(suite, report),
    ]
  const failing = tests.filter((test) => test.outcome === 'failed' && !flaky.has(testKey(test)))
  const named = (list: readonly { readonly file: string; readonly name: string }[]): string =>
    list
      .slice(0, NAMED)
      .map(({ file, name }) => `  ${file}: ${name}`)
      .join('\n') + (list.length > NAMED ? `\n  and ${list.length - NAMED} more` : '')
  return [
    ok(
      'tree',
      `${suite.name}: ${tests.length} ${tests.length === 1 ? 'test' : 'tests'} in ${(durationMs / 1_000).toFixed(1)} s in a fresh tree`,
    ),
    ...unloaded(suite, report),
    ...(failing.length === 0
      ? []
      : [
          note(
            'tree',
            `${suite.name}: ${failing.length} fail already; only what is new will count:\n${named(failing)}`,
            null,
          ),
        ]),
    ...(flaky.size === 0
      ? []
      : [
          note(
            'tree',
            `${suite.name}: ${flaky.size} flaky, which will count for nothing:\n${named(tests.filter((test) => flaky.has(testKey(test))))}`,
            'Mend them: a test that flickers proves nothing.',
          ),
        ]),
  ]
}

function unloaded(suite: Suite, { loadFailures }: TestReport): Finding[] {
  return loadFailures
    .slice(0, NAMED)
    .map(({ file, failure }) =>
      note('tree', `${suite.name}: ${file} cannot be loaded: ${failure.message.split('\n')[0]}`, null),
    )
}

function endText(end: Exclude<TestReport['end'], { kind: 'finished' }>): string {
  switch (end.kind) {
    case 'crashed':
      return `the runner ended without a report: ${end.reason}`
    case 'timeout':
      return `the run took longer than ${end.limitMs} ms`
    case 'build_failed':
      return `the build fails: ${end.command.join(' ')}: ${end.output.trim().split('\n').at(-1) ?? ''}`
    case 'unavailable':
      return end.reason
  }
}

/** One source with a line that throws: a suite that does not notice runs other files than those of its tree. */
async function canary(
  { workshop }: Bench,
  tried: {
    readonly suite: Suite
    readonly tree: TreeId
    readonly before: TestReport
    readonly verifier: Verifier
  },
): Promise<Finding> {
  const { suite, tree, before, verifier } = tried
  const files = await workshop.git.files(tree)
  const tests = suitePatterns(suite, 'tests')
  const sources = [...files]
    .filter(([path, { mode }]) => mode.startsWith('100') && matchesAny(suitePatterns(suite, 'sources'), path))
    .filter(([path]) => !matchesAny(tests, path) && isBreakable(path))
    .slice(0, BROKEN_SOURCES)
  if (sources.length === 0)
    return note(
      'tree',
      `${suite.name}: no source to break was found`,
      `Look at its patterns: ${suite.sources.join(', ')}`,
    )
  const passed = new Set(before.tests.filter(({ outcome }) => outcome === 'passed').map(testKey))
  for (const [path, { mode, id }] of sources) {
    const text = (await workshop.git.readBlob(id)).toString('utf8')
    const content = Buffer.from(withBrokenLine(path, text, workshop.clock.id()))
    try {
      const broken = await workshop.git.compose(tree, new Map([[path, { mode, content }]]))
      const { report } = await verifier.baseline(suite, broken)
      const still = new Set(report.tests.filter(({ outcome }) => outcome === 'passed').map(testKey))
      if ([...passed].some((key) => !still.has(key)))
        return ok('tree', `${suite.name}: a broken line in ${path} is noticed`)
    } catch (thrown) {
      return note('tree', `${suite.name}: breaking ${path} could not be tried: ${messageOf(thrown)}`, null)
    }
  }
  return problem(
    'tree',
    `${suite.name}: no test notices a broken line in ${sources.map(([path]) => path).join(', ')}`,
    'The tests may run an installed or built copy: add `build`, or correct `sources`.',
  )
}
