import { describe, expect, it } from 'vitest'
import { suspicion } from './disk-watch.ts'

const GIB = 1024 ** 3

describe('what a disk says that fills up', () => {
  const said = (before: number, free: number) =>
    suspicion({ limitBytes: 8 * GIB, before: before * GIB, free: free * GIB })

  it('is nothing while it has not filled up by more than the limit, and has room', () => {
    expect(said(100, 93)).toBeNull()
    expect(said(100, 91)).toEqual({ most: 8 * GIB, isUrgent: false })
    // What others removed meanwhile.
    expect(said(50, 60)).toBeNull()
  })

  it('is that a third of it is too much once it is nearly full, and never more than the limit', () => {
    expect(said(3, 0.2)?.most).toBeCloseTo((2.8 / 3) * GIB)
    expect(said(3, 0.2)?.isUrgent).toBe(true)
    expect(said(100, 9)).toEqual({ most: 8 * GIB, isUrgent: true })
    expect(said(0.001, 0)?.most).toBeLessThan(0.001 * GIB)
  })
})
