import { createHash } from 'node:crypto'
import { getEventListeners } from 'node:events'
import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createExec } from '../../src/runtime/exec-open.ts'
import { containedIn, type Place, TEST_PATH, testPlace, uniqueSleep } from '../support/contained.ts'
import { processesWith } from '../support/processes.ts'
import { MODES, whyNoSandbox } from '../support/sandbox.ts'

const noSandbox = await whyNoSandbox()
const NODE = process.execPath

describe.each(MODES)('a contained command ($name)', ({ sandbox, name }) => {
  const skipped = sandbox === 'auto' && noSandbox !== null
  const test = it.skipIf(skipped)
  const exec = createExec({ ownerId: `contained-${process.pid}`, sandbox })
  let place: Place
  beforeAll(() => {
    place = testPlace()
  })
  afterAll(() => place[Symbol.dispose]())
  const run = (script: string, rest: Parameters<typeof containedIn>[2] = {}, signal?: AbortSignal) =>
    exec.contained(containedIn(place.path, ['sh', '-c', script], rest), signal)

  test('is contained as the report says', async () => {
    const report = await exec.containment()
    expect(report.contained).toBe(sandbox === 'auto')
    expect(report.advice === null).toBe(report.contained)
  })

  test('gives exit code, output and error output as they were', async () => {
    const result = await run('printf out; printf err >&2; exit 3')
    expect(result).toMatchObject({ end: { kind: 'exited', code: 3 }, truncated: false })
    expect([result.stdout.toString(), result.stderr.toString()]).toEqual(['out', 'err'])
  })

  test('writes in its directory and reads its input', async () => {
    const result = await run('cat > file; cat file', { stdin: 'given' })
    expect(result.stdout.toString()).toBe('given')
  })

  test('can be talked with while it runs', async () => {
    const input = new PassThrough()
    let heard = ''
    const script = 'while read line; do echo "heard $line"; done; echo end'
    const running = run(script, {
      stdin: input,
      onStdout: (chunk) => {
        heard += chunk.toString()
        if (heard === 'heard one\n') input.write('two\n')
        if (heard.endsWith('heard two\n')) input.end()
      },
    })
    input.write('one\n')
    expect((await running).end).toEqual({ kind: 'exited', code: 0 })
    expect(heard).toBe('heard one\nheard two\nend\n')
  })

  test('may end before what is said to it is read', async () => {
    const input = new PassThrough()
    input.write(Buffer.alloc(1024 * 1024))
    expect((await run('exit 4', { stdin: input })).end).toEqual({ kind: 'exited', code: 4 })
    expect(input.destroyed).toBe(true)
  })

  test('sees the given environment, its mark and its directory, and nothing else', async () => {
    const print = 'process.stdout.write(JSON.stringify(process.env))'
    const env = { ONLY: 'this', EMPTY: '', ODD: 'a=b\nc "d"' }
    const { stdout } = await exec.contained(containedIn(place.path, [NODE, '-e', print], { env }))
    const seen = JSON.parse(stdout.toString()) as Record<string, string>
    expect(seen).toEqual({
      ...env,
      PWD: place.path,
      TDD_MARK: expect.stringMatching(/^contained-\d+\.\w{20}$/),
    })
  })

  test('inherits no descriptor beyond those of any child', async () => {
    const argv = ['sh', '-c', 'ls /proc/self/fd'] as const
    const plain = await exec.host({ argv, env: { PATH: TEST_PATH } })
    expect((await run(argv[2])).stdout.toString()).toBe(plain.stdout.toString())
  })

  test.each([
    ['a background process', (sleep: string) => `sleep ${sleep} & exit 0`],
    ['a process in a session of its own', (sleep: string) => `setsid sleep ${sleep} & exit 0`],
    [
      'a process whose parents are gone',
      (sleep: string) => `(setsid sh -c "sleep ${sleep} & sleep ${sleep} &" &) ; exit 0`,
    ],
    ['a process that closed everything', (sleep: string) => `setsid sleep ${sleep} <&- >&- 2>&- & exit 0`],
  ])('leaves nothing of %s when it ends', async (_title, script) => {
    const sleep = uniqueSleep()
    const { end } = await run(script(sleep))
    expect(end).toEqual({ kind: 'exited', code: 0 })
    expect(processesWith(sleep)).toEqual([])
  })

  test.each([
    ['its time limit', { wallMs: 700 }, { kind: 'timeout', limitMs: 700 }],
    ['its limit of silence', { stallMs: 700 }, { kind: 'stalled', limitMs: 700 }],
  ])('ends at %s, and with it all who refuse to', async (_title, limit, end) => {
    const sleep = uniqueSleep()
    const script = `trap "" TERM INT HUP; (setsid sh -c "sleep ${sleep} &"); sleep ${sleep} & echo up; sleep ${sleep}`
    const result = await run(script, { limit })
    expect(result.end).toEqual(end)
    expect(result.stdout.toString()).toBe('up\n')
    expect(processesWith(sleep)).toEqual([])
  })

  test('is not silent as long as it prints', async () => {
    const script = 'for i in 1 2 3 4 5 6 7 8 9 10; do echo $i >&2; sleep 0.2; done'
    const result = await run(script, { limit: { stallMs: 1_500 } })
    expect(result.end).toEqual({ kind: 'exited', code: 0 })
  })

  test('ends when the caller aborts, and leaves no listener', async () => {
    const sleep = uniqueSleep()
    const controller = new AbortController()
    const result = await run(
      `setsid sleep ${sleep} & echo up; sleep ${sleep}`,
      { onStdout: () => controller.abort() },
      controller.signal,
    )
    expect(result.end).toEqual({ kind: 'aborted' })
    expect(processesWith(sleep)).toEqual([])
    const later = new AbortController()
    await run('true', {}, later.signal)
    expect(getEventListeners(later.signal, 'abort')).toEqual([])
  })

  test('is gone when the caller aborts in the very moment of its start', async () => {
    const sleep = uniqueSleep()
    for (let round = 0; round < 5; round++) {
      const controller = new AbortController()
      const running = run(`sleep ${sleep} & sleep ${sleep}`, {}, controller.signal)
      setTimeout(() => controller.abort(), round)
      expect((await running).end).toEqual({ kind: 'aborted' })
    }
    expect(processesWith(sleep)).toEqual([])
  })

  test('does not start when the caller has aborted before', async () => {
    const result = await run('echo no', {}, AbortSignal.abort())
    expect(result).toMatchObject({ end: { kind: 'aborted' }, durationMs: expect.any(Number) })
    expect(result.stdout.length).toBe(0)
  })

  test.each([
    ['a missing program', { argv: ['no-such-program-anywhere'] as [string] }, 'ENOENT'],
    ['a program that is not executable', { argv: ['/etc/passwd'] as [string] }, 'EACCES'],
    ['a missing directory', { cwd: '/no/such/directory' }, 'ENOENT'],
  ])('is not started, and does not throw, for %s', async (_title, rest, code) => {
    const result = await exec.contained({ ...containedIn(place.path, ['true']), ...rest })
    expect(result.end).toMatchObject({ kind: 'not_started', code })
  })

  test('cannot smuggle anything in with a NUL byte', async () => {
    const env = { PATH: '/bin', EVIL: 'x\0--bind\0/\0/' }
    const result = await exec.contained(containedIn(place.path, ['true'], { env }))
    expect(result.end.kind).toBe('not_started')
  })

  test('says by which signal it crashed', async () => {
    expect((await run('kill -SEGV $$')).end).toEqual({ kind: 'signaled', signal: 'SIGSEGV' })
  })

  test('keeps head and tail of its output and says that the middle is missing', async () => {
    const result = await run('seq 1 20000', { limit: { outputBytes: 10_000 } })
    const kept = result.stdout.toString()
    expect(result).toMatchObject({ end: { kind: 'exited', code: 0 }, truncated: true })
    expect(kept.startsWith('1\n2\n3\n')).toBe(true)
    expect(kept.endsWith('19999\n20000\n')).toBe(true)
    expect(kept).toMatch(/\n\[\.\.\. \d+ bytes left out \.\.\.\]\n/)
    expect(kept.length).toBeLessThan(10_100)
  })

  test('passes every byte on as it comes, also what is not kept', async () => {
    const hash = createHash('sha256')
    const command = { onStdout: (chunk: Buffer) => void hash.update(chunk), limit: { outputBytes: 10_000 } }
    await run('seq 1 20000', command)
    const whole = Array.from({ length: 20_000 }, (_, index) => `${index + 1}\n`).join('')
    expect(hash.digest('hex')).toBe(createHash('sha256').update(whole).digest('hex'))
  })

  test('is ended when it floods us', async () => {
    const result = await run('yes | head -c 400000000', { limit: { outputBytes: 10_000 } })
    expect(result).toMatchObject({ end: { kind: 'limit', which: 'output' }, truncated: true })
    expect(result.stdout.length).toBeLessThan(10_100)
  })

  test('is ended when its processes together hold too much memory', async () => {
    const grow = 'const kept = []; setInterval(() => kept.push(Buffer.alloc(5e6, 1)), 20)'
    const limit = { memoryBytes: 200_000_000, wallMs: 20_000 }
    const result = await exec.contained(containedIn(place.path, [NODE, '-e', grow], { limit }))
    expect(result.end).toEqual({ kind: 'limit', which: 'memory' })
  })

  test('is ended when it has too many processes, none of which survives', async () => {
    const sleep = uniqueSleep()
    const script = `for i in $(seq 1 40); do setsid sleep ${sleep} & done; sleep ${sleep}`
    const result = await run(script, { limit: { processes: 20 } })
    expect(result.end).toEqual({ kind: 'limit', which: 'processes' })
    expect(processesWith(sleep)).toEqual([])
  })

  test('is ended when it writes too much, wherever it may', async () => {
    using other = testPlace()
    const command = { writable: [place.path, other.path], limit: { diskBytes: 10_000_000 } }
    const script = `head -c 6000000 /dev/zero > more; head -c 6000000 /dev/zero > ${other.path}/more; sleep 20`
    expect((await run(script, command)).end).toEqual({ kind: 'limit', which: 'disk' })
  })

  test('may have as many processes as its limit says', async () => {
    const result = await run('for i in 1 2 3; do sleep 1.2 & done; wait', { limit: { processes: 4 } })
    expect(result.end).toEqual({ kind: 'exited', code: 0 })
  })

  test('cannot outrun its end by starting processes all the time', async () => {
    const sleep = uniqueSleep()
    // Bounded: fifty rounds, each process of which starts the next one in a session of its own and ends.
    const chain = `n=$1; [ "$n" -gt 50 ] && exit; sleep 0.02; setsid sh chain.sh $((n + 1)) ${sleep} & exit`
    const result = await run(`cat > chain.sh; sh chain.sh 1 ${sleep} & sleep 0.3`, { stdin: chain })
    expect(result.end).toEqual({ kind: 'exited', code: 0 })
    expect(processesWith(sleep)).toEqual([])
  })

  test('throws what its listener throws, after everything is dead', async () => {
    const sleep = uniqueSleep()
    const onStdout = (): void => {
      throw new Error('the listener is broken')
    }
    await expect(run(`echo up; sleep ${sleep}`, { onStdout })).rejects.toThrow('the listener is broken')
    expect(processesWith(sleep)).toEqual([])
  })

  test('works in a directory that is reached through a symbolic link', async () => {
    const real = join(place.path, `real-${sandbox}`)
    const link = join(place.path, `link-${sandbox}`)
    mkdirSync(join(real, 'slot'), { recursive: true })
    symlinkSync(real, link)
    const slot = join(link, 'slot')
    const result = await exec.contained(
      containedIn(slot, ['sh', '-c', `echo in > ${slot}/file; pwd; cat file`]),
    )
    expect(result.stdout.toString()).toBe(`${join(real, 'slot')}\nin\n`)
  })

  test('runs many at a time without mixing them up', async () => {
    const results = await Promise.all(
      Array.from({ length: 12 }, (_, index) => run(`sleep 0.1; echo ${index}; exit ${index}`)),
    )
    expect(results.map(({ end }) => end)).toEqual(results.map((_, code) => ({ kind: 'exited', code })))
    expect(results.map(({ stdout }) => Number(stdout.toString()))).toEqual(results.map((_, index) => index))
  })

  if (skipped) it.skip(`${name}: ${noSandbox}`, () => {})
})
