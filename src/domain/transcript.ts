import type { Stage } from './stage.ts'
import { parsedJson } from './parsed-json.ts'

/** Everything that was told of one attempt of an agent, in order. Kept as lines of JSON. */
export type TranscriptEntry =
  | {
      readonly kind: 'begun'
      readonly at: number
      readonly run: string
      readonly task: string
      readonly stage: Stage
      readonly attempt: number
      readonly agent: string
    }
  | { readonly kind: 'said'; readonly at: number; readonly text: string }
  /** What we say of it ourselves. */
  | { readonly kind: 'note'; readonly at: number; readonly text: string }
  /** A tool is used, and once more with its outcome where that is told. */
  | {
      readonly kind: 'tool'
      readonly at: number
      readonly name: string
      readonly detail: string
      /** The same for a use and its outcome. */
      readonly call?: string
      readonly input?: string
      readonly outcome?: ToolOutcome
    }
  /** What was used so far, the sum of it. */
  | {
      readonly kind: 'usage'
      readonly at: number
      readonly inputTokens: number
      readonly outputTokens: number
      readonly cacheReadTokens: number
      readonly cacheWriteTokens: number
      readonly costUsd: number
    }
  | { readonly kind: 'limited'; readonly at: number; readonly cause: string; readonly until: number }
  | { readonly kind: 'result'; readonly at: number; readonly result: string; readonly detail: string }
  /** So many entries before this one were not kept. */
  | { readonly kind: 'gap'; readonly at: number; readonly entries: number; readonly reason: string }
  | { readonly kind: 'ended'; readonly at: number }

interface ToolOutcome {
  readonly failed: boolean
  readonly text: string
}

type TranscriptKind = TranscriptEntry['kind']

/** What is kept of one attempt. */
export interface Transcript {
  readonly entries: readonly TranscriptEntry[]
  /** Nothing is missing but what a `gap` tells: it goes to the end of the attempt, or to where it is by now. */
  readonly whole: boolean
}

export function entryLine(entry: TranscriptEntry): string {
  return `${JSON.stringify(entry)}\n`
}

/** Null for what is none: a line that was cut when its process was killed, or one that somebody else wrote. */
export function parseEntry(line: string): TranscriptEntry | null {
  const value = parsedJson(line)
  if (typeof value !== 'object' || value === null || !('kind' in value)) return null
  const fields = Object.hasOwn(FIELDS, String(value.kind)) ? FIELDS[value.kind as TranscriptKind] : null
  if (fields === null) return null
  const fits = Object.entries({ at: 'number', ...fields }).every(([name, type]) => {
    const field: unknown = Reflect.get(value, name)
    return type.endsWith('?') ? field === undefined || isA(field, type.slice(0, -1)) : isA(field, type)
  })
  return fits ? (value as TranscriptEntry) : null
}

const AMOUNTS = ['inputTokens', 'outputTokens', 'cacheReadTokens', 'cacheWriteTokens', 'costUsd'] as const

const FIELDS: Readonly<Record<TranscriptKind, Readonly<Record<string, string>>>> = {
  begun: { run: 'string', task: 'string', stage: 'string', attempt: 'number', agent: 'string' },
  said: { text: 'string' },
  note: { text: 'string' },
  tool: { name: 'string', detail: 'string', call: 'string?', input: 'string?', outcome: 'outcome?' },
  usage: Object.fromEntries(AMOUNTS.map((name) => [name, 'number'])),
  limited: { cause: 'string', until: 'number' },
  result: { result: 'string', detail: 'string' },
  gap: { entries: 'number', reason: 'string' },
  ended: {},
}

function isA(field: unknown, type: string): boolean {
  if (type !== 'outcome') return typeof field === type
  return (
    typeof field === 'object' &&
    field !== null &&
    typeof Reflect.get(field, 'failed') === 'boolean' &&
    typeof Reflect.get(field, 'text') === 'string'
  )
}
