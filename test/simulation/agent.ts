import type { Agent, AgentEvent, AgentRequest, AgentResult, Usage } from '../../src/agents/agent.ts'
import { NO_USAGE } from '../../src/agents/agent.ts'
import { testLine } from './language.ts'
import type { Scheduler, SimulatedProcess } from './scheduler.ts'

/** What an agent leaves outside of everything that the engine knows: that it was called, and what it used. */
export interface Mark {
  readonly attempt: number
  readonly task: string
  readonly stage: string
  usage: Usage
  /** It told all that it used. */
  ended: boolean
  /** When it was called, and when it last did something. */
  readonly calledAt: number
  lastAt: number
  /** The kind of its result; null before it told one. */
  told: AgentResult['kind'] | null
}

/** How the agents of a simulation are, as shares of their attempts. */
export interface Temper {
  /** Work that does not hold. */
  readonly clumsy: number
  /** Changes to what is not theirs. */
  readonly careless: number
  /** Ends without a result: crashes, gives up, is stalled. */
  readonly frail: number
  /** The provider does not serve. */
  readonly limited: number
  /** The machine fails. */
  readonly broken: number
  readonly disputing: number
}

interface AgentOptions {
  readonly scheduler: Scheduler
  readonly process: SimulatedProcess
  readonly temper: Temper
  /** Where marks are left. */
  readonly ledger: Mark[]
  /** The files of a slot. */
  readonly filesIn: (directory: string) => Map<string, string>
}

/** The file in which a task's work lies. */
export function sourceOf(task: string): string {
  return `src/${task}.src`
}

/** Plays a coding agent: most of its work holds, some does not, and some is never done. */
export function simulatedAgent(options: AgentOptions): Agent {
  return { name: 'simulated', run: (request, signal) => play(options, request, signal) }
}

async function* play(
  options: AgentOptions,
  request: AgentRequest,
  signal: AbortSignal,
): AsyncGenerator<AgentEvent> {
  const { scheduler, process, ledger } = options
  const { attempt, task, stage } = request
  const calledAt = scheduler.now
  const mark: Mark = {
    attempt,
    task,
    stage,
    usage: NO_USAGE,
    ended: false,
    calledAt,
    lastAt: calledAt,
    told: null,
  }
  ledger.push(mark)
  for (let turn = scheduler.between(1, 3); turn > 0; turn -= 1) {
    await scheduler.wait(process, `agent.${stage}`, scheduler.between(500, 40_000), signal)
    if (signal.aborted) {
      yield { kind: 'result', result: { kind: 'aborted' } }
      return
    }
    mark.lastAt = scheduler.now
    mark.usage = { ...mark.usage, outputTokens: mark.usage.outputTokens + scheduler.between(1, 900) }
    yield { kind: 'usage', usage: mark.usage }
  }
  const result = outcome(options, request)
  mark.ended = true
  mark.told = result.kind
  yield { kind: 'result', result }
}

function outcome({ scheduler, temper, filesIn }: AgentOptions, request: AgentRequest): AgentResult {
  if (scheduler.chance(temper.limited)) {
    const resetAt = scheduler.chance(0.5) ? scheduler.now + scheduler.between(1_000, 600_000) : null
    return {
      kind: 'provider_limit',
      cause: scheduler.pick(['rate_limit', 'overloaded'] as const),
      resetAt,
      detail: 'no more',
    }
  }
  if (scheduler.chance(temper.broken))
    return { kind: 'infrastructure', code: 'failed', detail: 'the machine failed' }
  if (scheduler.chance(temper.frail)) {
    return {
      kind: 'gave_up',
      cause: scheduler.pick(['crash', 'stalled', 'max_turns'] as const),
      detail: 'no result',
    }
  }
  const writesTests = request.stage === 'red' || request.stage === 'red_fix'
  if (!writesTests && scheduler.chance(temper.disputing))
    return { kind: 'disputed', reason: 'the test is wrong' }
  const files = filesIn(request.directory)
  if (scheduler.chance(temper.careless)) files.set('src/shared.src', `changed by ${request.task}\n`)
  if (scheduler.chance(temper.clumsy)) leavePoorWork(scheduler, files, request)
  else if (writesTests) writeTests(files, request.task, scheduler.between(1, 9))
  else addWord(files, sourceOf(request.task), wordOf(request.task))
  return { kind: 'done', claims: {} }
}

function writeTests(files: Map<string, string>, task: string, version: number): void {
  const path = sourceOf(task)
  const name = `AC-1 ${task} works, as told ${version} times`
  files.set(`test/${task}.test`, testLine({ name, path, word: wordOf(task) }))
}

function addWord(files: Map<string, string>, path: string, word: string): void {
  const lines = (files.get(path) ?? '').split('\n').filter((line) => line !== '' && line !== word)
  files.set(path, `${[...lines, word].join('\n')}\n`)
}

function wordOf(task: string): string {
  return `${task}-works`
}

/** Its test says something else under the same name. */
function weaken(files: Map<string, string>, task: string): void {
  const path = `test/${task}.test`
  addWord(files, sourceOf(task), wordOf(task))
  files.set(path, (files.get(path) ?? '').replaceAll(/: \S+ has \S+$/gm, ': src/seed.src has seed'))
}

/** What nothing of may ever land. */
function leavePoorWork(
  scheduler: Scheduler,
  files: Map<string, string>,
  { task, stage }: AgentRequest,
): void {
  const writesTests = stage === 'red' || stage === 'red_fix'
  const poor = [
    () => undefined,
    // A test that holds without the work, or is taken away; sources that break what others did.
    () =>
      writesTests
        ? files.set(`test/${task}.test`, 'AC-1 nothing: src/seed.src has seed\n')
        : files.delete(`test/${task}.test`),
    () => files.set('src/seed.src', 'broken\n'),
    () => weaken(files, task),
    () => files.set(`test/${task}.test`, `AC-1 other: ${sourceOf(task)} has other\n`),
  ]
  scheduler.pick(poor)()
}
