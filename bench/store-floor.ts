import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type Figure, median, reported } from './figure.ts'
import { fillStore, StoreLoad } from './store-load.ts'

const ROUNDS = 5
const STAGES = 100

/** What no store can do without, a commit of one page on this disk, beside the end of a stage of ours; and how many pages a stage writes. */
export async function floorFigures(directory: string): Promise<Figure[]> {
  const path = join(directory, 'floor.db')
  await fillStore(path, { tasks: 2 * (ROUNDS + 1) * STAGES, ready: STAGES })
  await using load = await StoreLoad.open(path)
  using alone = new OnePage(join(directory, 'page.db'))
  using log = new Log(path)
  await load.stages(1, STAGES)
  const rounds: { readonly stage: number; readonly page: number; readonly pages: number }[] = []
  while (rounds.length < ROUNDS) {
    log.empty()
    const { stageMs } = await load.stages(1, STAGES)
    // The worker ends the stage that it is in when the last was counted.
    rounds.push({ stage: stageMs, pages: log.pages() / (STAGES + 1), page: alone.commitMs(STAGES) })
  }
  return [
    reported({
      name: 'the end of a stage and the next claim, one transaction, 1 worker',
      unit: 'ms',
      ours: median(rounds.map(({ stage }) => stage)),
      anchor: 'a commit of one page by SQLite alone',
      theirs: median(rounds.map(({ page }) => page)),
    }),
    reported({
      name: 'pages of the log for a stage with the start of its attempt, 1 worker',
      unit: 'pages',
      ours: median(rounds.map(({ pages }) => pages)),
    }),
  ]
}

/** The log of a store that somebody else writes. */
class Log implements Disposable {
  readonly #database: DatabaseSync

  constructor(path: string) {
    this.#database = new DatabaseSync(path)
  }

  empty(): void {
    this.#database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()
  }

  /** Since it was emptied, while it is not written back by itself. */
  pages(): number {
    return Number(this.#database.prepare('PRAGMA wal_checkpoint(PASSIVE)').get()?.['log'])
  }

  [Symbol.dispose](): void {
    this.#database.close()
  }
}

class OnePage implements Disposable {
  readonly #database: DatabaseSync

  constructor(path: string) {
    this.#database = new DatabaseSync(path)
    this.#database.exec(
      'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE one (value INTEGER)',
    )
    this.#database.exec('INSERT INTO one VALUES (0)')
  }

  commitMs(times: number): number {
    const update = this.#database.prepare('UPDATE one SET value = value + 1')
    const start = performance.now()
    for (let time = 0; time < times; time += 1) update.run()
    return (performance.now() - start) / times
  }

  [Symbol.dispose](): void {
    this.#database.close()
  }
}
