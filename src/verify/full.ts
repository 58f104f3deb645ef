import type { CheckResult, RuleFinding, TestReport } from '../domain/evidence.ts'
import type { FullEvidence, GreenEvidence, RemovalEvidence } from '../domain/proof.ts'
import { allEnded } from './all-ended.ts'
import { addedFindings, checksOf, measureChecks, type NamedCommand } from './checks.ts'
import { filesOf, outcomeIn, proveGreen, runWithCanaries } from './green.ts'
import { findChangedExports } from './kept-exports.ts'
import { findRuleBreaks } from './rules/find-rule-breaks.ts'
import type { Measure } from './measure.ts'
import { findOverruled } from './overruled-tests.ts'
import { compareSuite } from './regression.ts'
import { proveRemoval } from './removal.ts'
import { runnerCommand } from './runners/run-tests.ts'
import type { FullRequest } from './verify.ts'

interface FullOptions {
  /** Runs of the proof tests in all. */
  readonly repeats: number
  readonly baselineRepeats: number
  readonly random: () => number
}

/** Everything beyond GREEN's run; what GREEN, the base or an earlier proof of the same tree has measured is not run again. */
export async function proveFull(
  measure: Measure,
  request: FullRequest,
  options: FullOptions,
): Promise<FullEvidence> {
  const { suite, tree, baseTree, testsTree } = request
  const changes = await changesBeyondTests(measure, request)
  const [green, removal, own, others, verifySteps, findings] = await allEnded([
    proveGreen(measure, { ...request, redTree: testsTree, greenTree: tree, changes }, options.random),
    removalOf(measure, request),
    compareSuite(measure, { suite, tree, baseTree }, options.baselineRepeats),
    allEnded(
      request.otherSuites.map((other) =>
        compareSuite(measure, { suite: other, tree, baseTree }, options.baselineRepeats),
      ),
    ),
    measureChecks(measure, request, verifyCommands(request)),
    findingsOf(measure, request),
  ])
  const [repeats, checks, overruled] = await allEnded([
    repeatProof(measure, { request, green, whole: own.report }, options),
    compareChecks(measure, request, own.baseline.checks),
    findOverruled(measure, request, own),
  ])
  return {
    kind: 'full',
    green,
    repeats,
    regressions: [own, ...others].flatMap((compared) => compared.regressions),
    overruled,
    added: [own, ...others].flatMap((compared) => compared.added),
    report: own.report,
    baseEnd: own.baseline.report.end,
    otherRuns: others.map(({ suite: other, report, baseline }) => ({
      suite: other,
      report,
      baseEnd: baseline.report.end,
    })),
    checks,
    verifySteps,
    removal,
    findings,
    commands: [
      ...green.commands,
      ...[suite, ...request.otherSuites].map((each) => runnerCommand(each, null)),
      ...[...checks.map(({ check }) => check), ...verifySteps].map(({ command }) => command),
    ],
  }
}

async function findingsOf(measure: Measure, request: FullRequest): Promise<RuleFinding[]> {
  const { laboratory } = measure
  const broken = await findRuleBreaks({
    changes: request.changes,
    before: (path) => laboratory.read(request.baseTree, path),
    after: (path) => laboratory.read(request.tree, path),
    secrets: laboratory.secrets ?? [],
    touched: [],
  })
  return [...broken, ...(await findChangedExports(laboratory, request))]
}

/** What the tree adds to the tests alone: the sources. */
async function changesBeyondTests(measure: Measure, request: FullRequest): Promise<FullRequest['changes']> {
  const before = await measure.laboratory.files(request.testsTree)
  const now = await measure.laboratory.files(request.tree)
  return request.changes.filter(({ path }) => {
    const [then, present] = [before.get(path), now.get(path)]
    return then?.id !== present?.id || then?.mode !== present?.mode
  })
}

/**
 * The frozen tests again, alone; pointless where they fail already. That one fails among all tests of the suite, though
 * it passes alone, is a disagreement, too.
 */
async function repeatProof(
  measure: Measure,
  runs: { readonly request: FullRequest; readonly green: GreenEvidence; readonly whole: TestReport },
  options: FullOptions,
): Promise<FullEvidence['repeats']> {
  const { suite, tree, frozen } = runs.request
  const repeated = frozen.filter(
    ({ standing }) => standing.kind === 'fails' || standing.kind === 'characterisation',
  )
  if (repeated.some((test) => outcomeIn(runs.green.report, test) !== 'passed')) return []
  const reports = [runs.green.report]
  for (let repetition = 1; repetition < options.repeats; repetition += 1) {
    const run = { suite, tree, files: filesOf(frozen), repetition, random: options.random }
    reports.push((await runWithCanaries(measure, run)).report)
  }
  return repeated.map(({ file, name }) => {
    const outcomes = reports.map((report) => outcomeIn(report, { file, name }))
    const amongAll = outcomeIn(runs.whole, { file, name })
    return { test: { file, name }, outcomes: amongAll === 'failed' ? [...outcomes, amongAll] : outcomes }
  })
}

async function removalOf(measure: Measure, request: FullRequest): Promise<RemovalEvidence> {
  const { kind } = request.task
  if (kind === 'maintenance' || kind === 'scaffold') return { standings: [], stubs: [] }
  return await proveRemoval(measure, request)
}

async function compareChecks(
  measure: Measure,
  request: FullRequest,
  before: readonly CheckResult[],
): Promise<FullEvidence['checks']> {
  const now = await measureChecks(measure, request, checksOf(request.suite))
  return now.map((check) => {
    const then = before.find((candidate) => candidate.name === check.name) ?? null
    return { check, before: then, added: addedFindings(then, check) }
  })
}

/** The task's own commands; a name stands for the suite's check. A name that the suite lacks is a command that cannot be started. */
function verifyCommands({ task, suite }: FullRequest): NamedCommand[] {
  return task.verify.map((step) => {
    if ('command' in step) return { name: step.command.join(' '), command: step.command }
    return { name: step.check, command: suite.checks[step.check] ?? [step.check] }
  })
}
