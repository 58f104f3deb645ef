import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { openPortLeases, type PortRange, portVariables } from '../../src/runtime/port-leases.ts'

/** Of its own, so that a run or a test beside this one changes nothing here. */
const AREA = { first: 11_000 + (process.pid % 40) * 220, pieces: 20 }

describe('ranges of ports', () => {
  it('are the same for a slot each time, and apart for each two slots of each two owners', async () => {
    await using mine = openPortLeases(20, AREA)
    await using yours = openPortLeases(25, AREA)
    const ranges = await Promise.all([mine.of('a'), yours.of('a'), mine.of('b'), yours.of('b')])
    expect(await mine.of('a')).toEqual(ranges[0])
    expect(ranges.map((range) => range?.count)).toEqual([20, 25, 20, 25])
    expect(overlapping(ranges)).toEqual([])
  })

  it('can be listened on, every port of them', async () => {
    await using leases = openPortLeases(20, AREA)
    for (const port of portsOf(await leases.of('a'))) {
      await using server = await listening(port)
      expect(server.port).toBe(port)
    }
  })

  it('leave out what somebody else listens on', async () => {
    const first = portsOf(await firstRange())
    await using theirs = await listening(first[3] ?? 0)
    await using leases = openPortLeases(10, AREA)
    expect(overlapping([await leases.of('a'), { first: theirs.port, count: 1 }])).toEqual([])
  })

  it('come back when they are given up, and when who has them is killed', async () => {
    const before = await firstRange()
    const program = `import { openPortLeases } from ${JSON.stringify(new URL('../../src/runtime/port-leases.ts', import.meta.url).href)}
const range = await openPortLeases(20, ${JSON.stringify(AREA)}).of('a')
process.stdout.write(JSON.stringify(range))
setTimeout(() => {}, 60000)`
    const child = spawn(process.execPath, ['--input-type=module', '-e', program])
    const [said] = (await once(child.stdout, 'data')) as [Buffer]
    const theirs = JSON.parse(said.toString()) as PortRange
    expect(theirs.first).toBe(before.first)
    expect(overlapping([theirs, await firstRange()])).toEqual([])
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(await firstRange()).toEqual(before)
  })

  it('are none where slots have none', async () => {
    await using leases = openPortLeases(0)
    expect(portVariables(await leases.of('a'))).toEqual({})
    expect(portVariables({ first: 20_000, count: 20 })).toEqual({
      TDD_PORT_BASE: '20000',
      TDD_PORT_COUNT: '20',
    })
  })

  it('that are larger than all there is are refused with a way out', async () => {
    await using leases = openPortLeases(1_000, AREA)
    await expect(leases.of('a')).rejects.toMatchObject({
      code: 'slot_failed',
      hint: expect.stringContaining('run.ports') as string,
    })
  })
})

async function firstRange(): Promise<PortRange> {
  await using leases = openPortLeases(20, AREA)
  const range = await leases.of('first')
  if (range === null) throw new Error('a range was asked for')
  return range
}

function portsOf(range: PortRange | null): number[] {
  return range === null ? [] : Array.from({ length: range.count }, (_, index) => range.first + index)
}

function overlapping(ranges: readonly (PortRange | null)[]): number[] {
  const all = ranges.flatMap(portsOf)
  return all.filter((port, index) => all.indexOf(port) !== index)
}

async function listening(port: number): Promise<AsyncDisposable & { readonly port: number }> {
  const server = createServer().listen(port, '127.0.0.1')
  await once(server, 'listening')
  return { port, [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())) }
}
