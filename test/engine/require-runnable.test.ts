import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'
import { requireRunnable } from '../../src/engine/require-runnable.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { processIdentity } from '../../src/runtime/process-identity.ts'
import { openSqliteStore } from '../../src/store/sqlite.ts'
import { testPlace } from '../support/contained.ts'

const SCRIPT = new URL('../support/store-owner.ts', import.meta.url).pathname
const machine = { cores: 2, home: '/home/ada', stateHome: null }

describe('what a run needs before it opens a store that somebody has', () => {
  const require = (db: string, flags: Readonly<Record<string, unknown>>, target: string | null = null) =>
    requireRunnable(
      {
        loaded: loadConfig({ root: null, env: {}, flags, machine }),
        clock: { ...systemClock, now: () => systemClock.now() + passed.ms },
        environment: {},
        db,
        checkedOut: (branch) => Promise.resolve(branch === 'main' ? ['/work'] : []),
        gitDir: '/work/.git',
      },
      { name: null, sessionFile: null, withoutSleep: false, target, mayResume: true },
    )
  const agent = { 'agents.command.argv': ['/bin/sh'] }
  /** Since the owner of the store said something. */
  const passed = { ms: 0 }

  it('is an agent, addresses that can be told, and a target that nobody has checked out', async () => {
    using place = testPlace()
    const db = join(place.path, 'store.db')
    await using store = await openSqliteStore({ path: db, clock: systemClock, owner: processIdentity() })
    passed.ms = 0
    await expect(require(db, {}), 'the store itself says who has it').resolves.toBeUndefined()
    passed.ms = 25_000
    await expect(require(db, {})).rejects.toMatchObject({ code: 'agent_missing' })
    await expect(require(db, { ...agent, 'notify.slackWebhook': 'no address' })).rejects.toMatchObject({
      code: 'usage',
    })
    await expect(require(db, agent, 'main')).rejects.toMatchObject({ code: 'target_checked_out' })
    await expect(require(db, agent, 'a..b')).rejects.toMatchObject({ code: 'usage' })
    await expect(require(db, agent, 'other')).resolves.toBeUndefined()
    await store.close()
    await expect(require(db, {})).resolves.toBeUndefined()
  })

  it('is asked for in its turn where the process that had it was killed', async () => {
    using place = testPlace()
    const db = join(place.path, 'store.db')
    const owner = spawn(process.execPath, [SCRIPT, db], { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(owner.stdout, 'data')
    owner.kill('SIGKILL')
    await once(owner, 'exit')
    passed.ms = 75_000
    await expect(require(db, {})).resolves.toBeUndefined()
  })
})
