import { describe, expect, it } from 'vitest'
import { localDay } from '../../src/runtime/local-day.ts'

describe('localDay', () => {
  it('goes from midnight to midnight, and holds its moment', () => {
    for (let hour = 0; hour < 24 * 400; hour += 7) {
      const at = Date.UTC(2026, 0, 1, hour, 30)
      const { start, end } = localDay(at)
      expect(at >= start && at < end).toBe(true)
      for (const midnight of [start, end].map((moment) => new Date(moment))) {
        expect([midnight.getHours(), midnight.getMinutes(), midnight.getSeconds()]).toEqual([0, 0, 0])
      }
      expect(localDay(end).start).toBe(end)
    }
  })
})
