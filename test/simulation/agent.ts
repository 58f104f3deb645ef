import type { Agent, AgentEvent, AgentRequest, AgentResult, Usage } from '../../src/agents/agent.ts'
import { NO_USAGE } from '../../src/agents/agent.ts'
import { testLine } from './language.ts'
import type { Faults } from './faults.ts'
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
  /** Does nothing any more, until its driver ends it. */
  readonly hanging: number
  /** Ends, and says nothing. */
  readonly silent: number
}

interface AgentOptions {
  readonly scheduler: Scheduler
  readonly faults: Faults
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
  if (options.faults.strikes('an agent hangs', options.temper.hanging)) {
    await scheduler.wait(process, `agent.${stage}.hangs`, STALL_MS, signal)
    const result: AgentResult = signal.aborted ? { kind: 'aborted' } : STALLED
    mark.ended = true
    mark.told = result.kind
    yield { kind: 'result', result }
    return
  }
  if (options.faults.strikes('an agent ends without a word', options.temper.silent)) {
    mark.ended = true
    mark.told = 'gave_up'
    return
  }
  const result = outcome(options, request)
  mark.ended = true
  mark.told = result.kind
  yield { kind: 'result', result }
}

/** How long a driver hears nothing before it ends its agent. */
const STALL_MS = 180_000
const STALLED: AgentResult = { kind: 'gave_up', cause: 'stalled', detail: 'nothing was heard of it' }

function outcome(options: AgentOptions, request: AgentRequest): AgentResult {
  const { scheduler, faults, temper, filesIn } = options
  const limited = (cause: 'rate_limit' | 'overloaded', resetAt: number | null): AgentResult => ({
    kind: 'provider_limit',
    cause,
    resetAt,
    detail: 'no more',
  })
  if (faults.strikes('a provider limits', temper.limited / 2))
    return limited('rate_limit', scheduler.wall + scheduler.between(1_000, 600_000))
  if (faults.strikes('a provider is out', temper.limited / 2)) return limited('overloaded', null)
  if (faults.strikes('the machine of an agent fails', temper.broken))
    return { kind: 'infrastructure', code: 'failed', detail: 'the machine failed' }
  if (faults.strikes('an agent crashes', temper.frail)) {
    return {
      kind: 'gave_up',
      cause: scheduler.pick(['crash', 'stalled', 'max_turns'] as const),
      detail: 'no result',
    }
  }
  const writesTests = request.stage === 'red' || request.stage === 'red_fix'
  if (!writesTests && faults.strikes('an agent disputes', temper.disputing))
    return { kind: 'disputed', reason: 'the test is wrong' }
  const files = filesIn(request.directory)
  if (faults.strikes('an agent changes what is not its own', temper.careless))
    files.set('src/shared.src', `changed by ${request.task}\n`)
  if (faults.strikes('an agent lies', temper.clumsy)) leavePoorWork(scheduler, files, request)
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
