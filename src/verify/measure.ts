import type { TestReport, TreeId } from '../domain/evidence.ts'
import type { Suite } from '../domain/suite.ts'
import { OrchestratorError } from '../errors.ts'
import { testRunKey } from './evidence-keys.ts'
import { runTests } from './runners/run-tests.ts'
import type { Laboratory, Place } from './verify.ts'

/** Output of a run that is kept with its evidence. */
const KEPT_OUTPUT_CHARACTERS = 16_384

interface TestRun {
  readonly suite: Suite
  readonly tree: TreeId
  /** Paths relative to the repository; null for every test of the suite. */
  readonly files: readonly string[] | null
  /** Default 0; a repetition is measured even where the first run is known. */
  readonly repetition?: number
}

export interface Measure {
  readonly laboratory: Laboratory
  /** Runs tests once per (tree, command, environment). Throws `toolchain_missing` where the runner cannot be started. */
  readonly tests: (run: TestRun) => Promise<TestReport>
  /** The report of such a run where it is known already; runs nothing. */
  readonly known: (run: TestRun) => Promise<TestReport | null>
  /** What is kept under a key, or what `make` gives; kept when `keepable` says so. Two callers at once share one run. */
  remember<T>(key: string, make: () => Promise<T>, keepable: (value: T) => boolean): Promise<T>
}

export function createMeasure(laboratory: Laboratory): Measure {
  const underWay = laboratory.underWay ?? new Map<string, Promise<unknown>>()

  async function recallOrMake<T>(
    key: string,
    make: () => Promise<T>,
    keepable: (value: T) => boolean,
  ): Promise<T> {
    const kept = await laboratory.recall(key)
    if (kept !== null) return JSON.parse(kept) as T
    const value = await make()
    if (keepable(value)) await laboratory.keep(key, JSON.stringify(value))
    return value
  }

  const keyOf = (run: TestRun): string =>
    testRunKey({
      ...run,
      kind: 'tests',
      repetition: run.repetition ?? 0,
      environment: laboratory.environment,
    })

  const measure: Measure = {
    laboratory,
    async tests(run) {
      if (run.files?.length === 0) return NOTHING_RUN
      return await measure.remember(
        keyOf(run),
        () => runTrusted(laboratory, run, testsIn(run)),
        isTrustworthy,
      )
    },
    async known(run) {
      const kept = await laboratory.recall(keyOf(run))
      return kept === null ? null : (JSON.parse(kept) as TestReport)
    },
    async remember<T>(key: string, make: () => Promise<T>, keepable: (value: T) => boolean) {
      const running = underWay.get(key)
      if (running !== undefined) {
        const shared = await awaitShared<T>(laboratory, running)
        // Who ran it was stopped: that says nothing about the tree, so it is measured again for us.
        return shared === null ? await measure.remember(key, make, keepable) : shared.value
      }
      const started = recallOrMake(key, make, keepable)
      underWay.set(key, started)
      try {
        return await started
      } finally {
        underWay.delete(key)
      }
    },
  }
  return measure
}

function awaitShared<T>(
  laboratory: Laboratory,
  running: Promise<unknown>,
): Promise<{ readonly value: T } | null> {
  const shared = running.then(asShared<T>, notShared)
  return laboratory.waitFor?.(shared) ?? shared
}

function asShared<T>(value: unknown): { readonly value: T } {
  return { value: value as T }
}

function notShared(): null {
  return null
}

/**
 * Runs tests until the report can be relied on: a time-out counts only when the same command times out again with no
 * other command running, a crash only when it happens twice.
 */
export async function runTrusted(
  laboratory: Laboratory,
  run: { readonly suite: Suite; readonly tree: TreeId },
  use: (place: Place) => Promise<TestReport>,
): Promise<TestReport> {
  const first = await laboratory.within(run, use)
  const again = hasTimedOut(first) || first.end.kind === 'crashed'
  const report = again ? await laboratory.within({ ...run, exclusive: hasTimedOut(first) }, use) : first
  if (report.end.kind === 'unavailable') throw toolchainMissing(run.suite, report.end.reason)
  return { ...report, output: report.output.slice(-KEPT_OUTPUT_CHARACTERS) }
}

export function toolchainMissing(suite: Suite, reason: string): OrchestratorError {
  return new OrchestratorError(
    'toolchain_missing',
    `the tests of suite ${suite.name} cannot be run: ${reason}`,
    {
      hint: 'install what the suite needs, or name its command and setup in .tdd/config.toml; `orchestrator doctor` shows what is missing',
    },
  )
}

/** What may stand for a run that is not made again. A test that timed out in it did so twice, the second time with nothing beside it. */
export function isTrustworthy(report: TestReport): boolean {
  return report.end.kind === 'finished'
}

function hasTimedOut(report: TestReport): boolean {
  if (report.end.kind === 'timeout') return true
  const failures = [...report.tests, ...report.loadFailures]
  return failures.some(({ failure }) => failure?.kind === 'timeout')
}

export const NOTHING_RUN: TestReport = {
  tests: [],
  loadFailures: [],
  end: { kind: 'finished', exitCode: 0 },
  durationMs: 0,
  output: '',
}

function testsIn(run: TestRun): (place: Place) => Promise<TestReport> {
  return (place) => runTests(place, run.suite, { files: run.files })
}
