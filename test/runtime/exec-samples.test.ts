import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ContainedCommand, ExecLimits, ProcessSample } from '../../src/runtime/exec.ts'
import { DiskGuard } from '../../src/runtime/disk-guard.ts'
import { runContained } from '../../src/runtime/exec-contained.ts'
import { createExec } from '../../src/runtime/exec-open.ts'
import { ProcessSampler } from '../../src/runtime/process-sampler.ts'
import { linuxProcesses } from '../../src/runtime/process-tree.ts'
import { containedIn, type Place, testPlace, uniqueSleep } from '../support/contained.ts'
import { MODES, whyNoSandbox } from '../support/sandbox.ts'

const noSandbox = await whyNoSandbox()
const onLinux = process.platform === 'linux'
const MIB = 1024 * 1024
/** What the kernel counts processor time in. */
const TICK_MS = 10

/** Fills memory, works without end. */
const BURN = (mebibytes: number): string =>
  `const held = Buffer.alloc(${mebibytes} * ${MIB}, 1); for (;;) held[0] += 1`

type Look = Extract<ProcessSample, { kind: 'look' }>

/** What is known of a command while it runs. */
interface Seen {
  readonly samples: ProcessSample[]
  output: string
}

const looksOf = ({ samples }: Seen): Look[] => samples.filter((sample) => sample.kind === 'look')
const cpuMsOf = ({ samples }: Seen): number => samples.reduce((sum, { cpuMs }) => sum + cpuMs, 0)
const bytesOf = (seen: Seen): number => Math.max(0, ...looksOf(seen).map(({ bytes }) => bytes))
const processesOf = (seen: Seen): number => Math.max(0, ...looksOf(seen).map(({ processes }) => processes))

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
  const exec = createExec({ ownerId: `samples-${process.pid}`, sandbox, sampleMs: 50 })
  /** Nobody looks while a command of it runs. */
  const unlooked = createExec({ ownerId: `unlooked-${process.pid}`, sandbox, sampleMs: 600_000 })
  let place: Place
  beforeAll(() => {
    place = testPlace()
  })
  afterAll(() => place[Symbol.dispose]())

  /** Ends the command once enough was seen of it, however long that takes on this machine. */
  const sampled = async (
    argv: ContainedCommand['argv'],
    enough: (seen: Seen) => boolean,
    by = exec,
  ): Promise<Seen> => {
    const seen: Seen = { samples: [], output: '' }
    const stop = new AbortController()
    const look = (): void => {
      if (enough(seen)) stop.abort()
    }
    const command = containedIn(place.path, argv, {
      onSample: (sample) => {
        seen.samples.push(sample)
        look()
      },
      onStdout: (chunk) => {
        seen.output += chunk.toString()
        look()
      },
    })
    expect((await by.contained(command, stop.signal)).end).toEqual({ kind: 'aborted' })
    return seen
  }

  once('is its processor time, its memory and its processes', async () => {
    const used = await sampled(
      [process.execPath, '-e', BURN(96)],
      (seen) => cpuMsOf(seen) >= 100 && bytesOf(seen) > 96 * MIB,
    )
    expect(bytesOf(used)).toBeLessThan(400 * MIB)
    expect(processesOf(used)).toBe(1)
  })

  test('is that of all its processes, also of those in sessions of their own', async () => {
    const script = 'sleep 30 & sleep 30 & setsid sleep 30 & wait'
    await sampled(['sh', '-c', script], (seen) => processesOf(seen) === 4)
  })

  test('has the time of processes that began and ended between two looks', async () => {
    const brief = 'sh -c "i=0; while [ \\$i -lt 20000 ]; do i=\\$((i+1)); done"'
    const script = `for round in 1 2 3 4 5 6; do ${brief}; done; times; sleep 30`
    const used = await sampled(['sh', '-c', script], ({ output }) => output.split('\n').length > 2, unlooked)
    expect(childrenMs(used.output)).toBeGreaterThan(TICK_MS)
    expect(cpuMsOf(used)).toBeGreaterThanOrEqual(childrenMs(used.output) - TICK_MS)
  })

  once('is told to each of two that run at once as its own, of the same moments', async () => {
    const both: Seen[] = []
    const shared = (): number => {
      const [one, other] = both.map((seen) => new Set(looksOf(seen).map(({ at }) => at)))
      return one === undefined || other === undefined ? 0 : one.intersection(other).size
    }
    const enough = (seen: Seen): boolean => {
      if (!both.includes(seen)) both.push(seen)
      return shared() > 2 && both.some((each) => bytesOf(each) > 64 * MIB)
    }
    const [busy, idle] = await Promise.all([
      sampled([process.execPath, '-e', BURN(64)], enough),
      sampled(['sleep', '30'], enough),
    ])
    expect(cpuMsOf(idle)).toBeLessThan(cpuMsOf(busy))
    expect(bytesOf(idle)).toBeLessThan(16 * MIB)
  })

  once('is told no more, and looked for no more, once it has ended', async () => {
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
    const before = timers()
    const { samples } = await sampled(['sleep', '30'], (seen) => looksOf(seen).length > 1)
    const heard = samples.length
    expect(timers()).toBeLessThanOrEqual(before)
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(samples.length).toBe(heard)
  })

  test('is known of one that is ended by a limit before anybody looked', async () => {
    const ended = async (argv: ContainedCommand['argv'], limit: Partial<ExecLimits>) => {
      const seen: Seen = { samples: [], output: '' }
      const onSample = (sample: ProcessSample): void => void seen.samples.push(sample)
      const { end } = await unlooked.contained(containedIn(place.path, argv, { onSample, limit }))
      return { end, cpuMs: cpuMsOf(seen), bytes: bytesOf(seen), processes: processesOf(seen) }
    }
    const [hungry, late] = await Promise.all([
      ended([process.execPath, '-e', BURN(96)], { memoryBytes: 64 * MIB }),
      ended(['sh', '-c', 'while :; do :; done'], { wallMs: 1_500 }),
    ])
    expect(hungry).toMatchObject({ end: { kind: 'limit', which: 'memory' }, processes: 1 })
    expect(hungry.bytes).toBeGreaterThan(64 * MIB)
    expect(late).toMatchObject({ end: { kind: 'timeout' }, processes: 1 })
    expect(late.cpuMs).toBeGreaterThan(0)
  })
})

describe.runIf(onLinux)('a command whose processes cannot be looked at', () => {
  it('is killed all the same', async () => {
    using place = testPlace()
    const source = { ...linuxProcesses, list: () => new Promise<never>(() => undefined) }
    const sampler = new ProcessSampler({ list: source.list, source, everyMs: 600_000 })
    const setup = { source: linuxProcesses, list: () => linuxProcesses.list(), sandbox: null, homes: [] }
    const ended = await runContained(
      { ...setup, mark: `blind-${process.pid}`, sampler, disk: new DiskGuard() },
      containedIn(place.path, ['sleep', uniqueSleep()], { limit: { wallMs: 50 }, onSample: () => undefined }),
    )
    expect(ended.end).toMatchObject({ kind: 'timeout' })
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
    expect(samples.reduce((sum, { cpuMs }) => sum + cpuMs, 0)).toBeGreaterThanOrEqual(50 - 2 * TICK_MS)
  })
})
