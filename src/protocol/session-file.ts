import { z } from 'zod'
import type { Problem } from '../domain/problem.ts'
import type { AGENT_STAGES } from '../domain/stage.ts'
import { didYouMean } from '../domain/suggest.ts'
import { locate, problemsError, readDocument } from './document.ts'
import { problemsOf, strict, valueAt } from './shapes.ts'
import { commandShape } from './suite-file.ts'

const path = z.string().min(1).max(4096)
const amount = z.number().min(0).max(1e12)
/** Longest sleep, and furthest reset of a provider limit, in milliseconds. */
const waitMs = z.int().min(0).max(86_400_000)

const usageShape = strict({
  inputTokens: amount.optional(),
  outputTokens: amount.optional(),
  cacheReadTokens: amount.optional(),
  cacheWriteTokens: amount.optional(),
  costUsd: amount.optional(),
})

/** One shape per action, by the key that names it. */
const ACTIONS = {
  write: strict({ write: z.record(path, z.string()).describe('Files with their whole text.') }),
  edit: strict({
    edit: z
      .record(path, z.array(z.tuple([z.string().min(1), z.string()])).min(1))
      .describe('Replacements [old, new] by file; each old text must be there exactly once.'),
  }),
  delete: strict({ delete: z.array(path).min(1).describe('Files or directories.') }),
  run: strict({ run: commandShape.describe('A command in the agent tree.') }),
  sleepMs: strict({ sleepMs: waitMs }),
  say: strict({ say: z.string() }),
  usage: strict({ usage: usageShape }),
  dispute: strict({ dispute: z.string().min(1).describe('Why a test is held wrong.') }),
  fail: strict({
    fail: z.enum(['crash', 'rate_limit', 'overloaded', 'max_turns', 'auth']),
    resetMs: waitMs.optional().describe('When the provider serves again, in milliseconds from now.'),
  }),
  hang: strict({ hang: z.literal(true) }),
} as const

type ActionName = keyof typeof ACTIONS
const ACTION_NAMES = Object.keys(ACTIONS) as ActionName[]

const actionShape = z.union([
  ACTIONS.write,
  ACTIONS.edit,
  ACTIONS.delete,
  ACTIONS.run,
  ACTIONS.sleepMs,
  ACTIONS.say,
  ACTIONS.usage,
  ACTIONS.dispute,
  ACTIONS.fail,
  ACTIONS.hang,
])
const attemptsShape = z
  .array(z.array(actionShape).max(10_000))
  .max(1000)
  .optional()
  .describe('Attempts in order, each a list of actions.')

export const sessionFileShape = strict({
  version: z.literal(1),
  tasks: z.record(
    z.string(),
    strict({
      red: attemptsShape,
      red_fix: attemptsShape,
      green: attemptsShape,
      fix: attemptsShape,
      refactor: attemptsShape,
    } satisfies Record<(typeof AGENT_STAGES)[number], typeof attemptsShape>),
  ),
})

export type SessionFile = z.infer<typeof sessionFileShape>
/** What the scripted agent does; told apart by its single key (`fail` may carry `resetMs` beside it). */
export type SessionAction = z.infer<typeof actionShape>

/** Reads a session file. Throws `session_invalid` with every problem and its line. */
export function parseSession(text: string, fileName: string): SessionFile {
  const read = readDocument(text, fileName)
  if (!read.ok) throw problemsError('session_invalid', fileName, read.problems)
  const parsed = sessionFileShape.safeParse(read.document.value)
  if (parsed.success) return parsed.data
  const { value } = read.document
  const problems = parsed.error.issues.flatMap((issue) =>
    issue.code === 'invalid_union' ? actionProblems(issue.path, value) : problemsOf([issue], value),
  )
  throw problemsError('session_invalid', fileName, locate(read.document, problems))
}

/** Of the ten ways to read an action, tells what is wrong with the one that was meant. */
function actionProblems(place: readonly PropertyKey[], value: unknown): Problem[] {
  const at = place.map((part) => (typeof part === 'number' ? part : String(part)))
  const action = valueAt(value, place)
  const list = `one of: ${ACTION_NAMES.join(', ')}`
  if (typeof action !== 'object' || action === null || Array.isArray(action)) {
    return [{ path: at, what: 'is not an action', right: `give an object with ${list}` }]
  }
  const keys = Object.keys(action)
  const name = ACTION_NAMES.find((candidate) => keys.includes(candidate))
  if (name === undefined) {
    const [key] = keys
    if (key === undefined) return [{ path: at, what: 'is empty', right: `give ${list}` }]
    return [{ path: [...at, key], what: 'is no action', right: didYouMean(key, ACTION_NAMES, list) }]
  }
  const parsed = ACTIONS[name].safeParse(action)
  const inner = parsed.success ? [] : problemsOf(parsed.error.issues, action)
  return inner.map((problem) => ({ ...problem, path: [...at, ...problem.path] }))
}
