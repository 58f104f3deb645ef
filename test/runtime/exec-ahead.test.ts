import { afterEach, describe, expect, it } from 'vitest'
import { type Ahead, startAhead } from '../../src/runtime/exec-ahead.ts'
import type { Exec, HostCommand } from '../../src/runtime/exec.ts'
import { createExec } from '../../src/runtime/exec-open.ts'
import { isAlive } from '../support/processes.ts'

const exec = createExec({ ownerId: 'ahead-tests', sandbox: 'off' })
/** Says who it is before it reads what it is told, and says that after itself. */
const ECHO = {
  argv: ['sh', '-c', 'echo $$; cat'] as const,
  env: { PATH: '/usr/local/bin:/usr/bin:/bin' },
}
const running: Ahead[] = []

afterEach(async () => {
  for (const each of running.splice(0)) await each.close()
})

/** Runs tools ahead, and knows what was started of them. */
function watched(): { ahead: Ahead; started: HostCommand[] } {
  const started: HostCommand[] = []
  const door: Pick<Exec, 'host'> = {
    host: (command) => {
      started.push(command)
      return exec.host(command)
    },
  }
  const ahead = startAhead(door)
  running.push(ahead)
  return { ahead, started }
}

async function answerOf(ahead: Ahead, question: string, atOnce = 1): Promise<{ pid: number; said: string }> {
  const { end, stdout } = await ahead.run(ECHO, { question, atOnce })
  expect(end).toEqual({ kind: 'exited', code: 0 })
  const [pid, said] = stdout.toString().split('\n')
  return { pid: Number(pid), said: said ?? '' }
}

describe('a command that is started ahead', () => {
  it('has not been told anything before it is asked, and answers what it is asked then', async () => {
    const { ahead, started } = watched()
    expect((await answerOf(ahead, 'one')).said).toBe('one')
    await expect.poll(() => started.length).toBe(2)
    expect((await answerOf(ahead, 'two')).said).toBe('two')
    expect(started.map(({ stdin }) => stdin)).toEqual(['one', undefined])
  })

  it('answers one question and is gone', async () => {
    const { ahead, started } = watched()
    await answerOf(ahead, 'one')
    await expect.poll(() => started.length).toBe(2)
    const second = await answerOf(ahead, 'two')
    expect(isAlive(second.pid)).toBe(false)
    await expect.poll(() => started.length).toBe(3)
    expect((await answerOf(ahead, 'three')).pid).not.toBe(second.pid)
  })

  it('is started as ever where several ask at once, and where it has another command line', async () => {
    const { ahead, started } = watched()
    const both = await Promise.all([answerOf(ahead, 'one'), answerOf(ahead, 'two')])
    expect(both.map(({ said }) => said)).toEqual(['one', 'two'])
    await expect.poll(() => started.length).toBe(3)
    await new Promise((resolve) => setTimeout(resolve, 200))
    const other = await ahead.run(
      { ...ECHO, argv: ['sh', '-c', 'cat; exit 3'] },
      { question: 'other', atOnce: 1 },
    )
    expect(other).toMatchObject({ end: { kind: 'exited', code: 3 } })
    expect(started.map(({ stdin }) => stdin)).toEqual(['one', 'two', undefined, 'other'])
  })

  it('is started as ever where the one that waited has died', async () => {
    const { ahead, started } = watched()
    const dying = { ...ECHO, argv: ['sh', '-c', 'exit 0'] as const }
    await ahead.run(dying, { question: 'one', atOnce: 1 })
    await expect.poll(() => started.length).toBe(2)
    await new Promise((resolve) => setTimeout(resolve, 400))
    expect(started).toHaveLength(2)
    const answer = await ahead.run(dying, { question: 'two', atOnce: 1 })
    expect(answer.end).toEqual({ kind: 'exited', code: 0 })
    expect(started.filter(({ stdin }) => stdin === 'two')).toHaveLength(1)
  })

  it('has the time that one has which is started when it is asked', async () => {
    const { ahead, started } = watched()
    const slow = { ...ECHO, argv: ['sh', '-c', 'read -r first; sleep "$first"'] as const, timeoutMs: 400 }
    await ahead.run(slow, { question: '0\n', atOnce: 1 })
    await expect.poll(() => started.length).toBe(2)
    await new Promise((resolve) => setTimeout(resolve, 600))
    const { end } = await ahead.run(slow, { question: '60\n', atOnce: 1 })
    expect(end).toEqual({ kind: 'timeout', limitMs: 400 })
  })

  it('is there as often as it is wanted at once', async () => {
    const { ahead, started } = watched()
    await answerOf(ahead, 'one', 2)
    await expect.poll(() => started.length).toBe(3)
    const both = await Promise.all([answerOf(ahead, 'two', 2), answerOf(ahead, 'three', 2)])
    expect(both.map(({ said }) => said)).toEqual(['two', 'three'])
    expect(started.filter(({ stdin }) => stdin !== undefined)).toHaveLength(1)
  })

  it('is gone once nobody can ask any more', async () => {
    const { ahead, started } = watched()
    await answerOf(ahead, 'one')
    await expect.poll(() => started.length).toBe(2)
    await ahead.close()
    const last = await answerOf(ahead, 'last')
    expect(last.said).toBe('last')
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(started.length).toBe(3)
  })
})
