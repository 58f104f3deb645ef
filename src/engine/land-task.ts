import type { AcceptedWork, LandingReturn } from '../domain/attempt.ts'
import type { CommitId, TreeId } from '../domain/evidence.ts'
import { judgeFull, quarantinedTests } from '../domain/judge-full.ts'
import type { Refusal } from '../domain/verdict.ts'
import type { LandingIntent, Task } from '../store/store.ts'
import { withoutWaived } from '../domain/waiver.ts'
import { canonicalEvidence } from '../verify/canonical.ts'
import { combine } from './combine.ts'
import { makeCommit } from './commit-settings.ts'
import { type RunContext, suiteOf } from './context.ts'
import { nameCommit } from './done-already.ts'
import { frozenTests } from './frozen-tests.ts'
import { classifiedChanges } from './ground.ts'
import { VERIFICATION_RANK, storedEvidence } from './laboratory.ts'
import { verifierFor } from './verifier-for.ts'
import { LandingHalted, type LandingRight } from './landing-right.ts'
import type { CarriedCommit } from './replay.ts'
import { recoverLandings } from './recover-landings.ts'
import { refuseLinksOut } from './refuse-links-out.ts'
import { otherSuites } from './other-suites.ts'
import { withoutQuarantined } from './quarantine.ts'
import { stepOf } from './step-of.ts'
import { mergeMessage, signWork } from './work-commits.ts'
import { withWork } from './work-lost.ts'

/** A merge that holds, ready to be put in place. */
interface Candidate {
  readonly head: CommitId
  readonly work: AcceptedWork & { readonly green: CommitId }
  readonly merge: CommitId
  /** Null for what is landed without proof. */
  readonly evidence: { readonly digest: string; readonly text: string } | null
}

type Prepared =
  | { readonly kind: 'candidate'; readonly candidate: Candidate }
  | { readonly kind: 'return'; readonly landingReturn: LandingReturn }

/** `moved`: the target is elsewhere by now. `settled`: the task does not land now. */
type Landed =
  | { readonly kind: 'landed'; readonly merge: CommitId }
  | { readonly kind: 'moved' }
  | { readonly kind: 'settled' }

/** Merges a task's work into the target's head, verifies the merge, and puts it in place; or gives the task back. */
export async function landTask(
  context: RunContext,
  right: LandingRight,
  landing: { readonly key: string; readonly head: CommitId },
): Promise<Landed> {
  const { store, clock } = context
  const { key, head } = landing
  const task = await store.task(context.run, key)
  if (task === null || task.state.state !== 'landing') return { kind: 'settled' }
  const carried = context.replay?.carried(key) ?? null
  const prepared =
    carried === null
      ? await prepareAccepted(context, { task, ...(await acceptedWork(context, task)), head })
      : await prepareCarried(context, { head, ...carried })
  if (prepared.kind === 'return') {
    const { landingReturn } = prepared
    const person = landingReturn.kind === 'already_done' ? landingReturn.refusal.fact : null
    await store.recordReturn(context.run, landingReturn, person, clock.now())
    return { kind: 'settled' }
  }
  const { candidate } = prepared
  const kind = await putInPlace(context, right, { task, candidate })
  return kind === 'landed' ? { kind, merge: candidate.merge } : { kind }
}

async function acceptedWork(
  context: RunContext,
  task: Task,
): Promise<{ work: AcceptedWork; lastAttempt: number }> {
  const { step, kept } = await stepOf(context, task)
  if (step.do !== 'land')
    throw new Error(`${task.definition.key} is landing, but its history says ${step.do}`)
  return { work: step.work, lastAttempt: kept.attempts.at(-1)?.number ?? 0 }
}

interface Landing {
  readonly task: Task
  readonly work: AcceptedWork
  readonly head: CommitId
  readonly lastAttempt: number
}

function prepareAccepted(context: RunContext, landing: Landing): Promise<Prepared> {
  const { task, work } = landing
  return withWork(context.git, { key: task.definition.key, work }, () => prepare(context, landing))
}

async function prepare(context: RunContext, landing: Landing): Promise<Prepared> {
  const { git } = context
  const { work, head } = landing
  const green = work.green ?? work.red
  if (work.base !== head && !(await git.isAncestor(work.base, head)))
    return giveBack(landing, 'tests_conflict', goneFrom(work.base))
  const headTree = (await git.readCommit(head)).tree
  const combined = await combine(context, {
    task: landing.task.definition.key,
    head,
    red: work.red,
    green,
  })
  if (combined.kind === 'conflict') {
    const kind = combined.in === 'tests' ? 'tests_conflict' : 'sources_conflict'
    return giveBack(landing, kind, conflict(combined.paths, combined.in))
  }
  const { testsTree, tree } = combined
  // Each side alone was judged; a link of one may lead through what the other brought.
  const [leadsOut] = await refuseLinksOut(git, headTree, tree)
  if (leadsOut !== undefined) return giveBack(landing, 'verification_failed', leadsOut)
  return verified(context, landing, { headTree, testsTree, tree, green })
}

/** A commit of a replayed history that claims no proof: its paths on the head, and nothing is run. */
async function prepareCarried(
  context: RunContext,
  carrying: CarriedCommit & { readonly head: CommitId },
): Promise<Prepared> {
  const { head } = carrying
  const tree = await context.git.compose((await context.git.readCommit(head)).tree, carrying.changes)
  const merge = await makeCommit(context, { tree, parents: [head], message: carrying.message })
  const work = { base: head, red: head, green: head, evidence: '' }
  return { kind: 'candidate', candidate: { head, work, merge, evidence: null } }
}

async function verified(
  context: RunContext,
  landing: Landing,
  merge: {
    readonly headTree: TreeId
    readonly testsTree: TreeId
    readonly tree: TreeId
    readonly green: CommitId
  },
): Promise<Prepared> {
  const { definition } = landing.task
  const suite = suiteOf(context, definition)
  const verifier = verifierFor(context, {
    rank: VERIFICATION_RANK.landing,
    signal: context.stopping,
    memory: storedEvidence(context),
  })
  const frozen = await frozenTests(context, definition, landing.work)
  const changes = await classifiedChanges(context, definition, { from: merge.headTree, to: merge.tree })
  const measured = await verifier.full({
    suite,
    task: definition,
    baseTree: merge.headTree,
    tree: merge.tree,
    testsTree: merge.testsTree,
    frozen,
    changes,
    otherSuites: await otherSuites(context, {
      suites: context.suites.values(),
      own: suite,
      changes,
      trees: [merge.headTree, merge.tree],
    }),
  })
  const evidence = await withoutQuarantined(context, measured)
  const { waivers = [] } = landing.work
  const verdict = withoutWaived(judgeFull({ task: definition, suite, evidence }), waivers)
  if (!verdict.accepted) {
    const already = verdict.refusals.every(({ code }) => code === 'removal_not_detected')
    const refusal = asOne(verdict.refusals)
    if (!already) return giveBack(landing, 'verification_failed', refusal)
    return giveBack(landing, 'already_done', await nameCommit(context, landing, refusal))
  }
  const tests = quarantinedTests(evidence)
  if (tests.length > 0)
    await context.store.quarantine({ run: context.run, task: definition.key, tests }, context.clock.now())
  const canonical = canonicalEvidence({
    task: definition,
    suite,
    red: { touched: frozen },
    full: measured,
    waivers,
    trees: { base: merge.headTree, tests: merge.testsTree, merge: merge.tree },
  })
  const accepted = { ...landing.work, green: merge.green, evidence: canonical.digest }
  const work = await signWork(context, accepted)
  const commit = await makeCommit(context, {
    tree: merge.tree,
    parents: [landing.head, work.green],
    message: mergeMessage(context, definition, work),
  })
  return { kind: 'candidate', candidate: { head: landing.head, work, merge: commit, evidence: canonical } }
}

/** Intent, ref, note, receipt. */
async function putInPlace(
  context: RunContext,
  right: LandingRight,
  landing: { readonly task: Task; readonly candidate: Candidate },
): Promise<Landed['kind']> {
  const { git, store, clock, target, run } = context
  const { head, merge, work, evidence } = landing.candidate
  const key = landing.task.definition.key
  const intent: LandingIntent = {
    run,
    task: key,
    target,
    token: right.token,
    expected: head,
    merge,
    red: work.red,
    green: work.green,
    evidence: evidence?.digest ?? '',
    evidenceText: evidence?.text ?? '',
  }
  if (!(await store.recordIntent(intent, landing.task.generation, clock.now())))
    return intentRefused(context, landing.task)
  const branches = context.branches ? [{ name: `tdd/${run}/${key}`, at: work.green }] : []
  const outcome = await git.land({ target, expected: head, commit: merge, fence: right.fence, branches })
  switch (outcome.kind) {
    case 'landed':
      if (evidence !== null) await git.writeNote(merge, evidence.text)
      await store.recordReceipt({ ...intent, landedAt: clock.now() }, clock.now())
      return 'landed'
    case 'moved':
      await store.dropIntent(run, key, clock.now())
      return 'moved'
    case 'fenced':
      // The intent stays: who took over has decided from git, or will, what became of it.
      return giveWay(context, `another process took over landing on ${target}`)
    case 'checked_out':
      await store.dropIntent(run, key, clock.now())
      return giveWay(context, `${target} is checked out at ${outcome.workTrees.join(', ')}`)
  }
}

/** The task was taken away while its merge was verified, or an earlier intent is open; else the lease is lost. */
async function intentRefused(context: RunContext, { definition, generation }: Task): Promise<Landed['kind']> {
  const { store, run, target } = context
  const { key } = definition
  const stillLands = async (): Promise<boolean> => {
    const now = await store.task(run, key)
    return now?.state.state === 'landing' && now.generation === generation
  }
  if (!(await stillLands())) return 'settled'
  if (!(await store.openIntents(run)).some(({ task }) => task === key)) {
    return giveWay(context, `the landing lease of ${target} is lost`)
  }
  await recoverLandings(context, { task: key })
  return (await stillLands()) ? 'moved' : 'settled'
}

/** Neither the task's fault nor something to try again: this process lands nothing more, and the run can be resumed. */
function giveWay(context: RunContext, reason: string): never {
  context.pause('target', reason, null)
  throw new LandingHalted(reason)
}

function giveBack(landing: Landing, kind: LandingReturn['kind'], refusal: Refusal): Prepared {
  const { definition, generation } = landing.task
  return {
    kind: 'return',
    landingReturn: {
      task: definition.key,
      generation,
      afterAttempt: landing.lastAttempt,
      head: landing.head,
      kind,
      refusal,
    },
  }
}

/** A landing return carries one refusal: the first, with the others among its details. */
function asOne(refusals: readonly [Refusal, ...Refusal[]]): Refusal {
  const [first, ...others] = refusals
  const further = others.flatMap(({ code, fact, details }) => [`${code}: ${fact}`, ...details])
  return { ...first, details: [...first.details, ...further] }
}

/** A merge would bring back what a person took out of the target together with the work. */
function goneFrom(base: CommitId): Refusal {
  return {
    code: 'merge_conflict',
    fact: `${base.slice(0, 10)}, on which this was made, was taken out of the target`,
    hint: 'Write it again on what the target holds now.',
    details: [],
  }
}

function conflict(paths: readonly string[], what: string): Refusal {
  return {
    code: 'merge_conflict',
    fact: `${what} conflict with the target in ${paths.join(', ')}`,
    hint: 'The paths in conflict are as the target has them: make the change there again.',
    details: [],
  }
}
