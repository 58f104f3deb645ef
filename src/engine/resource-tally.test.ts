import { describe, expect, it } from 'vitest'
import type { ProcessSample } from '../runtime/exec.ts'
import { MOST_POINTS, ResourceTally } from './resource-tally.ts'

function look(at: number, over: Partial<Extract<ProcessSample, { kind: 'look' }>> = {}): ProcessSample {
  return { kind: 'look', at, cpuMs: 10, bytes: 100, processes: 1, ...over }
}

function tallyOf(...samples: readonly ProcessSample[]) {
  const tally = new ResourceTally(1_000)
  for (const sample of samples) tally.hear(sample)
  return tally.totals()
}

describe('what the processes of an attempt used', () => {
  it('is nothing where nothing was sampled', () => {
    expect(tallyOf()).toBeNull()
  })

  it('is the sum of processor time, and the most memory and processes of one moment', () => {
    const told = tallyOf(
      look(3_000, { bytes: 50, processes: 4 }),
      look(5_000, { bytes: 300, processes: 2 }),
      look(7_000),
    )
    expect(told).toEqual({
      samples: 3,
      cpuMs: 30,
      peakBytes: 300,
      peakProcesses: 4,
      points: [
        { atMs: 2_000, cpuMs: 10, bytes: 50, processes: 4 },
        { atMs: 4_000, cpuMs: 10, bytes: 300, processes: 2 },
        { atMs: 6_000, cpuMs: 10, bytes: 100, processes: 1 },
      ],
    })
  })

  it('adds up commands that ran at the same moment, and no others', () => {
    const told = tallyOf(look(3_000), look(3_000, { bytes: 250, processes: 3 }), look(5_000, { bytes: 300 }))
    expect(told).toMatchObject({ samples: 2, cpuMs: 30, peakBytes: 350, peakProcesses: 4 })
    expect(told?.points.map(({ bytes, cpuMs }) => [bytes, cpuMs])).toEqual([
      [350, 20],
      [300, 10],
    ])
  })

  it('has the time of a command that ended before anybody looked, and says that nobody did', () => {
    expect(tallyOf({ kind: 'rest', cpuMs: 700 })).toEqual({
      samples: 0,
      cpuMs: 700,
      peakBytes: 0,
      peakProcesses: 0,
      points: [],
    })
  })

  it.each([MOST_POINTS, MOST_POINTS + 1, 1_000, 40_000])(
    'keeps a bounded series of %i looks that loses neither time nor peaks',
    (looks) => {
      const high = Math.floor(looks / 3)
      const told = tallyOf(
        ...Array.from({ length: looks }, (_, index) =>
          look(1_000 + index, index === high ? { bytes: 9_000 } : {}),
        ),
      )
      const points = told?.points ?? []
      expect(points.length).toBeLessThanOrEqual(MOST_POINTS)
      expect(points.length).toBeGreaterThanOrEqual(MOST_POINTS / 2)
      expect(points.reduce((sum, { cpuMs }) => sum + cpuMs, 0)).toBe(told?.cpuMs)
      expect(Math.max(...points.map(({ bytes }) => bytes))).toBe(9_000)
      expect(points.at(-1)?.atMs).toBe(looks - 1)
      expect(points.map(({ atMs }) => atMs)).toEqual(points.map(({ atMs }) => atMs).toSorted((a, b) => a - b))
    },
  )
})
