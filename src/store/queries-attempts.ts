import type { LossCause } from '../domain/attempt.ts'
import type { EventKind } from '../domain/event.ts'
import { STAGES } from '../domain/stage.ts'
import type { Database } from './database.ts'
import type { Answer, Args } from './operation.ts'
import { admitAttempt, releaseProbes, settleAttempt } from './queries-circuits.ts'
import { askBudgets } from './queries-budgets.ts'
import { addEvent } from './queries-events.ts'
import { keepEvidence } from './queries-evidence.ts'
import { compareModels, keepModel } from './queries-models.ts'
import { keepResources } from './queries-resources.ts'
import { AMOUNT_SQL, putAmount, settle, spendOf } from './queries-spend.ts'
import { number, oneOf, text } from './rows.ts'
import { largerSpend, type Spend } from '../domain/spend.ts'
import type { AttemptEnd } from './store.ts'

export const ATTEMPT_SQL = {
  start: `INSERT INTO attempts (run, task_id, stage, number, generation, agent, worker, kind, outcome, started_at, updated_at)
    SELECT t.run, t.id, ?, coalesce((SELECT max(a.number) FROM attempts a WHERE a.task_id = t.id AND a.generation = t.generation), 0) + 1,
      t.generation, ?, ?, 'running', '{"kind":"running"}', ?, ?
    FROM tasks t WHERE t.run = ? AND t.key = ? AND t.token = ? AND t.state = 'running' RETURNING id, number`,
  finish: `UPDATE attempts SET kind = ?, outcome = ?, ended_at = ?, agent_ms = ?, verify_ms = ?, wait_ms = ?, engine_ms = ?, evidence = ?
    WHERE id = ? AND kind = 'running'
      AND task_id = (SELECT id FROM tasks WHERE run = ? AND key = ? AND token = ? AND state = 'running')
    RETURNING stage, number, started_at`,
  runningOf: `SELECT id, started_at FROM attempts WHERE run = ? AND task_id = ? AND kind = 'running'`,
  isRunning: `SELECT 1 FROM attempts WHERE id = ? AND kind = 'running'`,
  lose: `UPDATE attempts SET kind = 'lost', outcome = ?, ended_at = ? WHERE id = ?`,
} as const

export function startAttempt(
  db: Database,
  [held, attempt, at]: Args<'startAttempt'>,
): Answer<'startAttempt'> {
  const key = held.task.definition.key
  const { hold, keep } = admitAttempt(db, { held, stage: attempt.stage }, at)
  if (hold !== null) return { kind: 'held', ...hold }
  const { reserved, budgets = null, model = null } = attempt
  const asked = budgets === null ? null : askBudgets(db, { held, reserved, budgets }, at)
  if (asked !== null && asked.refusal !== null) return { kind: 'over_budget', refusal: asked.refusal }
  const row = db.get(
    ATTEMPT_SQL.start,
    attempt.stage,
    attempt.agent,
    held.worker,
    at,
    at,
    held.run,
    key,
    held.token,
  )
  if (row === null) return { kind: 'lease_lost' }
  keep()
  const id = number(row, 'id')
  putAmount(db, id, { kind: 'reserved', spend: reserved, estimated: false })
  if (model !== null) keepModel(db, id, model)
  const data = {
    stage: attempt.stage,
    number: number(row, 'number'),
    agent: attempt.agent,
    worker: held.worker,
    ...(model === null ? {} : { tier: model.tier, model: model.model, why: model.why }),
  }
  addEvent(db, { run: held.run, kind: 'attempt_started', task: key, attempt: id, data }, at)
  asked?.warn(id)
  return { kind: 'started', attempt: id }
}

/** Late amounts of an attempt that has ended change nothing: it is settled. */
export function recordUsage(db: Database, [attempt, spend, setAside]: Args<'recordUsage'>): void {
  if (db.get(ATTEMPT_SQL.isRunning, attempt) === null) return
  if (setAside !== undefined) {
    const before = db
      .all(AMOUNT_SQL.ofAttempt, attempt)
      .filter(({ kind }) => kind === 'reserved')
      .map(spendOf)
    putAmount(db, attempt, {
      kind: 'reserved',
      spend: [setAside, ...before].reduce(largerSpend),
      estimated: false,
    })
  }
  putAmount(db, attempt, { kind: 'streamed', spend, estimated: false })
}

export function finishAttempt(db: Database, [held, attempt, end, at]: Args<'finishAttempt'>): boolean {
  const { outcome } = end
  const row = db.get(
    ATTEMPT_SQL.finish,
    outcome.kind,
    JSON.stringify(outcome),
    at,
    end.agentMs,
    end.verifyMs,
    end.waitMs,
    end.engineMs,
    end.evidence?.digest ?? null,
    attempt,
    held.run,
    held.task.definition.key,
    held.token,
  )
  if (row === null) return false
  const estimated = end.estimated === true
  const spend = estimated ? largerSpend(end.spend, chargeOf(db, attempt)) : end.spend
  settle(db, { run: held.run, attempt, end: { ...end, spend }, estimated })
  if (end.evidence !== null) keepEvidence(db, [end.evidence.digest, end.evidence.text, at])
  const { resources = null } = end
  if (resources !== null) keepResources(db, attempt, resources)
  compareModels(db, attempt, end.alternatives ?? [])
  const data = { stage: text(row, 'stage'), number: number(row, 'number'), ...toldOf(end) }
  addEvent(
    db,
    { run: held.run, kind: EVENT_OF[outcome.kind], task: held.task.definition.key, attempt, data },
    at,
  )
  const startedAt = number(row, 'started_at')
  settleAttempt(db, { held, stage: oneOf(row, 'stage', STAGES), outcome, startedAt }, at)
  return true
}

interface Loss {
  readonly run: string
  readonly task: number
  readonly key: string
  readonly cause: LossCause
  readonly detail: string
  /** Until when it is known to have been worked, null where only its beginning is. Default: until now. */
  readonly lastSeen?: number | null
}

/**
 * Ends what still runs of a task that nobody works on any more, and what its claim probed. What was spent cannot be known any more: the larger of streamed
 * and reserved is charged.
 */
export function loseAttempts(db: Database, loss: Loss, at: number): void {
  releaseProbes(db, loss, at)
  for (const row of db.all(ATTEMPT_SQL.runningOf, loss.run, loss.task)) {
    const attempt = number(row, 'id')
    const outcome = { kind: 'lost', cause: loss.cause, detail: loss.detail, retryAt: null } as const
    const { lastSeen = at } = loss
    const endedAt = Math.min(at, Math.max(number(row, 'started_at'), lastSeen ?? 0))
    db.run(ATTEMPT_SQL.lose, JSON.stringify(outcome), endedAt, attempt)
    const spend = chargeOf(db, attempt)
    settle(db, {
      run: loss.run,
      attempt,
      end: { spend, agentMs: 0, verifyMs: 0, waitMs: 0, engineMs: 0 },
      estimated: true,
    })
    const data = { cause: loss.cause, detail: loss.detail, estimated: true }
    addEvent(db, { run: loss.run, kind: 'attempt_lost', task: loss.key, attempt, data }, at)
  }
}

function chargeOf(db: Database, attempt: number): Spend {
  return db.all(AMOUNT_SQL.ofAttempt, attempt).map(spendOf).reduce(largerSpend)
}

const EVENT_OF = {
  accepted: 'attempt_accepted',
  refused: 'attempt_refused',
  gave_up: 'attempt_gave_up',
  disputed: 'attempt_disputed',
  dispute_rejected: 'dispute_rejected',
  lost: 'attempt_lost',
} as const satisfies Record<AttemptEnd['outcome']['kind'], EventKind>

/** What a reader of the log needs to say what happened, without the bulk of it. */
function toldOf({ outcome }: AttemptEnd): Record<string, unknown> {
  switch (outcome.kind) {
    case 'accepted':
      return { evidence: outcome.work.evidence, red: outcome.work.red, green: outcome.work.green }
    case 'refused':
      return { refusals: outcome.refusals.map(({ code, fact }) => ({ code, fact })) }
    case 'gave_up':
      return { cause: outcome.cause, detail: outcome.detail }
    case 'disputed':
      return { reason: outcome.reason }
    case 'dispute_rejected':
      return {}
    default:
      return { cause: outcome.cause, detail: outcome.detail, retryAt: outcome.retryAt }
  }
}
