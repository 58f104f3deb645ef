import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { createExec } from '../../src/runtime/exec-open.ts'
import { isAlive } from '../support/processes.ts'

const exec = createExec({ ownerId: 'host-tests', sandbox: 'off' })
const env = { PATH: '/usr/local/bin:/usr/bin:/bin' }
const NODE = process.execPath
const LEAKS = new URL('../support/host-leaks.ts', import.meta.url).pathname

describe('a host command', () => {
  it('gives exit code, output and error output as they were', async () => {
    const result = await exec.host({ argv: ['sh', '-c', 'printf out; printf err >&2; exit 3'], env })
    expect(result).toMatchObject({ end: { kind: 'exited', code: 3 }, truncated: false })
    expect([result.stdout.toString(), result.stderr.toString()]).toEqual(['out', 'err'])
  })

  it('sees exactly the environment it is given', async () => {
    const print = 'process.stdout.write(JSON.stringify(process.env))'
    const { stdout } = await exec.host({ argv: [NODE, '-e', print], env: { ONLY: 'this' } })
    expect(JSON.parse(stdout.toString())).toEqual({ ONLY: 'this' })
  })

  it('reads its input to the end', async () => {
    const bytes = Buffer.alloc(3_000_000, 'x')
    const { stdout } = await exec.host({ argv: ['cat'], env, stdin: bytes })
    expect(stdout.equals(bytes)).toBe(true)
  })

  it('may end without reading its input', async () => {
    const result = await exec.host({ argv: ['true'], env, stdin: Buffer.alloc(3_000_000, 'x') })
    expect(result.end).toEqual({ kind: 'exited', code: 0 })
  })

  it('says by which signal it died', async () => {
    const result = await exec.host({ argv: ['sh', '-c', 'kill -TERM $$'], env })
    expect(result.end).toEqual({ kind: 'signaled', signal: 'SIGTERM' })
  })

  it.each([
    ['a missing program', { argv: ['no-such-program-anywhere'] as [string] }, 'ENOENT'],
    ['a missing directory', { argv: ['true'] as [string], cwd: '/no/such/directory' }, 'ENOENT'],
    ['a program that is not executable', { argv: ['/etc/passwd'] as [string] }, 'EACCES'],
    ['an argument with a NUL byte', { argv: ['echo', 'a\0b'] as [string, string] }, 'ERR_INVALID_ARG_VALUE'],
  ])('is not started, and does not throw, for %s', async (_title, command, code) => {
    const result = await exec.host({ ...command, env })
    expect(result.end).toMatchObject({ kind: 'not_started', code })
  })

  it('is ended at its time limit together with what it started', async () => {
    const argv = ['sh', '-c', 'sleep 600 & echo $!; sleep 600'] as const
    const result = await exec.host({ argv, env, timeoutMs: 500 })
    expect(result.end).toEqual({ kind: 'timeout', limitMs: 500 })
    await expect.poll(() => isAlive(Number(result.stdout.toString()))).toBe(false)
  })

  it('is ended when it prints more than the limit', async () => {
    const result = await exec.host({ argv: ['yes'], env, outputBytes: 100_000 })
    expect(result).toMatchObject({ end: { kind: 'limit', which: 'output' }, truncated: true })
    expect(result.stdout.length).toBeLessThanOrEqual(100_000)
  })

  it('does not wait for a background process that holds its output open', async () => {
    const result = await exec.host({ argv: ['sh', '-c', 'sleep 600 & echo $!'], env })
    const pid = Number(result.stdout.toString())
    expect(result.end).toEqual({ kind: 'exited', code: 0 })
    expect(process.kill(pid, 'SIGKILL')).toBe(true)
  })

  it.runIf(process.platform === 'linux')('leaves no descriptor and no timer behind, 200 times', async () => {
    const { stdout } = await exec.host({ argv: [NODE, LEAKS], env })
    const { before, behind } = JSON.parse(stdout.toString()) as Record<string, Record<string, number>>
    expect(behind?.['files']).toBeLessThanOrEqual(before?.['files'] ?? 0)
    expect(behind?.['active']).toBeLessThanOrEqual(before?.['active'] ?? 0)
  })
})

describe('a host session', () => {
  it('answers as long as it is open and ends when it is closed, also twice', async () => {
    const session = exec.hostSession({ argv: ['cat'], env })
    const answer = new Promise((resolve) => {
      session.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString()))
    })
    session.stdin.write('hello')
    expect(await answer).toBe('hello')
    await Promise.all([session.close(), session.close()])
    expect((await session.ended).end).toEqual({ kind: 'exited', code: 0 })
  })

  it('is killed when it does not end by itself', async () => {
    const session = exec.hostSession({ argv: ['sh', '-c', 'trap "" TERM; while :; do sleep 1; done'], env })
    await session.close()
    expect((await session.ended).end).toEqual({ kind: 'signaled', signal: 'SIGKILL' })
  })

  it('can be closed while nobody reads what it prints', async () => {
    const session = exec.hostSession({ argv: ['cat'], env })
    session.stdin.write(Buffer.alloc(1_000_000))
    await session.close()
    expect((await session.ended).end).toEqual({ kind: 'exited', code: 0 })
  })

  it('reports a missing program in its end and can still be written to and closed', async () => {
    const session = exec.hostSession({ argv: ['no-such-program-anywhere'], env })
    session.stdin.write('into the void')
    expect((await session.ended).end).toMatchObject({ kind: 'not_started', code: 'ENOENT' })
    session.stdin.write('and later')
    expect(await text(session.stdout as NodeJS.ReadStream)).toBe('')
    await session.close()
  })

  it('keeps what the tool complained about', async () => {
    const session = exec.hostSession({ argv: ['sh', '-c', 'echo bad >&2; exit 7'], env })
    await text(session.stdout as NodeJS.ReadStream)
    expect((await session.ended).stderr.toString()).toBe('bad\n')
    await session.close()
  })
})
