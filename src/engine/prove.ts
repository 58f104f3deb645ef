import { type CommitId, sameTest } from '../domain/evidence.ts'
import { judgeFull } from '../domain/judge-full.ts'
import { isProof } from '../domain/judge-red.ts'
import type { RedEvidence, TouchedTest } from '../domain/proof.ts'
import { withoutWaived } from '../domain/waiver.ts'
import { shellWord } from '../domain/shell-word.ts'
import type { Suite } from '../domain/suite.ts'
import { OrchestratorError } from '../errors.ts'
import type { ProveReport } from '../protocol/output/prove-report.ts'
import type { CommitFacts } from '../git/git.ts'
import { type CanonicalReading, readCanonical } from '../verify/read-canonical.ts'
import { type Workshop, targetRef } from './context.ts'
import { changesBetween } from './changes.ts'
import { type Landing, type Note, readRecord } from './landing-record.ts'
import { otherSuites } from './other-suites.ts'
import { VERIFICATION_RANK, freshEvidence } from './laboratory.ts'
import { parseRange } from './revision-range.ts'
import { verifierFor } from './verifier-for.ts'
import type { Bench } from './open.ts'

export interface ProveOptions {
  /** `REV` or `BASE..REV`; null for HEAD. */
  readonly range: string | null
  /** The branch that is meant where `range` is null and HEAD has no landing. Default none. */
  readonly otherwise?: string | null
  /** Where a run left that branch, as far as its store tells. Default not known. */
  readonly left?: CommitId | null
  /** Run the commands that the evidence names although the configuration has others. */
  readonly trustEvidence: boolean
  readonly signal: AbortSignal
  readonly onLanding: (progress: {
    readonly merge: CommitId
    readonly task: string
    readonly index: number
    readonly of: number
  }) => void
}

type Finding = { readonly code: string; readonly fact: string } | null

/** Executes the evidence of landed tasks again, from git alone and by the commands of the local configuration. */
export async function prove(bench: Bench, options: ProveOptions): Promise<ProveReport> {
  const { workshop } = bench
  const landings = await findLandings(workshop, options)
  const { noted, unreadable } = await readNotes(workshop, landings)
  if (!options.trustEvidence) refuseForeignCommands(bench, noted)
  const broken: ProveReport['broken'][number][] = []
  const waived: ProveReport['waived'][number][] = []
  for (const [index, landing] of landings.entries()) {
    options.signal.throwIfAborted()
    options.onLanding({ merge: landing.commit.id, task: landing.task, index: index + 1, of: landings.length })
    const note = noted.get(landing.commit.id)
    const finding =
      note === undefined
        ? withoutNote(unreadable.has(landing.commit.id))
        : await measureAgain(bench, { landing, note, signal: options.signal })
    const about = { merge: landing.commit.id, task: landing.task }
    if (finding !== null) broken.push({ ...about, ...finding })
    else if (note !== undefined && note.waivers.length > 0) waived.push({ ...about, waivers: note.waivers })
  }
  return { checked: landings.length, proven: landings.length - broken.length, waived, broken }
}

function withoutNote(isUnreadable: boolean): Finding {
  const fact = isUnreadable
    ? 'the note of the merge in refs/notes/tdd cannot be read'
    : 'the merge has no note in refs/notes/tdd'
  return { code: 'evidence_missing', fact }
}

const LANDINGS_LIMIT = 100_000

async function findLandings(
  workshop: Workshop,
  { range, otherwise = null, left = null }: Pick<ProveOptions, 'range' | 'otherwise' | 'left'>,
): Promise<Landing[]> {
  const found = await landingsIn(workshop, range)
  if (found.length > 0) return found
  if (range !== null || otherwise === null) throw nothingAt(range ?? 'HEAD', NAME_IT)
  const branch = await workshop.git.readRef(targetRef(otherwise))
  const landed = branch === null ? [] : await landingsIn(workshop, branch)
  if (landed.length > 0) return landed
  throw nothingAt(`HEAD, nor on ${otherwise}`, await wayBack(workshop, otherwise, left))
}

const NAME_IT = 'Name the branch that work landed on, for example: orchestrator prove tdd/my-plan'

function nothingAt(where: string, hint: string): OrchestratorError {
  return new OrchestratorError('nothing_to_check', `no landed task was found at ${where}`, { hint })
}

/** What landed is still there, unless git has removed it since. */
async function wayBack(workshop: Workshop, target: string, left: CommitId | null): Promise<string> {
  const known = left === null ? null : await workshop.git.resolve(left)
  if (known === null) return NAME_IT
  const branch = shellWord(target)
  return `The run left ${target} at ${known}: git branch -f ${branch} ${known} sets it back there, and orchestrator prove ${known} proves what landed without that.`
}

async function landingsIn(workshop: Workshop, range: string | null): Promise<Landing[]> {
  const { from, to } = await resolveRange(workshop, range)
  const commits = await workshop.git.firstParents(from, to, LANDINGS_LIMIT)
  const landings: Landing[] = []
  for (const id of commits) {
    const commit = await workshop.git.readCommit(id)
    const landing = landingOf(commit)
    if (landing !== null) landings.push(landing)
  }
  return landings
}

async function resolveRange(
  workshop: Workshop,
  range: string | null,
): Promise<{ from: CommitId | null; to: CommitId }> {
  const { base, head } = parseRange(range ?? 'HEAD')
  const resolved = async (revision: string): Promise<CommitId> => {
    const commit = await workshop.git.resolve(revision)
    if (commit !== null) return commit
    throw new OrchestratorError('revision_unknown', `${JSON.stringify(revision)} names no commit here`, {
      hint: 'Give a revision or BASE..REV, for example: orchestrator prove main..tdd/my-plan',
    })
  }
  return { from: base === null ? null : await resolved(base), to: await resolved(head) }
}

/** A merge with the trailers of a landing; one that is carried, or marked unproven, claims no proof and is not counted. */
function landingOf(commit: CommitFacts): Landing | null {
  // Trailers are the last paragraph; what stands before it is a plan's free text.
  const trailers =
    commit.message
      .trimEnd()
      .split(/\n\s*\n/)
      .at(-1) ?? ''
  const trailer = (name: string): string | null =>
    new RegExp(`^${name}: (\\S+)$`, 'm').exec(trailers)?.[1] ?? null
  const [task, red, green, digest] = [
    trailer('TDD-Task'),
    trailer('TDD-Red'),
    trailer('TDD-Green'),
    trailer('TDD-Evidence'),
  ]
  if (task === null || red === null || green === null || digest === null) return null
  if (commit.parents.length !== 2 || trailer('TDD-Unproven') !== null || trailer('TDD-Carried') !== null)
    return null
  return { commit, task, red, green, digest }
}

interface Notes {
  readonly noted: ReadonlyMap<CommitId, Note>
  /** Landings whose note is there, and is no evidence that we know. */
  readonly unreadable: ReadonlySet<CommitId>
}

async function readNotes(workshop: Workshop, landings: readonly Landing[]): Promise<Notes> {
  const noted = new Map<CommitId, Note>()
  const unreadable = new Set<CommitId>()
  for (const { commit } of landings) {
    const text = await workshop.git.readNote(commit.id)
    if (text === null) continue
    const evidence = readableEvidence(text)
    if (evidence === null) unreadable.add(commit.id)
    else noted.set(commit.id, { ...evidence, text })
  }
  if (noted.size > 0) return { noted, unreadable }
  throw noNotes({ landings: landings.length, unreadable: unreadable.size })
}

/** Notes that were written in two places have no common history: without the plus sign git would refuse them. */
const FETCH = 'git fetch origin +refs/notes/tdd:refs/notes/tdd'

function noNotes({
  landings,
  unreadable,
}: {
  readonly landings: number
  readonly unreadable: number
}): OrchestratorError {
  const fact =
    unreadable === 0
      ? `none of ${landings} landings has its evidence note in this clone`
      : `no evidence note of ${landings} landings can be read, and ${unreadable} of them are there`
  const otherwise =
    unreadable === 0 ? '' : ' If they are the same there, use the version of the program that wrote them.'
  return new OrchestratorError('evidence_missing', fact, {
    hint: `Fetch the notes, in place of those that are here: ${FETCH}.${otherwise}`,
  })
}

/** A note is hostile input: one that cannot be read proves no more than none. */
function readableEvidence(text: string): CanonicalReading | null {
  try {
    return readCanonical(text)
  } catch (thrown) {
    if (thrown instanceof OrchestratorError) return null
    throw thrown
  }
}

/** Commands come only from people: a note that brings others is shown and not run. */
function refuseForeignCommands(bench: Bench, noted: ReadonlyMap<CommitId, CanonicalReading>): void {
  const local = new Map(bench.suites.map((suite) => [suite.name, commandsOf(suite)]))
  const foreign = new Set<string>()
  for (const { suite, task } of noted.values()) {
    const commands = commandsOf(suite)
    if (local.get(suite.name) !== commands) foreign.add(`suite ${suite.name}: ${commands}`)
    for (const step of task.verify)
      if ('command' in step) foreign.add(`task ${task.key}: ${JSON.stringify(step.command)}`)
  }
  if (foreign.size === 0) return
  throw new OrchestratorError(
    'evidence_untrusted',
    `the evidence names commands that the local configuration does not have:\n${[...foreign].map((line) => `  ${line}`).join('\n')}`,
    { hint: 'Read them; then add --trust-evidence, or put the suites into .tdd/config.toml.' },
  )
}

function commandsOf(suite: Suite): string {
  const { runner, cwd, setup, build, checks, env, command, args, report } = suite
  return JSON.stringify({
    runner,
    cwd,
    setup,
    build,
    checks: byName(checks),
    env: byName(env),
    command,
    args,
    report,
  })
}

function byName(entries: Readonly<Record<string, unknown>>): [string, unknown][] {
  return Object.entries(entries).toSorted(([left], [right]) => (left < right ? -1 : 1))
}

async function measureAgain(
  bench: Bench,
  again: { readonly landing: Landing; readonly note: Note; readonly signal: AbortSignal },
): Promise<Finding> {
  const { workshop, suites } = bench
  const { landing, note, signal } = again
  const record = await readRecord(workshop, { landing, note, suites })
  if (record.kind === 'broken') return record.finding
  const { base, tests, merge } = record.trees
  const { task, suite } = note
  const about = { suites: [suite], task }
  const changes = await changesBetween(workshop, { from: base, to: merge, ...about })
  const memory = freshEvidence()
  const verifier = verifierFor(workshop, { rank: VERIFICATION_RANK.stage, signal, memory })
  const evidence = await verifier.full({
    suite,
    task,
    baseTree: base,
    tree: merge,
    testsTree: tests,
    frozen: note.tests,
    changes,
    otherSuites: await otherSuites(workshop, { suites, own: suite, changes, trees: [base, merge] }),
  })
  const verdict = withoutWaived(judgeFull({ task, suite, evidence }), note.waivers)
  if (!verdict.accepted) return { code: verdict.refusals[0].code, fact: verdict.refusals[0].fact }
  const red = await verifier.red({
    suite,
    task,
    baseTree: base,
    redTree: tests,
    changes: await changesBetween(workshop, { from: base, to: tests, ...about }),
    claims: {},
  })
  return refuseOtherTests(note, red)
}

/** The tests that prove something are those of the note: none that the landing touched is left out, none is invented. */
function refuseOtherTests({ task, tests }: Note, red: RedEvidence): Finding {
  const [noted, found] = [tests.filter(isProof), red.touched.filter(isProof)]
  const invented = noted.find((test) => !isNamed(test, red.touched))
  const missing = found.find((test) => !isNamed(test, tests))
  const other = invented ?? missing
  if (other !== undefined) {
    const what = invented === undefined ? 'is missing from' : 'was not touched and is in'
    return { code: 'evidence_mismatch', fact: `"${other.name}" in ${other.file} ${what} the note` }
  }
  if (task.kind !== 'verify_only') return null
  const failed = red.report.tests.find(
    (test) => test.outcome === 'failed' && noted.some((other) => sameTest(test, other)),
  )
  const fact = `"${failed?.name}" in ${failed?.file} fails before the change, though the task only verifies what exists`
  return failed === undefined ? null : { code: 'tests_failed', fact }
}

/** A file that cannot be loaded is judged as a whole, so that names in it say nothing. */
function isNamed(test: TouchedTest, among: readonly TouchedTest[]): boolean {
  return among.some(
    (other) => sameTest(test, other) || (test.file === other.file && (isWhole(test) || isWhole(other))),
  )
}

function isWhole({ standing }: TouchedTest): boolean {
  return standing.kind === 'fails' && standing.perFile
}
