import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it, onTestFailed } from 'vitest'
import { getCircuitHealth } from '../../src/observe/circuits.ts'
import { readHealth } from '../../src/observe/health.ts'
import { StoreMetrics } from '../../src/observe/metrics/store-metrics.ts'
import { openReadonly } from '../../src/observe/open-readonly.ts'
import { cliSample, numberSource, numberTask, numberTest, storeOf } from '../support/cli-sample.ts'

const PLAN = { version: 1, title: 'Numbers', tasks: [numberTask('double')] }
const SESSION = {
  version: 1,
  tasks: {
    'DOUBLE-1': { red: [[numberTest('double'), { sleepMs: 600_000 }]], green: [[numberSource('double')]] },
  },
}

describe('the health of a run', () => {
  it('is UNHEALTHY while its process is stopped, with the line that lets it go on', async () => {
    const sample = cliSample()
    await sample.json(['ingest', sample.beside('plan.json', PLAN)])
    const session = sample.beside('a.session.json', SESSION)
    let begun = (): void => {}
    const working = new Promise<void>((resolve) => (begun = resolve))
    const run = sample.cli(['run', '--agent', 'scripted', '--session', session], {
      onProgress: (written) => written.includes('RED') && begun(),
    })
    await working
    const db = await storeOf(sample)
    const pid = ownerOf(db)
    onTestFailed(() => void process.kill(pid, 'SIGKILL'))
    expect(await sample.json(['health'])).toMatchObject({
      code: 0,
      document: { status: 'HEALTHY', run: { live: true, silence: null } },
    })

    process.kill(pid, 'SIGSTOP')
    const since = Date.now() - 600_000
    saidNothingSince(db, since)
    const told = RegExp(
      `Process ${pid} has said nothing for 60\\d s; it may be stopped. \`kill -CONT ${pid}\``,
    )
    for (const name of ['health', 'circuits health']) {
      const people = await sample.cli(name.split(' '))
      expect(people).toMatchObject({ code: 1, stdout: expect.stringMatching(/^UNHEALTHY/) })
      expect(people.stdout).toMatch(told)
      expect(people.stdout).toContain('1 claim is stale: who held it does not renew it')
      expect(people.stdout).toContain(`Next: kill -CONT ${pid}\n`)
    }
    expect((await sample.json(['health'])).document).toMatchObject({
      status: 'UNHEALTHY',
      run: { state: 'running', live: true, silence: { pid, since } },
      staleClaims: 1,
    })
    const status = await sample.cli(['status'])
    expect(status.stdout).toMatch(told)
    expect(status.stdout).toContain(`Next: kill -CONT ${pid}\n`)
    using reader = openReadonly(db)
    if (reader === null) throw new Error('the store is gone')
    expect(getCircuitHealth({ reader })).toMatchObject({ status: 'UNHEALTHY' })
    const metrics = new StoreMetrics()
    await metrics.update(reader, Date.now())
    expect(await metrics.text()).toContain('tdd_health_status{status="UNHEALTHY"} 1')

    process.kill(pid, 'SIGCONT')
    await expect.poll(() => readHealth(db, Date.now()).status, { timeout: 30_000 }).toBe('HEALTHY')
    await sample.json(['stop', '--now'])
    await run
  })
})

function ownerOf(db: string): number {
  using reader = openReadonly(db)
  const owner = reader?.owner() ?? null
  if (owner === null) throw new Error('nobody has the store')
  return owner.identity.pid
}

/** As if its process had been stopped then: leases are not renewed any more. */
function saidNothingSince(path: string, since: number): void {
  const db = new DatabaseSync(path, { timeout: 5_000 })
  db.prepare('UPDATE owner SET lease_until = ?').run(since + 30_000)
  db.prepare('UPDATE tasks SET lease_until = ? WHERE lease_until IS NOT NULL').run(since + 60_000)
  db.close()
}
