import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createExec } from '../../src/runtime/exec-open.ts'
import { containedIn, testPlace, uniqueSleep } from '../support/contained.ts'
import { isAlive, processesWith } from '../support/processes.ts'
import { whyNoSandbox } from '../support/sandbox.ts'

const noSandbox = await whyNoSandbox()

describe('when our own process is killed', () => {
  it.skipIf(noSandbox !== null)('nothing of a command is left under the sandbox', async () => {
    using place = testPlace()
    const sleep = uniqueSleep()
    await killedOwner(`doomed-${process.pid}a`, 'auto', { slot: place.path, sleep })
    await expect.poll(() => processesWith(sleep), { timeout: 20_000 }).toEqual([])
  })

  it('the next start ends what is left without a sandbox, and nothing of anybody else', async () => {
    using place = testPlace()
    const sleep = uniqueSleep()
    const others = uniqueSleep()
    const owner = `doomed-${process.pid}b`
    await killedOwner(owner, 'off', { slot: place.path, sleep })
    const stranger = spawn('sleep', [others], { env: { PATH: '/usr/bin:/bin', TDD_MARK: `${owner}x.1` } })
    try {
      expect(processesWith(sleep).length).toBeGreaterThanOrEqual(3)
      const exec = createExec({ ownerId: `next-${process.pid}`, sandbox: 'off' })
      expect(await exec.endOrphans(owner)).toBeGreaterThanOrEqual(3)
      expect(processesWith(sleep)).toEqual([])
      expect(await exec.endOrphans(owner)).toBe(0)
      expect(isAlive(stranger.pid ?? 0)).toBe(true)
    } finally {
      stranger.kill('SIGKILL')
    }
  })

  it('a command that runs now is not taken for an orphan', async () => {
    using place = testPlace()
    const owner = `alive-${process.pid}`
    const exec = createExec({ ownerId: owner, sandbox: 'off' })
    const ended: number[] = []
    const onStdout = (): void => {
      void exec.endOrphans(owner).then((count) => ended.push(count))
    }
    const command = containedIn(place.path, ['sh', '-c', 'echo up; sleep 0.7; exit 4'], { onStdout })
    expect((await exec.contained(command)).end).toEqual({ kind: 'exited', code: 4 })
    expect(ended).toEqual([0])
  })

  it('an owner id that could be taken for a part of another is refused', () => {
    expect(() => createExec({ ownerId: 'a.b' })).toThrow(/owner id/)
    expect(() => createExec({ ownerId: '' })).toThrow(/owner id/)
  })
})

/** Starts a process that runs a contained command, and kills it in the midst of that. */
async function killedOwner(
  owner: string,
  sandbox: 'auto' | 'off',
  { slot, sleep }: { slot: string; sleep: string },
): Promise<void> {
  const script = resolve(import.meta.dirname, '../support/doomed-owner.ts')
  const child = spawn(process.execPath, [script, owner, sandbox, slot, sleep], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  child.kill('SIGKILL')
  await once(child, 'exit')
}
