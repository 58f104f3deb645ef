import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { containedWith, processesWith } from '../support/processes.ts'
import type { Mark } from './ledger.ts'
import { type DrillPlace, gitIn, KEYS, TARGETS } from './place.ts'
import type { Remains } from './whole.ts'

const MERGES = '--format=%(trailers:key=TDD-Task,valueonly,separator=%x2C) %H'

/** Reads what a drill has left, with git and SQLite and nothing of the program's own. */
export function readRemains(place: DrillPlace, marks: readonly Mark[]): Remains {
  const { directory, repository, state, temp } = place
  using store = new DatabaseSync(findStore(state), { readOnly: true })
  return {
    marks,
    keys: KEYS,
    landed: TARGETS.flatMap((target) =>
      linesOf(gitIn(place, 'log', '--first-parent', '--merges', MERGES, `main..${target}`)).map((line) => {
        const [task = '', merge = ''] = line.split(' ')
        return { task, merge }
      }),
    ),
    noted: linesOf(gitIn(place, 'notes', '--ref=tdd', 'list')).map((line) => line.split(' ')[1] ?? ''),
    ...rowsOf(store),
    fsck: gitIn(place, 'fsck', '--full', '--strict', '--no-dangling'),
    checkout: checkoutOf(place),
    processes: [...processesWith(directory), ...containedWith(directory)].map(({ command }) => command),
    files: [...filesIn(temp), ...filesIn(join(repository, '.git')).filter((path) => TEMPORARY.test(path))],
  }
}

/** Whether the store is owned by that process, which has not let go of it. */
export function ownsStore({ state }: DrillPlace, pid: number | undefined): boolean {
  using store = new DatabaseSync(findStore(state), { readOnly: true })
  const owner = store.prepare('SELECT pid, released FROM owner').get()
  return owner?.['pid'] === pid && owner?.['released'] === 0
}

/** What git writes beside a file before it takes its place. */
const TEMPORARY = /\.lock$|(^|\/)(tmp_|incoming-)/

function rowsOf(store: DatabaseSync): Pick<Remains, 'receipts' | 'tasks' | 'openIntents' | 'attempts'> {
  const rows = (sql: string): Record<string, unknown>[] => store.prepare(sql).all()
  const attempts = rows(
    `SELECT a.id, a.stage, a.kind, a.agent, t.key, m.invocations, m.output_tokens AS tokens, m.estimated FROM attempts a
     JOIN tasks t ON t.id = a.task_id LEFT JOIN amounts m ON m.attempt_id = a.id AND m.kind = 'settled' ORDER BY a.id`,
  )
  const receipts = rows(
    'SELECT t.key, r.merge_commit FROM landing_receipts r JOIN tasks t ON t.id = r.task_id ORDER BY r.id',
  )
  return {
    receipts: receipts.map((row) => ({ task: String(row['key']), merge: String(row['merge_commit']) })),
    tasks: rows('SELECT key, state FROM tasks').map((row) => ({
      task: String(row['key']),
      state: String(row['state']),
    })),
    openIntents: rows('SELECT task_id FROM landing_intents').length,
    attempts: attempts.map((row) => ({
      id: Number(row['id']),
      task: String(row['key']),
      stage: String(row['stage']),
      kind: String(row['kind']),
      callsAgent: row['agent'] !== null,
      settled:
        row['invocations'] === null
          ? null
          : {
              invocations: Number(row['invocations']),
              tokens: Number(row['tokens']),
              estimated: row['estimated'] === 1,
            },
    })),
  }
}

function checkoutOf(place: DrillPlace): string {
  const branch = gitIn(place, 'symbolic-ref', 'HEAD')
  const commits = gitIn(place, 'rev-list', '--count', 'main')
  const changed = gitIn(place, 'status', '--porcelain')
  return branch === 'refs/heads/main' && commits === '1'
    ? changed
    : `${branch}, ${commits} commits, ${changed}`
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '')
}

function findStore(state: string): string {
  const found = filesIn(state).find((path) => path.endsWith('/store.db'))
  if (found === undefined) throw new Error('there is no store')
  return join(state, found)
}
