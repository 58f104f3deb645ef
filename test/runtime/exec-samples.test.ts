import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ProcessSample } from '../../src/runtime/exec.ts'
import { createExec } from '../../src/runtime/exec-open.ts'
import { containedIn, type Place, testPlace } from '../support/contained.ts'
import { MODES, whyNoSandbox } from '../support/sandbox.ts'

const noSandbox = await whyNoSandbox()
const onLinux = process.platform === 'linux'
const MIB = 1024 * 1024

/** Fills memory, says so, and works until its process has used so much time. */
const BURN = (mebibytes: number, ms: number): string =>
  `const held = Buffer.alloc(${mebibytes} * ${MIB}, 1)
const end = performance.now() + ${ms}
while (performance.now() < end) held[0] += 1`

/** What the shell says that its children used, which it waited for: the second line of `times`, `0m0.12s 0m0.03s`. */
function childrenMs(times: string): number {
  const [user = '', system = ''] = (times.split('\n')[1] ?? '').split(' ')
  const seconds = [user, system].map((time) => Number(/m([\d.]+)s/.exec(time)?.[1]))
  return 1_000 * seconds.reduce((sum, each) => sum + each, 0)
}

describe.runIf(onLinux).each(MODES)('what a contained command uses ($name)', ({ sandbox }) => {
  const test = it.skipIf(sandbox === 'auto' && noSandbox !== null)
  // What a sandbox makes no difference to is shown in the one that there is.
  const once = it.skipIf((sandbox === 'auto') !== (noSandbox === null))
  const exec = createExec({ ownerId: `samples-${process.pid}`, sandbox, sampleMs: 100 })
  let place: Place
  beforeAll(() => {
    place = testPlace()
  })
  afterAll(() => place[Symbol.dispose]())
  const sampled = async (...argv: readonly [string, ...string[]]) => {
    const samples: ProcessSample[] = []
    const onSample = (sample: ProcessSample): void => void samples.push(sample)
    const { end, stdout } = await exec.contained(containedIn(place.path, argv, { onSample }))
    expect(end).toEqual({ kind: 'exited', code: 0 })
    const looks = samples.filter((sample) => sample.kind === 'look')
    return {
      samples,
      output: stdout.toString(),
      looks,
      cpuMs: samples.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
      peakBytes: Math.max(0, ...looks.map(({ bytes }) => bytes)),
      processes: Math.max(0, ...looks.map(({ processes }) => processes)),
    }
  }

  once('is its processor time, its memory and its processes', async () => {
    const began = process.hrtime.bigint()
    const used = await sampled(process.execPath, '-e', BURN(96, 400))
    const tookMs = Number(process.hrtime.bigint() - began) / 1e6
    expect(used.cpuMs).toBeGreaterThan(50)
    expect(used.cpuMs).toBeLessThan(4 * tookMs)
    expect(used.peakBytes).toBeGreaterThan(96 * MIB)
    expect(used.peakBytes).toBeLessThan(400 * MIB)
    expect(used.processes).toBe(1)
  })

  test('is that of all its processes, also of those in sessions of their own', async () => {
    const script = 'sleep 0.4 & sleep 0.4 & setsid sleep 0.4 & wait'
    expect((await sampled('sh', '-c', script)).processes).toBe(4)
  })

  test('has the time of processes that began and ended between two looks', async () => {
    const brief = 'sh -c "i=0; while [ \\$i -lt 20000 ]; do i=\\$((i+1)); done"'
    const used = await sampled('sh', '-c', `for round in 1 2 3 4 5 6; do ${brief}; done; sleep 0.3; times`)
    expect(used.cpuMs).toBeGreaterThanOrEqual(childrenMs(used.output) - 10)
  })

  once('is told to each of two that run at once as its own, of the same moments', async () => {
    const [busy, idle] = await Promise.all([
      sampled(process.execPath, '-e', BURN(64, 600)),
      sampled('sleep', '0.6'),
    ])
    expect(busy.cpuMs).toBeGreaterThan(50)
    expect(idle.cpuMs).toBeLessThan(40)
    expect(idle.peakBytes).toBeLessThan(16 * MIB)
    const moments = new Set(busy.looks.map(({ at }) => at))
    expect(idle.looks.filter(({ at }) => moments.has(at)).length).toBeGreaterThan(2)
  })

  once('is told no more, and looked for no more, once it has ended', async () => {
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
    const before = timers()
    const { samples } = await sampled('sleep', '0.3')
    const heard = samples.length
    expect(timers()).toBeLessThanOrEqual(before)
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(samples.length).toBe(heard)
  })
})

describe.runIf(onLinux && noSandbox === null)('a command in a sandbox that nobody looked at', () => {
  it('tells its processor time when it ends', async () => {
    using place = testPlace()
    const exec = createExec({ ownerId: `brief-${process.pid}` })
    const samples: ProcessSample[] = []
    const burn = [process.execPath, '-e', 'while (process.cpuUsage().user < 50000);'] as const
    await exec.contained(containedIn(place.path, burn, { onSample: (sample) => void samples.push(sample) }))
    expect(samples.filter(({ kind }) => kind === 'rest')).toHaveLength(1)
    expect(samples.reduce((sum, { cpuMs }) => sum + cpuMs, 0)).toBeGreaterThanOrEqual(50)
  })
})
