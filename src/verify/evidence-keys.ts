import type { TreeId } from '../domain/evidence.ts'
import type { Command, Suite } from '../domain/suite.ts'
import { digestOf } from './canonical-json.ts'

/** Grows when the meaning of kept evidence changes; older evidence is then measured anew. */
const FORMAT = 6

interface TestRunKey {
  readonly kind: 'tests' | 'canaries'
  readonly suite: Suite
  readonly tree: TreeId
  /** Paths relative to the repository; null for every test of the suite. */
  readonly files: readonly string[] | null
  /** 0 for the first run; each repetition is a measurement of its own. */
  readonly repetition: number
  readonly environment: string | undefined
}

/** The key of a test run: equal keys stand for the same tree, the same command and the same environment. */
export function testRunKey(run: TestRunKey): string {
  return `${run.kind}:${digestOf({
    format: FORMAT,
    tree: run.tree,
    environment: run.environment ?? null,
    suite: suiteThatMatters(run.suite, run.files === null),
    files: run.files === null ? null : run.files.toSorted(),
    repetition: run.repetition,
  })}`
}

interface CheckKey {
  readonly suite: Suite
  readonly tree: TreeId
  readonly command: Command
  readonly environment: string | undefined
}

export function checkKey(check: CheckKey): string {
  return `check:${digestOf({
    format: FORMAT,
    tree: check.tree,
    environment: check.environment ?? null,
    command: check.command,
    suite: check.suite.name,
    cwd: check.suite.cwd,
    env: check.suite.env,
    setup: check.suite.setup,
    runMs: check.suite.limits.runMs,
  })}`
}

/** Checks of a suite change nothing about a test run; the patterns only where they select the files. The name does: commands are told it. */
function suiteThatMatters(suite: Suite, selects: boolean): unknown {
  const { name, runner, cwd, setup, build, env, command, args, report, limits } = suite
  const selection = selects ? { tests: suite.tests, fixtures: suite.fixtures } : null
  return { name, runner, cwd, setup, build, env, command, args, report, limits, selection }
}
