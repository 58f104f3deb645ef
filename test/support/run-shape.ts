import { z } from 'zod'

const count = z.int().min(0)
const commit = z.string().regex(/^[0-9a-f]{40}$/)
const ms = z.number().min(0)

/** What `run --json` and `demo --json` promise to print, and nothing else. */
export const runShape = z.strictObject({
  run: z.string().min(1),
  state: z.enum(['completed', 'incomplete', 'paused', 'interrupted']),
  target: z.string().startsWith('tdd/'),
  base: commit,
  head: commit,
  pausedBy: z.string().nullable(),
  resumeAt: z.number().nullable(),
  next: z.string().min(1),
  tasks: z.strictObject({
    total: count,
    completed: count,
    failed: count,
    blocked: count,
    needs_human: count,
    cancelled: count,
    retryable: count,
    pending: count,
  }),
  landed: z.array(
    z.strictObject({
      task: z.string(),
      merge: commit,
      red: commit,
      green: commit,
      evidence: z.string().regex(/^sha256:[0-9a-f]{64}$/),
    }),
  ),
  lost: z.array(z.string()),
  attempts: count,
  refusals: z.array(
    z.strictObject({ task: z.string(), stage: z.string(), code: z.string(), fact: z.string() }),
  ),
  refactorings: z.array(
    z.strictObject({ task: z.string(), holds: z.boolean(), fact: z.string().nullable() }),
  ),
  warnings: z.array(z.string()),
  quarantined: z.array(z.strictObject({ file: z.string(), name: z.string(), task: z.string() })),
  spend: z.strictObject({
    invocations: count,
    inputTokens: count,
    outputTokens: count,
    cacheReadTokens: count,
    cacheWriteTokens: count,
    costUsd: z.number().min(0),
  }),
  wallMs: ms,
  agentMs: ms,
  verifyMs: ms,
  waitMs: ms,
  engineMs: ms,
  criticalPathMs: ms,
  workers: z.int().min(1),
  contained: z.boolean(),
})

export type PrintedRun = z.infer<typeof runShape>
