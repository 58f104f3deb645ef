import { counted, durationText } from '../domain/wording.ts'

/** Cause and numbers of something that happened to a circuit, in a few words. */
export function circuitFacts({
  cause,
  data,
}: {
  readonly cause: string | null
  readonly data: Readonly<Record<string, unknown>>
}): string {
  const { numbers, ...rest } = data
  const facts = { ...rest, ...(typeof numbers === 'object' ? numbers : {}) }
  const words = Object.entries(facts)
    .filter(([name, value]) => value !== null && name !== 'from' && name !== 'to')
    .map(([name, value]) => inWords(name, value))
  return [...(cause === null ? [] : [spaced(cause)]), ...words].join(', ')
}

function inWords(name: string, value: unknown): string {
  if (name === 'reason') return spaced(String(value))
  const say = typeof value === 'number' ? NUMBERS.get(name) : undefined
  if (say !== undefined) return say(Number(value))
  return `${name} ${name === 'probe' ? String(value) : spaced(String(value))}`
}

/** What each number is. One that an older or newer version wrote stands by its name. */
const NUMBERS: ReadonlyMap<string, (value: number) => string> = new Map([
  ['failures', (count: number) => counted(count, 'failure')],
  ['outcomes', (count: number) => counted(count, 'outcome')],
  ['sources', (count: number) => counted(count, 'source')],
  // No more are kept than decide.
  ['tasks', (count: number) => `at least ${counted(count, 'task')}`],
  ['successes', (count: number) => counted(count, 'success', 'successes')],
  ['extensions', (count: number) => counted(count, 'extension')],
  ['changes', (count: number) => counted(count, 'change')],
  ['running', (count: number) => `${counted(count, 'probe')} under way`],
  ['waitMs', (ms: number) => `a wait of ${durationText(ms)}`],
  ['waitedMs', (ms: number) => `waited ${durationText(ms)}`],
  ['openMs', (ms: number) => `after ${durationText(ms)}`],
  ['leftMs', (ms: number) => `${durationText(ms)} of the wait left out`],
  ['windowMs', (ms: number) => `within ${durationText(ms)}`],
  ['until', (at: number) => `until ${new Date(at).toISOString()}`],
])

function spaced(word: string): string {
  return word.replaceAll('_', ' ')
}
