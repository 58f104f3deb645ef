import { createHash } from 'node:crypto'
import {
  testKey,
  type CheckResult,
  type RunEnd,
  type TestId,
  type TestReport,
  type TreeId,
} from '../domain/evidence.ts'
import type { TaskDefinition } from '../domain/plan.ts'
import type { FullEvidence, RedEvidence, TestStanding, TouchedTest } from '../domain/proof.ts'
import type { Suite } from '../domain/suite.ts'
import type { Waiver } from '../domain/waiver.ts'
import { canonicalJson } from './canonical-json.ts'

/** Grows when the meaning of a member changes. */
export const CANONICAL_VERSION = 1

interface CanonicalRequest {
  readonly task: TaskDefinition
  readonly suite: Suite
  /** RED's evidence, or the tests frozen at RED where only these are known. */
  readonly red: RedEvidence | { readonly touched: readonly TouchedTest[] } | null
  readonly full: FullEvidence | null
  /** Trees by what they are (`base`, `red`, `green`, `merge`). */
  readonly trees?: Readonly<Record<string, TreeId>>
  /** What a person overruled. Default: nothing, and the evidence does not name it. */
  readonly waivers?: readonly Waiver[]
}

/**
 * Evidence as it is kept beside a landing: everything that is needed to measure it again from git alone (suite, commands,
 * kind and tests of the task) and what was found, without times, machine paths, messages and outputs. The same evidence
 * gives the same text on every machine.
 */
export function canonicalEvidence(request: CanonicalRequest): { text: string; digest: string } {
  const { task, suite, red, full, waivers = [] } = request
  const text = `${canonicalJson({
    version: CANONICAL_VERSION,
    task: taskFacts(task),
    suite,
    trees: request.trees ?? {},
    tests: (red?.touched ?? []).map((test) => testFacts(test)).toSorted(byFileAndName),
    stubs: red !== null && 'stubs' in red ? red.stubs : [],
    green: full === null ? null : greenFacts(full),
    full: full === null ? null : fullFacts(full),
    ...(waivers.length === 0 ? {} : { waivers: waivers.map(waiverFacts) }),
  })}\n`
  return { text, digest: `sha256:${createHash('sha256').update(text).digest('hex')}` }
}

function taskFacts(task: TaskDefinition): unknown {
  const { key, title, kind, criteria, tests, sources, allow, exports, verify, locks } = task
  return {
    key,
    title,
    kind,
    criteria: criteria.map(({ id, text }) => ({ id, text })),
    tests,
    sources,
    allow,
    exports,
    verify,
    locks,
  }
}

function testFacts(test: TouchedTest): TestId & { readonly standing: unknown } {
  return { ...test, standing: standingFacts(test.standing) }
}

function waiverFacts({ code, reason, person }: Waiver): Waiver {
  return { code, reason, person }
}

/** Messages hold values, addresses and times of one run. */
function standingFacts(standing: TestStanding): unknown {
  if (standing.kind === 'fails') {
    return { kind: standing.kind, reason: standing.reason, perFile: standing.perFile }
  }
  return 'reason' in standing ? { kind: standing.kind, reason: standing.reason } : { kind: standing.kind }
}

function greenFacts({ green }: FullEvidence): unknown {
  return {
    outcomes: outcomes(green.report),
    end: endFacts(green.report.end),
    canaries: green.canaries.map(({ file, library, caught }) => ({ file, library, caught })),
    known: green.known.toSorted(byFileAndName),
  }
}

function fullFacts(full: FullEvidence): unknown {
  return {
    repeats: full.repeats
      .map(({ test, outcomes: runs }) => ({ ...test, outcomes: [...runs] }))
      .toSorted(byFileAndName),
    base: endFacts(full.baseEnd),
    regressions: full.regressions
      .map(({ test, here, base }) => ({ ...test, here, base }))
      .toSorted(byFileAndName),
    checks: full.checks.map(({ check, added }) => ({ check: checkFacts(check), added: added.length })),
    verify: full.verifySteps.map((step) => checkFacts(step)),
    removal: {
      standings: full.removal.standings.map((test) => testFacts(test)).toSorted(byFileAndName),
      stubs: full.removal.stubs,
    },
  }
}

function outcomes(report: TestReport): unknown {
  return report.tests
    .map(({ file, name, outcome }) => ({ file, name, outcome }))
    .toSorted((left, right) => (testKey(left) < testKey(right) ? -1 : 1))
}

function checkFacts(check: CheckResult): unknown {
  return { name: check.name, command: check.command, ok: check.ok, exitCode: check.exitCode }
}

/** An exit code says nothing here: injected tests fail in every run. */
function endFacts(end: RunEnd): unknown {
  return { kind: end.kind }
}

function byFileAndName(left: { file: string; name: string }, right: { file: string; name: string }): number {
  return testKey(left) < testKey(right) ? -1 : 1
}
