import { describe, expect, it } from 'vitest'
import { mostWritten } from './disk-watch.ts'

const GIB = 1024 ** 3

describe('what may have been written', () => {
  const most = (before: number, free: number): number | null =>
    mostWritten({ limitBytes: 8 * GIB, before: before * GIB, free: free * GIB })

  it('is not counted while the disk has not filled up by more than the limit, and has room', () => {
    expect(most(100, 93)).toBeNull()
    expect(most(100, 91)).toBe(8 * GIB)
    // What others removed meanwhile.
    expect(most(50, 60)).toBeNull()
  })

  it('is a third of what filled a disk that is nearly full, and never more than the limit', () => {
    expect(most(3, 0.2)).toBeCloseTo((2.8 / 3) * GIB)
    expect(most(100, 9)).toBe(8 * GIB)
    expect(most(0.001, 0)).toBeLessThan(0.001 * GIB)
  })
})
