import type { Database } from '../../src/store/database.ts'
import type { Mark } from './agent.ts'
import type { SimulatedRepository } from './repository.ts'

export class Violation extends Error {
  readonly promise: string

  constructor(promise: string, fact: string) {
    super(`${promise}: ${fact}`)
    this.name = 'Violation'
    this.promise = promise
  }
}

interface Looked {
  readonly db: Database
  readonly repository: SimulatedRepository
  readonly ledger: readonly Mark[]
  readonly target: string | null
  /** Invocations that the run may use in all; null for no limit. */
  readonly mostInvocations: number | null
}

/** The promises, as far as they hold at every moment. */
export function requirePromises(looked: Looked): void {
  doneMeansLanded(looked)
  landedOnce(looked)
  marksHaveAttempts(looked)
  acceptedOnce(looked)
  reservedBefore(looked)
  claimedByOne(looked)
  eventsAreWhole(looked)
}

function doneMeansLanded({ db, repository, target }: Looked): void {
  if (target === null) return
  const head = repository.refs.get(`refs/heads/${target}`)
  for (const row of db.all(
    `SELECT t.key, r.merge_commit, r.lost_at FROM tasks t LEFT JOIN landing_receipts r ON r.task_id = t.id AND r.merge_commit = t.merge_commit WHERE t.state = 'completed'`,
  )) {
    const [key, merge] = [String(row['key']), row['merge_commit']]
    if (typeof merge !== 'string')
      throw new Violation('done means landed', `${key} is completed without a receipt`)
    if (row['lost_at'] !== null) continue
    if (head === undefined || !repository.isAncestor(merge, head))
      throw new Violation('done means landed', `${key} is completed, and ${target} does not hold ${merge}`)
  }
}

/** Merges of the target name their task; one that stands is there once. */
function landedOnce({ repository, target }: Looked): void {
  const head = target === null ? undefined : repository.refs.get(`refs/heads/${target}`)
  if (head === undefined) return
  const seen = new Set<string>()
  for (const commit of repository.firstParents(null, head)) {
    const task = /^TDD-Evidence: /m.test(repository.commit(commit).message)
      ? /^TDD-Task: (.+)$/m.exec(repository.commit(commit).message)?.[1]
      : undefined
    if (task === undefined) continue
    if (seen.has(task)) throw new Violation('nothing is doubled', `${task} landed twice`)
    seen.add(task)
  }
}

/** An agent is called only once its attempt is written down, and no two attempts call one agent. */
function marksHaveAttempts({ db, ledger }: Looked): void {
  const known = new Set(
    db.all('SELECT id FROM attempts WHERE agent IS NOT NULL').map((row) => Number(row['id'])),
  )
  const called = new Set<number>()
  for (const { attempt, task } of ledger) {
    if (!known.has(attempt))
      throw new Violation('nothing is lost', `the agent of ${task} was called, and no attempt says so`)
    if (called.has(attempt)) throw new Violation('nothing is doubled', `attempt ${attempt} called two agents`)
    called.add(attempt)
  }
}

/** Who has an accepted RED begins no other, unless tests were disputed, came back, or were dropped by a person. */
function acceptedOnce({ db }: Looked): void {
  const twice = db.get(
    `SELECT t.key, a.stage FROM attempts a JOIN tasks t ON t.id = a.task_id
     JOIN attempts b ON b.task_id = a.task_id AND b.stage = a.stage AND b.generation = a.generation AND b.number > a.number
     WHERE a.kind = 'accepted' AND a.stage IN ('red', 'green')
       AND NOT EXISTS (SELECT 1 FROM landing_returns r WHERE r.task_id = a.task_id)
       AND NOT EXISTS (SELECT 1 FROM attempts d WHERE d.task_id = a.task_id AND d.kind IN ('disputed', 'refused') AND d.number > a.number)
     LIMIT 1`,
  )
  if (twice !== null)
    throw new Violation(
      'finished stages are not paid again',
      `${String(twice['key'])} began ${String(twice['stage'])} again`,
    )
}

function reservedBefore({ db, mostInvocations }: Looked): void {
  if (mostInvocations === null) return
  const used = Number(db.get('SELECT count(*) AS used FROM attempts WHERE agent IS NOT NULL')?.['used'] ?? 0)
  const unused = Number(
    db.get(
      `SELECT count(*) AS unused FROM amounts m WHERE m.kind = 'settled' AND m.invocations = 0 AND EXISTS (SELECT 1 FROM attempts a WHERE a.id = m.attempt_id AND a.agent IS NOT NULL)`,
    )?.['unused'] ?? 0,
  )
  if (used - unused > mostInvocations)
    throw new Violation(
      'spending is bounded before it happens',
      `${used - unused} of ${mostInvocations} invocations`,
    )
}

/** A task has at most one attempt that runs, and only while it is claimed. */
function claimedByOne({ db }: Looked): void {
  const two = db.get(
    `SELECT t.key, count(*) AS running FROM attempts a JOIN tasks t ON t.id = a.task_id WHERE a.kind = 'running' GROUP BY a.task_id HAVING count(*) > 1`,
  )
  if (two !== null) throw new Violation('one claim a task', `${String(two['key'])} has two running attempts`)
  const loose = db.get(
    `SELECT t.key, t.state FROM attempts a JOIN tasks t ON t.id = a.task_id WHERE a.kind = 'running' AND t.state <> 'running' LIMIT 1`,
  )
  if (loose !== null)
    throw new Violation(
      'one claim a task',
      `${String(loose['key'])} is ${String(loose['state'])} with a running attempt`,
    )
}

/** What the log says last of a task is what its row says. */
function eventsAreWhole({ db }: Looked): void {
  const torn = db.get(
    `SELECT t.key, t.state, json_extract(e.data, '$.to') AS told FROM tasks t
     JOIN events e ON e.seq = (SELECT max(seq) FROM events x WHERE x.run = t.run AND x.task = t.key AND x.kind = 'task_state')
     WHERE told IS NOT NULL AND told <> t.state LIMIT 1`,
  )
  if (torn !== null)
    throw new Violation(
      'one truth',
      `${String(torn['key'])} is ${String(torn['state'])}, the log says ${String(torn['told'])}`,
    )
}

/** What holds once nothing goes on any more: the accounts, and that everything has an honest name. */
export function requireFinalPromises({ db, ledger }: Looked): void {
  const open = db.get(
    `SELECT key, state FROM tasks WHERE state IN ('running', 'landing', 'available', 'retryable') LIMIT 1`,
  )
  if (open !== null)
    throw new Violation('nothing is lost', `${String(open['key'])} is left ${String(open['state'])}`)
  const settled = new Map(
    db
      .all(`SELECT attempt_id, invocations, output_tokens, estimated FROM amounts WHERE kind = 'settled'`)
      .map((row) => [Number(row['attempt_id']), row]),
  )
  for (const { attempt, task, usage, ended } of ledger) {
    const row = settled.get(attempt)
    if (row === undefined)
      throw new Violation('accounts are whole', `attempt ${attempt} of ${task} was never settled`)
    const charged = Number(row['output_tokens'])
    if (Number(row['invocations']) !== 1)
      throw new Violation(
        'accounts are whole',
        `attempt ${attempt} counts ${String(row['invocations'])} calls`,
      )
    if (ended && row['estimated'] === 0 && charged !== usage.outputTokens)
      throw new Violation(
        'accounts are whole',
        `attempt ${attempt} is charged ${charged} and used ${usage.outputTokens}`,
      )
  }
}
