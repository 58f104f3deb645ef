import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type DemoPlace, makeDemoPlace } from '../../src/engine/demo-place.ts'
import { executeRun } from '../../src/engine/execute-run.ts'
import { ingest } from '../../src/engine/ingest.ts'
import { openEngine } from '../../src/engine/open.ts'
import { CAUGHT, TASKS, caughtOf } from '../support/demo-sample.ts'
import { DRILL } from '../support/drill.ts'
import { randomOf } from '../support/seeded-random.ts'

const SEEDS = 20
/** Runs at once: more would keep other tests from the two cores. */
const AT_ONCE = 2
const WORKERS = [1, 8, 3]
const LONGEST_DELAY_MS = 60
/** Each verdict from one run: what is shown here is the order of landings, not that tests are steady. */
const ONCE = { 'verify.repeats': 1, 'verify.baselineRepeats': 1 }

describe.runIf(DRILL)('the demonstration under random delays', () => {
  it(`completes with the delays of seeds 1 to ${SEEDS}, whatever the order of landings`, async () => {
    const orders = new Set<string>()
    const seeds = Array.from({ length: SEEDS }, (_, index) => index + 1)
    const next = async (): Promise<void> => {
      for (let seed = seeds.shift(); seed !== undefined; seed = seeds.shift()) {
        orders.add(await playSeed(seed))
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, next))
    expect(orders.size).toBeGreaterThan(1)
  })
})

/** Plays the session with delays of that seed; answers the order in which tasks landed. */
async function playSeed(seed: number): Promise<string> {
  const random = randomOf(seed)
  const workers = WORKERS[seed % WORKERS.length] ?? 1
  await using place = await makeDemoPlace({ keep: null, env: { PATH: process.env['PATH'] } })
  const sessionFile = join(place.directory, 'seeded.session.json')
  writeFileSync(sessionFile, JSON.stringify(withDelays(place, random)))
  await using engine = await openEngine({ directory: place.repository, env: place.env, flags: ONCE })
  const { planText: text, planFile: fileName } = place
  const confirm = (): Promise<boolean> => Promise.resolve(true)
  await ingest(engine, { text, fileName, confirm, agent: 'scripted', asNewRun: false })
  const faults: unknown[] = []
  const report = await executeRun(engine, {
    name: 'scripted',
    sessionFile,
    withoutSleep: false,
    which: 'continue',
    workers,
    target: null,
    refactor: false,
    branches: false,
    budget: { invocations: null, tokens: null, usd: null, timeMs: null },
    winding: new AbortController().signal,
    stopping: new AbortController().signal,
    report: (thrown) => faults.push(thrown),
    onRun: () => undefined,
  })
  const events = await engine.world.store.events({ after: 0, limit: 10_000, run: report.run })
  const told = `seed ${seed}, ${workers} workers\n${events.map(({ kind, task, data }) => `${kind} ${task} ${JSON.stringify(data)}`).join('\n')}`
  expect(faults, told).toEqual([])
  expect(report.state, told).toBe('completed')
  expect(new Set(report.landed.map(({ task }) => task)).size, told).toBe(TASKS)
  expect(withoutConflicts(caughtOf(events)), told).toEqual(withoutConflicts(CAUGHT))
  return report.landed.map(({ task }) => task).join(' ')
}

/** Which tasks meet at landing depends on the order. */
function withoutConflicts(caught: readonly string[]): string[] {
  return caught.filter((line) => line !== 'PERSON landing merge_conflict')
}

type Session = { readonly tasks: Record<string, Record<string, Record<string, unknown>[][]>> }

/** Every attempt begins with a delay and every recorded sleep is replaced by one. */
function withDelays(place: DemoPlace, random: () => number): unknown {
  const session = JSON.parse(readFileSync(place.sessionFile, 'utf8')) as Session
  const delay = (): Record<string, unknown> => ({ sleepMs: Math.floor(random() * LONGEST_DELAY_MS) })
  const delayed = (actions: Record<string, unknown>[]): Record<string, unknown>[] => [
    delay(),
    ...actions.map((action) => ('sleepMs' in action ? delay() : action)),
  ]
  const tasks = Object.entries(session.tasks).map(([key, stages]) => [
    key,
    Object.fromEntries(Object.entries(stages).map(([stage, attempts]) => [stage, attempts.map(delayed)])),
  ])
  return { version: 1, tasks: Object.fromEntries(tasks) as unknown }
}
