import { describe, expect, it } from 'vitest'
import { NO_USAGE, type Usage } from '../agents/agent.ts'
import { systemClock } from '../runtime/clock.ts'
import { UsageKeeper } from './usage-keeper.ts'

const used = (inputTokens: number): Usage => ({ ...NO_USAGE, inputTokens })

describe('the keeper of what an attempt uses', () => {
  it('stores the first at once and the last soon, whatever came between', async () => {
    const stored: number[] = []
    const keeper = new UsageKeeper({
      record: (usage) => Promise.resolve(stored.push(usage.inputTokens)),
      clock: systemClock,
      everyMs: 20,
    })
    for (let tokens = 1; tokens <= 100; tokens += 1) keeper.tell(used(tokens))
    await systemClock.sleep(60)
    expect(stored).toEqual([1, 100])
    keeper.tell(used(101))
    await keeper.end()
    expect(stored).toEqual([1, 100, 101])
  })

  it('tells at the end that something could not be stored', async () => {
    const keeper = new UsageKeeper({
      record: () => Promise.reject(new Error('no store')),
      clock: systemClock,
      everyMs: 1,
    })
    keeper.tell(used(1))
    await expect(keeper.end()).rejects.toThrow('no store')
  })
})
