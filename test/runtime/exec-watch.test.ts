import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { testPlace } from '../support/contained.ts'

const HOST = resolve(import.meta.dirname, '../support/watched-host.ts')
const STOPPED_MS = 4_000

describe.concurrent('a program that was stopped and goes on', { timeout: 30_000 }, () => {
  const printsOn = 'for i in $(seq 1 60); do echo $i; sleep 0.1; done'
  const ends = { kind: 'exited', code: 0 }

  it.each([
    ['charges a command that printed meanwhile with no silence', printsOn, { stallMs: 2_000 }, ends],
    [
      'charges a command that was silent with its own silence alone',
      'echo; sleep 5',
      { stallMs: 3_500 },
      ends,
    ],
    ['charges a command with no time in which nobody watched it', printsOn, { wallMs: 5_000 }, ends],
    [
      'still ends a command that stays silent',
      'echo; sleep 60',
      { stallMs: 2_000 },
      { kind: 'stalled', limitMs: 2_000 },
    ],
    [
      'still ends a command that takes too long',
      'while :; do echo; sleep 0.1; done',
      { wallMs: 2_000 },
      { kind: 'timeout', limitMs: 2_000 },
    ],
  ])('%s', async (_title, script, limits, end) => {
    expect(await endAfterStop('contained', limits, script)).toEqual(end)
  })

  it('charges its own tools with no time in which nobody watched them', async () => {
    expect(await endAfterStop('host', { timeoutMs: 3_500 }, 'sleep 5')).toEqual(ends)
  })
})

/** How a command ended whose host was stopped for a while once it had heard of it. */
async function endAfterStop(kind: 'contained' | 'host', limits: object, script: string): Promise<unknown> {
  using place = testPlace()
  const argv = [HOST, kind, place.path, JSON.stringify(limits), script]
  const host = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    const [first] = (await once(host.stdout, 'data')) as [Buffer]
    host.kill('SIGSTOP')
    await sleep(STOPPED_MS)
    host.kill('SIGCONT')
    const printed = first.toString() + (await text(host.stdout))
    return JSON.parse(printed.trim().split('\n').at(-1) ?? '')
  } finally {
    host.kill('SIGKILL')
  }
}
