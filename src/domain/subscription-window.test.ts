import { describe, expect, it } from 'vitest'
import { believedWindows, spentWindow, type SubscriptionWindow } from './subscription-window.ts'

const window = (used: number, resetsAt = 100, name = 'five_hour'): SubscriptionWindow => ({
  name,
  used,
  resetsAt,
})

describe('spentWindow', () => {
  it.each([
    [0.69, null],
    [0.7, null],
    [0.71, 'five_hour'],
    [1.2, 'five_hour'],
  ])('leaves 30 %% of a window of which %s is used', (used, spent) => {
    expect(spentWindow([window(used)], { leave: 0.3, now: 0 })?.name ?? null).toBe(spent)
  })

  it('forgets a window that is over', () => {
    expect(spentWindow([window(1, 100)], { leave: 0.3, now: 100 })).toBeNull()
  })

  it('names the one that goes the longest', () => {
    const both = [window(0.9, 500, 'seven_day'), window(0.9, 100)]
    expect(spentWindow(both, { leave: 0.3, now: 0 })?.name).toBe('seven_day')
    expect(spentWindow(both.toReversed(), { leave: 0.3, now: 0 })?.name).toBe('seven_day')
  })
})

describe('believedWindows', () => {
  it('drops what no provider means, and bounds the rest', () => {
    const told = [window(-1), window(NaN), window(0.5, 1e15), window(0.5, 10, 'x'.repeat(100))]
    expect(believedWindows(told, 0)).toEqual([window(0.5, 10, 'x'.repeat(60))])
    expect(
      believedWindows(
        Array.from({ length: 100 }, () => window(0.5)),
        0,
      ),
    ).toHaveLength(20)
  })
})
