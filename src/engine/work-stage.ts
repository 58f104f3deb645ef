import type { Agent, AgentCommand, AgentEvent, AgentResult, Usage } from '../agents/agent.ts'
import { NO_USAGE } from '../agents/agent.ts'
import { resultOfEnd } from '../agents/ended.ts'
import { pathGuard } from '../domain/path-guard.ts'
import type { Prompt } from '../domain/prompt-part.ts'
import type { AgentStage } from '../domain/stage.ts'
import type { Refusal } from '../domain/verdict.ts'
import { momentText } from '../domain/wording.ts'
import type { AgentTree, TreeReading } from '../git/trees.ts'
import { commandEnvironment } from '../runtime/command-environment.ts'
import type { ExecResult } from '../runtime/exec.ts'
import { attemptPrompt, promptNotes } from './attempt-prompt.ts'
import { type RunContext, suiteOf } from './context.ts'
import { type Ground, prepareGround } from './ground.ts'
import { judgeWork } from './judge-work.ts'
import { slotKey } from './prepare-slot.ts'
import { ProviderHeld } from './provider-gate.ts'
import type { RunningStage, StageCall, StageEnd } from './stage-call.ts'
import { UsageKeeper } from './usage-keeper.ts'

const TRANSCRIPT_LIMIT = 256 * 1024
/** Usage is stored as it streams, but not more often than this. */
const USAGE_EVERY_MS = 250

/** A stage in which an agent works: its tree is made, it works, every process of it is dead, its tree is read and judged. */
export async function workStage(context: RunContext, running: RunningStage): Promise<StageEnd> {
  const { claim, step } = running.call
  const task = claim.task.definition
  const testsOnly = step.stage === 'red' || step.stage === 'red_fix'
  // Who decides a dispute sees the tests as they were accepted, whatever was tried since.
  const start = step.dispute === null ? step.start : { ...step.start, tree: null }
  const ground = await prepareGround(context, task, { ...start, testsOnly })
  const { result, usage, transcript, reading } = await workInTree(context, running, ground)
  const end = (outcome: StageEnd['outcome']): StageEnd => ({ outcome, usage, transcript, evidence: null })
  switch (result.kind) {
    case 'aborted':
      return end({ kind: 'lost', cause: 'user', detail: 'stopped', retryAt: null })
    case 'gave_up':
      return end({ kind: 'gave_up', cause: result.cause, detail: result.detail })
    case 'infrastructure': {
      const cause = NEEDS_PERSON.includes(result.code) ? 'exhausted' : 'infrastructure'
      if (STOPS_ALL.includes(result.code)) context.pause('agent', cannotWork(context, result), null)
      return end({ kind: 'lost', cause, detail: `${result.code}: ${result.detail}`, retryAt: null })
    }
    case 'provider_limit': {
      const retryAt = result.resetAt ?? context.clock.now() + LIMIT_WAIT_MS
      await context.provider.limit(result.cause, retryAt)
      return end({ kind: 'lost', cause: 'provider_limit', detail: result.detail, retryAt })
    }
    case 'disputed':
      if (step.stage === 'green' || step.stage === 'fix')
        return end({ kind: 'disputed', reason: result.reason })
      return end(refusedUnseen(ground, `${step.stage} may not dispute a test`))
    case 'done':
      break
  }
  if (reading === null) throw new Error('what a finished agent left was not read')
  if (reading.kind === 'forbidden') {
    return end({ kind: 'refused', refusals: [reading.refusal], base: ground.base, tree: null })
  }
  const judged = await judgeWork(context, running, { ground, tree: reading.tree, claims: result.claims })
  return { ...judged, usage, transcript }
}

/** What is the same for every task, until a person has mended it. */
const STOPS_ALL: readonly string[] = ['auth', 'model', 'not_installed']

function cannotWork({ agent }: RunContext, { detail }: { readonly detail: string }): string {
  return `${agent.name} cannot work: ${detail}`
}

/** What is the same however often it is tried. */
const NEEDS_PERSON: readonly string[] = ['session_exhausted', 'hidden']

/** The slot is free again, and made ready for what may come next, before what was read is judged. */
async function workInTree(
  context: RunContext,
  running: RunningStage,
  ground: Ground,
): Promise<Worked & { readonly reading: TreeReading | null }> {
  const { limits } = context
  await using tree = await context.trees.agentTree({
    task: slotKey(context, running.call.claim.task),
    tree: ground.tree,
    base: ground.base,
  })
  const prompt = await attemptPrompt(context, running, ground.baseTree)
  const worked = await letWork(context, running, { tree, prompt })
  if (worked.result.kind !== 'done') return { ...worked, reading: null }
  return { ...worked, reading: await tree.read({ files: limits.treeFiles, bytes: limits.treeBytes }) }
}

interface Worked {
  readonly result: AgentResult
  readonly usage: Usage
  readonly transcript: string
}

/** Waited for when a provider names no reset time. */
const LIMIT_WAIT_MS = 60_000

function refusedUnseen(ground: Ground, fact: string): StageEnd['outcome'] {
  const refusal: Refusal = {
    code: 'no_change',
    fact,
    hint: 'Only GREEN and FIX may; a stage that writes tests changes them instead.',
    details: [],
  }
  return { kind: 'refused', refusals: [refusal], base: ground.base, tree: null }
}

async function letWork(
  context: RunContext,
  running: RunningStage,
  { tree, prompt }: { readonly tree: AgentTree; readonly prompt: Prompt },
): Promise<Worked> {
  const { claim, step, signal } = running.call
  const agent: Agent = context.agent
  let usage: Usage = NO_USAGE
  let result: AgentResult = { kind: 'gave_up', cause: 'crash', detail: 'the agent ended without a result' }
  /** What it means that a limit ended it: whatever it told, what it left may not be all of it, or is removed already. */
  let cut: AgentResult | null = null
  const transcript = promptNotes(prompt)
  let kept = 0
  const keeper = new UsageKeeper({
    record: (told) => context.store.recordUsage(running.attempt, { invocations: 1, ...told }),
    clock: context.clock,
    everyMs: USAGE_EVERY_MS,
  })
  const request = {
    task: claim.task.definition.key,
    stage: step.stage as AgentStage,
    playIndex: playIndex(running.call),
    attempt: running.attempt,
    directory: tree.directory,
    exchange: tree.temp,
    prompt: prompt.text,
    tier: step.stage === 'red' ? ('high' as const) : claim.task.definition.complexity,
    refusals: step.repair,
    winding: context.winding,
    askAgain: () => askAgain(context, running),
    mayChange: guardOf(context, running),
    launch: async (command: AgentCommand, abort: AbortSignal) => {
      const ended = await running.meter.during('agent', () =>
        launch(context, running, { command, tree, abort }),
      )
      if (ended.end.kind === 'limit') cut = resultOfEnd(ended)
      return ended
    },
  }
  running.spent.called = true
  const ended = running.trace.agent(agent.name)
  const listen = async (): Promise<void> => {
    for await (const event of agent.run(request, signal)) {
      const line = told(event)
      if (line !== null && kept < TRANSCRIPT_LIMIT) {
        transcript.push(line.slice(0, TRANSCRIPT_LIMIT - kept))
        kept += line.length + 1
      }
      if (event.kind === 'usage') {
        usage = event.usage
        running.spent.usage = usage
        keeper.tell(usage)
      } else if (event.kind === 'limited') await context.provider.limit(event.cause, event.until)
      else if (event.kind === 'result') result = cut ?? event.result
    }
  }
  try {
    // While no program of it runs, it waits for its provider.
    await running.meter.during('wait', listen)
  } finally {
    running.turn?.leave(SERVED.includes(result.kind))
    ended(result, usage)
    await keeper.end()
  }
  running.spent.ended = true
  return { result, usage, transcript: transcript.join('\n') }
}

function guardOf(context: RunContext, { call }: RunningStage): ReturnType<typeof pathGuard> {
  const task = call.claim.task.definition
  const suites = [...context.suites.values()]
  return pathGuard({ stage: call.step.stage as AgentStage, task, suite: suiteOf(context, task), suites })
}

/** Earlier attempts of this stage that ended in a result: what was lost to us or to the machine is played again. */
function playIndex(call: StageCall): number {
  return call.attempts.filter(
    ({ stage, outcome }) =>
      stage === call.step.stage &&
      outcome.kind !== 'running' &&
      !(outcome.kind === 'lost' && outcome.cause !== 'provider_limit'),
  ).length
}

async function askAgain({ winding }: RunContext, { turn, call }: RunningStage): Promise<number | null> {
  try {
    await turn?.again(AbortSignal.any([call.signal, winding]))
    return null
  } catch (thrown) {
    if (thrown instanceof ProviderHeld) return thrown.until
    throw thrown
  }
}

async function launch(
  context: RunContext,
  { tally, meter }: RunningStage,
  start: { readonly command: AgentCommand; readonly tree: AgentTree; readonly abort: AbortSignal },
): Promise<ExecResult> {
  const { command, tree, abort } = start
  const ended = await context.exec.contained(
    {
      argv: command.argv,
      cwd: tree.directory,
      env: commandEnvironment({
        base: context.environment,
        home: tree.home,
        temp: tree.temp,
        tdd: { TDD_RUN: context.run, ...command.env },
        extra: {},
      }),
      ...(command.stdin === undefined ? {} : { stdin: command.stdin }),
      ...(command.onStdout === undefined ? {} : { onStdout: command.onStdout }),
      onSample: (sample) => tally.hear(sample),
      writable: [tree.directory, tree.home, tree.temp],
      readOnly: [],
      hidden: context.hidden,
      visible: context.visible,
      limits: {
        // What it has worked before it waited for its provider counts as well.
        wallMs: Math.max(1, context.limits.stageMs - meter.totals().agentMs),
        stallMs: context.limits.stallMs,
        outputBytes: AGENT_OUTPUT_BYTES,
        memoryBytes: context.settings.memoryBytes,
        processes: context.settings.processes,
        diskBytes: context.settings.diskBytes,
      },
    },
    abort,
  )
  // The store needs room, too, and waits for it only for a few seconds.
  if (ended.end.kind === 'limit' && FILLS_DISK.includes(ended.end.which)) await tree.clear()
  return ended
}

/** Ends of which the provider had its part. */
const SERVED: readonly string[] = ['done', 'disputed', 'gave_up']
const FILLS_DISK: readonly string[] = ['disk', 'room']
const AGENT_OUTPUT_BYTES = 16 * 1024 * 1024

function told(event: AgentEvent): string | null {
  switch (event.kind) {
    case 'said':
      return event.text
    case 'tool':
      return `[${event.name}] ${event.detail}`
    case 'limited':
      return `[limited] ${event.cause} until ${momentText(event.until)}`
    case 'usage':
    case 'result':
      return null
  }
}
