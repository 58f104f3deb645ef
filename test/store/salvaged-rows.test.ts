import { DatabaseSync } from 'node:sqlite'
import { beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/runtime/clock.ts'
import { processIdentity } from '../../src/runtime/process-identity.ts'
import { salvage } from '../../src/store/salvage.ts'
import { openSqliteStore } from '../../src/store/sqlite.ts'
import type { Store } from '../../src/store/store.ts'
import { addedPlan, newRun, taskDefinition } from '../support/store-data.ts'
import { tempStorePath } from '../support/temp-store-path.ts'

const RUN = 'run-1'
const CIRCUIT = '{"version":2,"circuit":{"state":"closed"}}'

describe('rows that the program could not read', () => {
  let path: string
  beforeEach(async () => {
    path = tempStorePath()
    await fill(path)
  })

  it.each([
    ['tasks', `state = 'avAAAable' WHERE key = 'C'`],
    ['tasks', `definition = '{"key":' WHERE key = 'C'`],
    ['tasks', `definition = '{"key":"D"}' WHERE key = 'C'`],
    ['tasks', `state = 'failed', reason = 'no', refusal = '{"code":' WHERE key = 'C'`],
    ['runs', `state = 'runnAAA' WHERE id = 'run-2'`],
    ['runs', `circuits = '{"stage":' WHERE id = 'run-2'`],
    ['runs', `started_with = '{"name":' WHERE id = 'run-2'`],
    ['attempts', `kind = 'runAAAg'`],
    ['attempts', `stage = 'rAA'`],
    ['attempts', `outcome = '{"kind":"runAAAg"}'`],
    ['attempts', `tier = 'hAAA'`],
    ['attempt_resources', `points = '[[1,'`],
    ['circuits', `details = '{"version":2,'`],
    ['circuit_events', `data = '{"a":'`],
    ['events', `kind = 'taskAAclaimed' WHERE seq = 2`],
    ['events', `data = '{"a":' WHERE seq = 2`],
    ['landing_returns', `kind = 'cAnflict'`],
    ['landing_returns', `refusal = '{"code":'`],
    ['requests', `body = '{"kind":'`],
    ['requests', `answer = '{"ok":', answered_at = 9`],
    ['workers', `state = 'idAe'`],
    ['person_holds', `waivers = '[{'`],
    ['run_prompts', `templates = '{"red":'`],
    ['attempt_prompts', `packed = x'ff00ff'`],
    ['notifications', `content = '{"title":'`],
    ['notification_subjects', `memory = '{"told":'`],
    ['evidence', `value = '{"tests":'`],
  ])('are left out with what belongs to them, and count as missing: %s with %s', async (table, change) => {
    altered(path, table, change)
    const saved = salvage(path, 10)
    expect(saved?.read?.missing).toContainEqual({ table, rows: 1 })
    const owns = { runs: ['runs', 'plans'], attempts: ['attempts', 'attempt_prompts', 'attempt_resources'] }
    const gone = table === 'runs' || table === 'attempts' ? owns[table] : [table]
    expect(saved?.read?.missing.map((each) => each.table).toSorted()).toEqual(gone.toSorted())
    await using store = await open(saved?.path ?? '')
    expect((await store.tasks(RUN)).length).toBe(table === 'tasks' ? 2 : 3)
    await store.events({ after: 0, limit: 1_000 })
  })

  it('are none in a store that is whole, and no event can be changed in what was saved', () => {
    const saved = salvage(path, 10)
    expect(saved?.read?.missing).toEqual([])
    altered(path, 'events', `kind = 'nothing' WHERE seq = 2`)
    using db = new DatabaseSync(salvage(path, 10)?.path ?? '')
    expect(() => db.exec('DELETE FROM events')).toThrow('append-only')
  })
})

function open(path: string): Promise<Store> {
  return openSqliteStore({ path, clock: systemClock, owner: processIdentity() })
}

/** Two runs, and at least one row in each table whose rows are more than texts and numbers. */
async function fill(path: string): Promise<void> {
  const store = await open(path)
  await store.createRun(newRun(RUN), 1)
  await store.createRun(newRun('run-2'), 1)
  await store.addTasks(RUN, addedPlan(taskDefinition('A'), taskDefinition('B'), taskDefinition('C')), 2)
  await store.startRun(RUN, { target: 't', base: 'b', workers: 2 }, 3)
  await store.close()
  using db = new DatabaseSync(path)
  db.exec(`
    INSERT INTO attempts (id, run, task_id, stage, number, generation, worker, kind, outcome, started_at, updated_at, tier, tier_reason, tier_refusals)
      VALUES (1, '${RUN}', 1, 'red', 1, 1, 'worker_1', 'running', '{"kind":"running"}', 4, 4, 'high', 'writes_tests', 0);
    INSERT INTO attempt_resources VALUES (1, 1, 1, 1, 1, '[[1,2,3,4]]');
    INSERT INTO attempt_prompts VALUES (1, x'0300', 1, 1, '[]');
    INSERT INTO circuits (run, level, identifier, state, state_since, details, updated_at) VALUES ('${RUN}', 'system', 'system', 'closed', 4, '${CIRCUIT}', 4);
    INSERT INTO circuit_events (at, run, level, identifier, kind, data) VALUES (4, '${RUN}', 'system', 'system', 'failure', '{}');
    INSERT INTO landing_returns (task_id, generation, after_attempt, head, kind, refusal, returned_at)
      VALUES (1, 1, 1, 'h', 'tests_conflict', '{"code":"weak_test","fact":"f","hint":"h","details":[]}', 4);
    INSERT INTO requests (at, expires_at, body, updated_at) VALUES (4, 9, '{"kind":"stop"}', 4);
    INSERT INTO workers (run, worker, state, since, updated_at) VALUES ('${RUN}', 'worker_1', 'idle', 4, 4);
    INSERT INTO person_holds (task_id, token, person, taken_at, updated_at) VALUES (1, 1, 'Ada', 4, 4);
    INSERT INTO run_prompts VALUES ('${RUN}', '{"red":"","red_fix":"","green":"","fix":"","refactor":""}');
    INSERT INTO notifications (run, event, receiver, subject, severity, content, state, due_at, created_at, updated_at)
      VALUES ('${RUN}', 1, 'slack', 's', 'info', '{}', 'sent', 4, 4, 4);
    INSERT INTO notification_subjects (run, subject, memory, updated_at) VALUES ('${RUN}', 's', '{}', 4);
    INSERT INTO evidence VALUES ('k', '{}', 4);
  `)
}

function altered(path: string, table: string, change: string): void {
  using db = new DatabaseSync(path)
  if (table.endsWith('events')) db.exec(`DROP TRIGGER ${table}_no_update`)
  db.exec(`UPDATE ${table} SET ${change}`)
}
