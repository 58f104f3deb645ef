import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import CircuitBreaker from 'opossum'
import { DEFAULT_CIRCUITS } from '../src/domain/circuit-options.ts'
import type { Database } from '../src/store/database.ts'
import { admitAttempt } from '../src/store/queries-circuits.ts'
import { forgetCircuits } from '../src/store/run-circuits.ts'
import type { AttemptEnd, Claim } from '../src/store/store.ts'
import { addedPlan, ended, newRun, refusal, taskDefinition } from '../test/support/store-data.ts'
import { attempted, begun, claimed, commitsIn, newDatabase, perform } from '../test/support/store-steps.ts'
import { type Figure, median } from './figure.ts'

const RUN = 'bench'
const WORKERS = 8
const TASKS = 2_000
const CHECKS = 1_000_000
const FIRES = 300_000
const ROUNDS = 7
const BREAKERS = 2_000
const FAILURES = DEFAULT_CIRCUITS.stage.failures ?? 0
const REFUSED: AttemptEnd['outcome'] = {
  kind: 'refused',
  refusals: [refusal('tests_failed')],
  base: 'b',
  tree: null,
}

/**
 * On a store in which each of 2,000 tasks has failed before and one of their circuits is open: the question that starts an
 * attempt, whether stage, worker and run let it. Anchor: a breaker of opossum that never failed, fired in turns with it in
 * the same process.
 */
export async function circuitFigures(): Promise<Figure[]> {
  const directory = mkdtempSync(join(tmpdir(), 'bench-'))
  try {
    const db = await newDatabase(join(directory, 'store.db'))
    const held = begin(db)
    const trip = tripFigure(db, { claim: held[0], log: join(directory, 'store.db-wal') })
    const figures = [await speedFigure(db, held), memoryFigure(db, held), trip]
    db.close()
    return figures
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/** Every task is claimed, and its GREEN was refused once. */
function begin(db: Database): readonly [Claim, ...Claim[]] {
  const keys = Array.from({ length: TASKS }, (_, index) => `TASK-${index}`)
  const [first, ...others] = db.transaction(() => {
    perform(db, 'createRun', newRun(RUN), 1)
    perform(db, 'addTasks', RUN, addedPlan(...keys.map((key) => taskDefinition(key))), 2)
    const start = { target: 't', base: 'b', workers: WORKERS, circuits: DEFAULT_CIRCUITS }
    perform(db, 'startRun', RUN, start, 3)
    return keys.map((key, index) => {
      const claim = claimed(db, { run: RUN, worker: `worker_${1 + (index % WORKERS)}`, key }, 10)
      attempted(db, { claim, outcome: REFUSED }, 11)
      return claim
    })
  })
  if (first === undefined) throw new Error('nothing was claimed')
  return [first, ...others]
}

/** What the failure that opens a circuit commits, beside one that only counts. */
function tripFigure(db: Database, { claim, log }: { readonly claim: Claim; readonly log: string }): Figure {
  const commits = Array.from({ length: FAILURES - 1 }, (_, index) => {
    const attempt = begun(db, claim, 20 + index)
    const before = commitsIn(log)
    perform(db, 'finishAttempt', claim, attempt, ended(REFUSED), 20 + index)
    return commitsIn(log) - before
  })
  const isOpen = perform(db, 'circuits', RUN).some(({ circuit }) => circuit.state === 'open')
  const added = (commits.at(-1) ?? Number.NaN) - (commits[0] ?? Number.NaN)
  return {
    name: 'commits that opening a circuit adds to the end of an attempt',
    ours: added,
    unit: 'commits',
    anchor: null,
    theirs: null,
    ratio: null,
    goal: '0 commits',
    met: isOpen && added === 0,
  }
}

async function speedFigure(db: Database, held: readonly Claim[]): Promise<Figure> {
  const breaker = new CircuitBreaker(() => Promise.resolve(1), { timeout: false })
  const rounds = { ours: [] as number[], theirs: [] as number[] }
  for (let round = 0; round <= ROUNDS; round += 1) {
    const [ours, theirs] = [checksPerSecond(db, held), await firesPerSecond(breaker)]
    if (round === 0) continue
    rounds.ours.push(ours)
    rounds.theirs.push(theirs)
  }
  breaker.shutdown()
  const [ours, theirs] = [median(rounds.ours), median(rounds.theirs)]
  return {
    name: `check of stage, worker and run, ${TASKS} tasks that failed before`,
    ours: Math.round(ours),
    unit: 'per second',
    anchor: 'opossum fire',
    theirs: Math.round(theirs),
    ratio: ours / theirs,
    goal: 'ratio >= 3',
    met: ours / theirs >= 3,
  }
}

function checksPerSecond(db: Database, held: readonly Claim[]): number {
  let allowed = 0
  const start = performance.now()
  for (let done = 0; done < CHECKS; ) {
    for (const claim of held) {
      if (admitAttempt(db, { held: claim, stage: 'green' }, 30).hold === null) allowed += 1
      done += 1
    }
  }
  const seconds = (performance.now() - start) / 1_000
  // One of them is open, and every round asks it.
  if (allowed !== CHECKS - CHECKS / TASKS) throw new Error(`${allowed} checks were allowed`)
  return CHECKS / seconds
}

async function firesPerSecond(breaker: CircuitBreaker): Promise<number> {
  const start = performance.now()
  for (let done = 0; done < FIRES; done += 1) await breaker.fire()
  return FIRES / ((performance.now() - start) / 1_000)
}

function memoryFigure(db: Database, held: readonly Claim[]): Figure {
  const [claim] = held
  if (claim === undefined) throw new Error('nothing was claimed')
  // The first reading leaves what SQLite itself keeps; the second is then of the circuits alone.
  const read = (): boolean => admitAttempt(db, { held: claim, stage: 'green' }, 40).hold === null
  forgetCircuits(db)
  read()
  forgetCircuits(db)
  const ours = grownBytes(read)
  const theirs = grownBytes(() =>
    Array.from({ length: BREAKERS }, () => new CircuitBreaker(() => Promise.resolve(1), { timeout: false })),
  )
  for (const breaker of theirs.kept) breaker.shutdown()
  const [each, other] = [ours.bytes / TASKS, theirs.bytes / BREAKERS]
  return {
    name: 'memory of a circuit that failed before',
    ours: Math.round(each),
    unit: 'bytes',
    anchor: 'a breaker of opossum',
    theirs: Math.round(other),
    ratio: each / other,
    goal: 'ratio <= 0.05',
    met: each / other <= 0.05,
  }
}

function grownBytes<Kept>(grow: () => Kept): { readonly bytes: number; readonly kept: Kept } {
  const before = usedBytes()
  const kept = grow()
  return { bytes: usedBytes() - before, kept }
}

function usedBytes(): number {
  if (gc === undefined) throw new Error('start Node with --expose-gc')
  gc()
  return process.memoryUsage().heapUsed
}
