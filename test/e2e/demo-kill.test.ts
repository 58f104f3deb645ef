import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Event } from '../../src/domain/event.ts'
import { makeDemoPlace } from '../../src/engine/demo-place.ts'
import { openEngine } from '../../src/engine/open.ts'
import { runProgram } from '../support/built-program.ts'
import { CAUGHT, TASKS, caughtOf, emptyPlace } from '../support/demo-sample.ts'
import { DRILL } from '../support/drill.ts'
import { processesWith } from '../support/processes.ts'
import { runShape } from '../support/run-shape.ts'
import { randomOf } from '../support/seeded-random.ts'

const SEEDS = [1, 2, 3]
const KILLS = 10
const [SHORTEST_LIFE_MS, LONGEST_LIFE_MS] = [200, 3_200]

describe.runIf(DRILL)('a run that is killed again and again', () => {
  it.each(SEEDS)(`ends the same after ${KILLS} kills at the instants of seed %i`, async (seed) => {
    const { directory, env } = emptyPlace()
    const place = await makeDemoPlace({ keep: join(directory, 'kept'), env })
    const start = { cwd: place.repository, env: place.env }
    const ingested = await runProgram(['ingest', place.planFile, '--trust-commands', '--json'], start)
    expect(ingested, ingested.stderr).toMatchObject({ code: 0 })
    const random = randomOf(seed)
    const workers = String(2 + Math.floor(random() * 4))
    const run = ['run', '--agent', 'scripted', '--session', place.sessionFile, '--json', '--workers', workers]
    let kills = 0
    let last = null
    while (kills < KILLS && last === null) {
      const killAfterMs = SHORTEST_LIFE_MS + Math.floor(random() * (LONGEST_LIFE_MS - SHORTEST_LIFE_MS))
      const ended = await runProgram(run, { ...start, killAfterMs })
      if (ended.signal === 'SIGKILL') kills += 1
      else last = ended
    }
    last ??= await runProgram(run, start)
    expect(processesWith(directory)).toEqual([])
    expect(last, `${kills} kills\n${last.stderr}`).toMatchObject({ code: 0 })
    const report = runShape.parse(JSON.parse(last.stdout))
    expect(report).toMatchObject({ state: 'completed', tasks: { total: TASKS, completed: TASKS } })

    await using engine = await openEngine({ directory: place.repository, env: place.env, flags: {} })
    const events = await engine.world.store.events({ after: 0, limit: 100_000, run: report.run })
    const told = events.map(({ kind, task, data }) => `${kind} ${task} ${JSON.stringify(data)}`).join('\n')
    expect(landings(place.repository, report.base, report.head), told).toEqual(
      report.landed.map(({ merge, task }) => `${merge} ${task}`),
    )
    expect(new Set(report.landed.map(({ task }) => task)).size, told).toBe(TASKS)
    expect(acceptedAgain(events), told).toEqual([])
    expect(withoutConflicts(caughtOf(events)), told).toEqual(withoutConflicts(CAUGHT))
    for (const { merge, task } of report.landed)
      expect(await engine.world.git.readNote(merge)).toContain(task)
  })
})

/** The merges along first parents with the task that each names. */
function landings(repository: string, base: string, head: string): string[] {
  const format = '--format=%H %(trailers:key=TDD-Task,valueonly,separator=%x20)'
  const args = ['log', '--first-parent', '--reverse', format, `${base}..${head}`]
  return execFileSync('git', args, { cwd: repository, encoding: 'utf8' }).trim().split('\n')
}

/**
 * Stages that were accepted more often than the story of their task has them: a dispute that is upheld writes the tests
 * a second time, a landing return has the code repaired and verified again.
 */
function acceptedAgain(events: readonly Event[]): string[] {
  const counts = new Map<string, number>()
  for (const { kind, task, data } of events) {
    if (kind !== 'attempt_accepted') continue
    const stage = data['stage'] === 'red_fix' ? 'red' : String(data['stage'])
    counts.set(`${task} ${stage}`, (counts.get(`${task} ${stage}`) ?? 0) + 1)
  }
  return [...counts]
    .filter(([what, count]) => count > (what === 'SHARE-2 red' ? 2 : 1))
    .map(([what, count]) => `${what} was accepted ${count} times`)
}

/** Which tasks meet at landing depends on the order. */
function withoutConflicts(caught: readonly string[]): string[] {
  return caught.filter((line) => line !== 'PERSON landing merge_conflict')
}
