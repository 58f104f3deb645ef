import { type Edges, freeArrays, longestChains } from '../domain/longest-chains.ts'
import type { Neighbour } from '../domain/neighbours.ts'
import { withUsualEstimates } from '../domain/graph.ts'
import { waitsForPerson } from '../domain/people-wait.ts'
import { PERSON } from '../domain/person.ts'
import { CHANGED } from './changed.ts'
import type { Database, Row } from './database.ts'
import { locksAreFree } from './held-locks.ts'
import type { Answer, Args } from './operation.ts'
import { jsonArray, number, numberOrNull, text } from './rows.ts'
import { taskOf } from './task-rows.ts'

const EDGES = 'FROM dependencies x JOIN tasks t ON t.id = x.task_id WHERE t.run = ?'
const CLAIMABLE = `(t.state = 'available' OR (t.state = 'retryable' AND t.not_before <= ?))`
const INDEXED = `t.state IN ('available', 'retryable')`
/** What was given back while a dependency was retried waits for that as well. */
const IS_FREE = 't.unmet = 0 AND t.blockers = 0'
const IN_ORDER = 'ORDER BY t.priority DESC, t.path_ms DESC, t.id'

export const SCHEDULE_SQL = {
  // What a task holds is all that a search needs of its definition.
  claimable: `SELECT t.id, t.key, t.state, t.definition ->> '$.locks' AS locks FROM tasks t WHERE t.run = ? AND ${INDEXED} AND ${CLAIMABLE} AND ${IS_FREE} ${IN_ORDER}`,
  anyClaimable: `SELECT 1 FROM tasks t WHERE t.run = ? AND ${INDEXED} AND ${IS_FREE} LIMIT 1`,
  nextClaimAt: `SELECT min(not_before) AS at FROM tasks WHERE run = ? AND state = 'retryable' AND not_before > ? AND unmet = 0 AND blockers = 0`,
  isWorked: `SELECT 1 FROM tasks WHERE run = ? AND state = 'running' LIMIT 1`,
  withPeople: `SELECT * FROM tasks WHERE run = ? AND state = 'running' AND claimed_by = '${PERSON}' ORDER BY id`,
  worked: `SELECT 1 FROM tasks WHERE run = ? AND state = 'running' AND claimed_by <> '${PERSON}' LIMIT 1`,
  landing: `SELECT * FROM tasks WHERE run = ? AND state = 'landing' ORDER BY id`,
  holding: `SELECT * FROM tasks WHERE run = ? AND state IN ('running', 'landing') ORDER BY id`,
  keysIn: `SELECT key FROM tasks WHERE run = ? AND state IN (SELECT value FROM json_each(?)) ORDER BY id`,
  needed: `SELECT d.* FROM tasks t JOIN dependencies x ON x.task_id = t.id JOIN tasks d ON d.id = x.depends_on
    WHERE t.run = ? AND t.key = ? ORDER BY d.id`,
  served: `SELECT d.* FROM tasks t JOIN dependencies x ON x.depends_on = t.id JOIN tasks d ON d.id = x.task_id
    WHERE t.run = ? AND t.key = ? ORDER BY d.id`,
  weights: `SELECT id, path_ms, json_extract(definition, '$.estimateMs') AS estimate FROM tasks WHERE run = ? ORDER BY id`,
  count: 'SELECT count(*) AS count FROM tasks WHERE run = ?',
  edges: `SELECT x.depends_on, x.task_id ${EDGES}`,
  countEdges: `SELECT count(*) AS count ${EDGES}`,
  setPath: `UPDATE tasks SET path_ms = ?, ${CHANGED} WHERE id = ?`,
} as const

/** Those that can be claimed at that time and whose files are free, best first. Many tasks may wait for the same. */
export function* freeInOrder(db: Database, run: string, at: number): Generator<Row> {
  const taken = new Set<string>()
  for (const row of db.each(SCHEDULE_SQL.claimable, run, at)) {
    const locks = text(row, 'locks')
    if (taken.has(locks)) continue
    if (locksAreFree(db, run, jsonArray(row, 'locks').map(String))) yield row
    else taken.add(locks)
  }
}

export function claimable(db: Database, [run, at, most, only]: Args<'claimable'>): Answer<'claimable'> {
  const found: string[] = []
  for (const row of freeInOrder(db, run, at)) {
    if (only?.givenBack === true && row['state'] !== 'retryable') continue
    found.push(text(row, 'key'))
    if (found.length >= most) break
  }
  return found
}

/** When the next task may be claimed that cannot be yet for its time. */
export function nextClaimAt(db: Database, run: string, at: number): number | null {
  const soonest = db.get(SCHEDULE_SQL.nextClaimAt, run, at)
  return soonest === null ? null : numberOrNull(soonest, 'at')
}

/**
 * A task that waits for a dependency goes on only with another one, which is looked at itself: what it depends on is never
 * in a circle, and nothing that has ended is waited for.
 */
export function outlook(db: Database, [run, at]: Args<'outlook'>): Answer<'outlook'> {
  const has = (sql: string): boolean => db.get(sql, run) !== null
  const landing = db.all(SCHEDULE_SQL.landing, run).map((row) => taskOf(db, row))
  const withPeople = db.all(SCHEDULE_SQL.withPeople, run).map((row) => taskOf(db, row))
  const waits = [...withPeople, ...landing].filter(waitsForPerson)
  const ofEngine = landing.length + withPeople.length - waits.length
  return {
    goesOn: ofEngine > 0 || has(SCHEDULE_SQL.worked) || has(SCHEDULE_SQL.anyClaimable),
    isWorked: has(SCHEDULE_SQL.isWorked),
    nextClaimAt: nextClaimAt(db, run, at),
    waits: waits.map(({ definition: { key }, person, waitsForApproval }) => ({
      key,
      person,
      waitsForApproval,
    })),
  }
}

export function keysIn(db: Database, [run, states]: Args<'keysIn'>): Answer<'keysIn'> {
  return db.all(SCHEDULE_SQL.keysIn, run, JSON.stringify(states)).map((row) => text(row, 'key'))
}

export function heldPaths(db: Database, [run]: Args<'heldPaths'>): Answer<'heldPaths'> {
  return db
    .all(SCHEDULE_SQL.holding, run)
    .map((row) => taskOf(db, row).definition)
    .map(({ key, locks }) => ({ task: key, entries: locks }))
}

export function neighbours(db: Database, [run, key]: Args<'neighbours'>): Answer<'neighbours'> {
  const rows = [
    ...db.all(SCHEDULE_SQL.needed, run, key),
    ...db.all(SCHEDULE_SQL.served, run, key),
    ...db.all(SCHEDULE_SQL.holding, run),
  ]
  const near = new Map<string, Neighbour>()
  for (const row of rows) {
    const { definition, state } = taskOf(db, row)
    if (definition.key !== key) near.set(definition.key, { definition, state: state.state })
  }
  return [...near.values()]
}

/** Counts anew how long the chain behind each task is. Only what changed is written. */
export function orderTasks(db: Database, run: string): void {
  const { ids, estimates, known } = weightsOf(db, run)
  const [usual, edges] = [withUsualEstimates(estimates), edgesOf(db, run, ids)]
  const lengths = longestChains(usual, edges)
  for (const [task, id] of ids.entries()) {
    if (lengths[task] !== known[task]) db.run(SCHEDULE_SQL.setPath, lengths[task] ?? 0, id)
  }
  freeArrays(ids, estimates, known, usual, edges.from, edges.to, lengths)
}

interface Weights {
  /** Row ids, ascending; the others have the same places. */
  readonly ids: Float64Array<ArrayBuffer>
  /** NaN where there is none. */
  readonly estimates: Float64Array<ArrayBuffer>
  readonly known: Float64Array<ArrayBuffer>
}

function weightsOf(db: Database, run: string): Weights {
  const count = number(db.get(SCHEDULE_SQL.count, run) ?? {}, 'count')
  const array = () => new Float64Array(count)
  const weights = { ids: array(), estimates: array(), known: array() }
  let place = 0
  for (const row of db.each(SCHEDULE_SQL.weights, run)) {
    weights.ids[place] = number(row, 'id')
    weights.estimates[place] = numberOrNull(row, 'estimate') ?? Number.NaN
    weights.known[place] = number(row, 'path_ms')
    place += 1
  }
  return weights
}

function edgesOf(db: Database, run: string, ids: Float64Array): Edges {
  const size = number(db.get(SCHEDULE_SQL.countEdges, run) ?? {}, 'count')
  const edges = { from: new Int32Array(size), to: new Int32Array(size) }
  let place = 0
  for (const row of db.each(SCHEDULE_SQL.edges, run)) {
    edges.from[place] = placeOf(ids, number(row, 'depends_on'))
    edges.to[place] = placeOf(ids, number(row, 'task_id'))
    place += 1
  }
  return edges
}

/** By halving: the ids ascend. */
function placeOf(ids: Float64Array, id: number): number {
  let [low, high] = [0, ids.length - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((ids[middle] ?? 0) < id) low = middle + 1
    else high = middle
  }
  return low
}
