import type { AgentStage } from './stage.ts'
import type { Tier } from './tier.ts'

/** What attempts of one stage and tier used, of tasks that have ended. */
export interface StageRecord {
  readonly stage: AgentStage
  readonly tier: Tier | null
  readonly attempts: number
  readonly usd: Moments
  readonly tokens: Moments
}

/** A sum, and the sum of the squares. */
interface Moments {
  readonly sum: number
  readonly squares: number
}

/** A stage that a task has before it, as a rule. */
export interface StageAhead {
  readonly stage: AgentStage
  readonly tier: Tier
  /** How many tasks do. Default 1. */
  readonly times?: number
}

/** What is known of the agent that is to work. */
export interface KnownCosts {
  readonly records: readonly StageRecord[]
  /** Tasks that these attempts are of. */
  readonly tasks: number
  /** What an attempt uses as a rule, where no attempt like it has ended; null where nobody can say. */
  readonly typical: (ahead: StageAhead) => { readonly usd: number; readonly tokens: number } | null
}

/** Eight of ten runs like it stay within. */
export interface Interval {
  readonly low: number
  readonly expected: number
  readonly high: number
}

export interface CostForecast {
  readonly calls: Interval
  /** Null where nobody can say. */
  readonly tokens: Interval | null
  readonly usd: Interval | null
  /** `history`: attempts of this store; `guess`: none like them has ended; `both`. */
  readonly basis: 'history' | 'guess' | 'both'
}

/** How many calls the stages ahead take, retries with them, and what they cost. */
export function forecastCost(ahead: readonly StageAhead[], known: KnownCosts): CostForecast {
  const groups = groupsOf(ahead, known)
  const calls = groups.map(({ times, perTask }) => ({
    sum: times * perTask.mean,
    variance: times * retries(perTask.mean),
    doubt: times * perTask.doubt,
  }))
  const of = (amount: 'usd' | 'tokens'): Interval | null => {
    const parts = groups.map((group) => costOfGroup(group, amount))
    return parts.every((part) => part !== null) ? intervalOf(parts) : null
  }
  const least = groups.reduce((sum, { times }) => sum + times, 0)
  const bases = new Set(groups.map(({ basis }) => basis))
  const [first = 'history', second] = bases
  return {
    calls: intervalOf(calls, least),
    tokens: of('tokens'),
    usd: of('usd'),
    basis: second === undefined ? first : 'both',
  }
}

interface Group {
  readonly stage: AgentStage
  readonly tier: Tier
  readonly times: number
  /** Attempts of the stage for each task that comes to it, RED_FIX counted to RED and FIX to GREEN. */
  readonly perTask: { readonly mean: number; readonly doubt: number }
  readonly record: StageRecord | null
  readonly typical: { readonly usd: number; readonly tokens: number } | null
  readonly basis: 'history' | 'guess'
}

/** Fewer say nothing about the next. */
const LEAST = 3
const GUESSED_ATTEMPTS = { mean: 1.3, doubt: 0.3 }
/** A guess may be wrong by so much of itself. */
const GUESS_DOUBT = 0.6

function groupsOf(ahead: readonly StageAhead[], known: KnownCosts): Group[] {
  const counts = new Map<string, { readonly ahead: StageAhead; times: number }>()
  for (const each of ahead) {
    const name = `${each.stage} ${each.tier}`
    const group = counts.get(name) ?? { ahead: each, times: 0 }
    group.times += each.times ?? 1
    counts.set(name, group)
  }
  return [...counts.values()].map(({ ahead: { stage, tier }, times }) => {
    const like = known.records.filter((record) => record.stage === stage && record.tier === tier)
    const record = like.find(({ attempts }) => attempts >= LEAST) ?? null
    const perTask = known.tasks < LEAST ? GUESSED_ATTEMPTS : perTaskOf(stage, known)
    const typical = record === null ? known.typical({ stage, tier }) : null
    return { stage, tier, times, perTask, record, typical, basis: record === null ? 'guess' : 'history' }
  })
}

function perTaskOf(stage: AgentStage, { records, tasks }: KnownCosts): Group['perTask'] {
  const together: readonly AgentStage[] = REPAIRED[stage] ?? [stage]
  const attempts = records
    .filter((record) => together.includes(record.stage))
    .reduce((sum, record) => sum + record.attempts, 0)
  const mean = Math.max(1, attempts / tasks)
  return { mean, doubt: Math.sqrt(retries(mean) / tasks) }
}

const REPAIRED: Partial<Readonly<Record<AgentStage, readonly AgentStage[]>>> = {
  red: ['red', 'red_fix'],
  green: ['green', 'fix'],
}

/** The first attempt is certain; how many follow varies as rare things do. */
function retries(mean: number): number {
  return mean - 1
}

interface Part {
  readonly sum: number
  readonly variance: number
  /** The standard error of what is assumed, the same for all of the group. */
  readonly doubt: number
}

function costOfGroup(group: Group, amount: 'usd' | 'tokens'): Part | null {
  const { times, perTask, record, typical } = group
  const calls = times * perTask.mean
  if (record === null) {
    if (typical === null) return null
    const mean = typical[amount]
    const variance = calls * (mean * GUESS_DOUBT) ** 2 + times * retries(perTask.mean) * mean ** 2
    return { sum: calls * mean, variance, doubt: calls * mean * GUESS_DOUBT }
  }
  const { attempts } = record
  const mean = record[amount].sum / attempts
  const spread = Math.max(0, record[amount].squares / attempts - mean ** 2) * (attempts / (attempts - 1))
  return {
    sum: calls * mean,
    variance: calls * spread + times * retries(perTask.mean) * mean ** 2,
    doubt: Math.hypot(calls * Math.sqrt(spread / attempts), times * perTask.doubt * mean),
  }
}

/** Of a normal distribution, so many deviations to each side hold eight of ten. */
const EIGHT_OF_TEN = 1.2816

/** What is assumed may be wrong for all groups alike: doubts add up, chances do not. */
function intervalOf(parts: readonly Part[], least = 0): Interval {
  const expected = parts.reduce((total, { sum }) => total + sum, 0)
  const doubt = parts.reduce((total, part) => total + part.doubt, 0)
  const deviation = Math.hypot(Math.sqrt(parts.reduce((total, { variance }) => total + variance, 0)), doubt)
  const low = Math.max(least, expected - EIGHT_OF_TEN * deviation)
  return { low, expected, high: expected + EIGHT_OF_TEN * deviation }
}
