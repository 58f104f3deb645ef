import { describe, expect, it } from 'vitest'
import { SetAside } from './set-aside.ts'
import { NO_SPEND } from './spend.ts'

describe('SetAside', () => {
  it('leaves room for two more answers as large as the largest so far', () => {
    const aside = new SetAside(NO_SPEND)
    expect(aside.hear({ ...NO_SPEND, inputTokens: 100, costUsd: 1 })).toMatchObject({
      inputTokens: 300,
      costUsd: 5,
    })
    expect(aside.hear({ ...NO_SPEND, inputTokens: 100, outputTokens: 20, costUsd: 1.5 })).toMatchObject({
      inputTokens: 300,
      outputTokens: 60,
      costUsd: 5.5,
    })
    expect(aside.hear({ ...NO_SPEND, inputTokens: 110, outputTokens: 20, costUsd: 1.6 })).toMatchObject({
      inputTokens: 310,
      outputTokens: 60,
    })
  })

  it('is never less than what a next answer of the same size comes to', () => {
    const aside = new SetAside(NO_SPEND)
    let total = NO_SPEND
    for (const size of [5, 3, 9, 1, 9, 2]) {
      total = { ...total, inputTokens: total.inputTokens + size, costUsd: total.costUsd + size }
      expect(aside.hear(total).inputTokens).toBeGreaterThanOrEqual(total.inputTokens + 2 * size)
    }
  })
})
