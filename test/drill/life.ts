import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { type End, pickWaking, type Waking } from './ends.ts'
import { type DrillPlace, start } from './place.ts'
import { ownsStore } from './remains.ts'

const LONGEST_RUN_MS = 120_000
/** Of a process that is to be stopped for longer, so that nobody has to wait for long. */
const SHORT_LEASE_MS = 1_500
/** It ended, was stopped by a signal, or goes on another time. */
const PAUSED: readonly (number | null)[] = [0, 75, 129, 130, 143]
/** As well where a git, or a process that was stopped before it had the store, holds locks that it needs. */
const LOCKED_OUT = 70
/** There was nothing for it to do any more. */
const REFUSED = 2

type Running = ReturnType<typeof start>

/** A process that was stopped and stays so until another one ends it. */
interface Halted {
  readonly running: Running
  /** Else nobody has to take it over. */
  readonly hadStore: boolean
  readonly end: End
}

/** What earlier processes have left stopped. */
export interface Asleep {
  halted: Halted | null
  /** A git that was about to change refs. */
  git: Waking | null
}

export interface Lived {
  /** Those that have come about. */
  readonly ends: readonly End[]
  readonly isComplete: boolean
}

/** Lets the program run once until it ends by itself or as it is to. */
export async function live(
  place: DrillPlace,
  asleep: Asleep,
  { end, random }: { readonly end: End | null; readonly random: () => number },
): Promise<Lived> {
  const { git } = asleep
  const steps = [
    ...(end?.kind === 'step' ? [end.step] : []),
    ...(git?.kind === 'step' ? [{ name: git.name, moment: 'before', nth: 1, how: 'wake' }] : []),
  ]
  const running = start({ ...place, env: { ...place.env, ...environmentOf(steps, end) } }, [
    'run',
    '--workers',
    '3',
    '--json',
  ])
  const life = new AbortController()
  const waking = git?.kind === 'after' ? wakeAfter(place, git.ms) : Promise.resolve()
  const hitting = hit(running, end, life.signal)
  const limit = setTimeout(() => running.process.kill('SIGKILL'), LONGEST_RUN_MS)
  const outcome = await Promise.race([running.ended, untilHalted(place, life.signal)])
  clearTimeout(limit)
  life.abort()
  const wasHit = await hitting
  await waking
  const ended = asleep.halted === null ? [] : await takenOver(asleep)
  if (git !== null && !existsSync(stoppedIn(place))) asleep.git = null
  if (end?.kind === 'step' && existsSync(stoppedIn(place)) && asleep.git === null)
    asleep.git = pickWaking(end.step, random)
  if (outcome === null) {
    const hadStore = ownsStore(place, running.process.pid)
    asleep.halted = end === null ? null : { running, end, hadStore }
    await after(SHORT_LEASE_MS + 200)
    return { ends: ended, isComplete: false }
  }
  if (
    outcome.code === LOCKED_OUT &&
    asleep.halted?.hadStore === false &&
    outcome.stderr.includes('is locked')
  )
    return { ends: [...ended, await endedAsTold(asleep, asleep.halted)], isComplete: false }
  const wasKilled = outcome.signal === 'SIGKILL'
  const mayEndWith = git?.kind === 'after' ? [...PAUSED, LOCKED_OUT] : PAUSED
  if (!wasKilled && !wasHit && !mayEndWith.includes(outcome.code))
    throw new Error(`the run ended with ${outcome.code}: ${outcome.stderr}`)
  if (wasKilled && end === null) throw new Error(`the run did not end within ${LONGEST_RUN_MS} ms`)
  const ends = end !== null && (wasKilled || wasHit) ? [...ended, end] : ended
  return { ends, isComplete: outcome.code === 0 }
}

/**
 * Whatever is still stopped goes on, though nothing of it counts any more: a git, or a process that was stopped before it had
 * the store or once it had let go of it.
 */
export async function wakeAll(place: DrillPlace, asleep: Asleep): Promise<void> {
  const { halted } = asleep
  if (halted?.hadStore === true) {
    halted.running.process.kill('SIGCONT')
    throw new Error('nobody took over from a process that was stopped')
  }
  if (halted !== null) {
    halted.running.process.kill('SIGCONT')
    const outcome = await Promise.race([halted.running.ended, after(LONGEST_RUN_MS, null, { ref: false })])
    // Others ended the run while it slept, which did not have the store yet.
    const isOver = outcome?.code === REFUSED && outcome.stderr.includes('the last run has ended')
    if (outcome === null || (!isOver && !PAUSED.includes(outcome.code)))
      throw new Error(`who was stopped ended with ${outcome?.code ?? 'nothing'}: ${outcome?.stderr ?? ''}`)
  }
  wake(place)
  await after(500)
}

function environmentOf(steps: readonly unknown[], end: End | null): Record<string, string> {
  if (steps.length === 0) return {}
  const isStopped = end?.kind === 'step' && end.step.how.startsWith('stop')
  return {
    DRILL_STEPS: JSON.stringify(steps),
    NODE_OPTIONS: `--import=${join(import.meta.dirname, 'at-step.mjs')}`,
    ...(isStopped ? { DRILL_LEASE_MS: String(SHORT_LEASE_MS) } : {}),
  }
}

/** Whether it was sent a signal before it ended by itself. */
async function hit({ process }: Running, end: End | null, signal: AbortSignal): Promise<boolean> {
  if (end === null || end.kind === 'step') return false
  await after(end.afterMs, undefined, { signal }).catch(() => undefined)
  if (signal.aborted) return false
  if (end.kind === 'signal') return process.kill(end.signal)
  process.kill('SIGSTOP')
  await after(end.ms)
  process.kill('SIGCONT')
  await after(end.killAfterMs, undefined, { signal }).catch(() => undefined)
  process.kill('SIGKILL')
  return true
}

/** Null once the process has stopped itself at its step. */
async function untilHalted({ env }: DrillPlace, signal: AbortSignal): Promise<null> {
  const file = env['DRILL_HALTED'] ?? ''
  while (!existsSync(file)) await after(20, undefined, { signal })
  rmSync(file)
  return null
}

/** The end of a process that was stopped, once another has ended it; it cannot go on any more. */
async function takenOver(asleep: Asleep): Promise<End[]> {
  const { running, end } = asleep.halted as Halted
  const outcome = await Promise.race([running.ended, after(200, null)])
  if (outcome === null) return []
  if (outcome.signal !== 'SIGKILL') throw new Error('a process that was stopped ended by itself')
  asleep.halted = null
  return [end]
}

/** Who was stopped while it took the store holds the lock of its file, and nobody knows of it: the message says to end it. */
async function endedAsTold(asleep: Asleep, { running, end }: Halted): Promise<End> {
  running.process.kill('SIGKILL')
  await running.ended
  asleep.halted = null
  return end
}

async function wakeAfter(place: DrillPlace, ms: number): Promise<void> {
  await after(ms)
  wake(place)
}

function wake(place: DrillPlace): void {
  const file = stoppedIn(place)
  if (!existsSync(file)) return
  for (const pid of readFileSync(file, 'utf8').trim().split('\n')) process.kill(Number(pid), 'SIGCONT')
  rmSync(file)
}

function stoppedIn({ env }: DrillPlace): string {
  return env['DRILL_STOPPED'] ?? ''
}
