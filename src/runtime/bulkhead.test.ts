import { describe, expect, it } from 'vitest'
import { Bulkhead } from './bulkhead.ts'

describe('Bulkhead', () => {
  it('lets no more in than it has places', async () => {
    const bulkhead = new Bulkhead(2)
    let inside = 0
    let most = 0
    await Promise.all(
      Array.from({ length: 10 }, () =>
        bulkhead.within({ rank: 0 }, async () => {
          inside += 1
          most = Math.max(most, inside)
          await Promise.resolve()
          inside -= 1
        }),
      ),
    )
    expect(most).toBe(2)
    expect(bulkhead.inUse).toBe(0)
  })

  it('serves the lower rank first, equal ranks in order of arrival', async () => {
    const bulkhead = new Bulkhead(1)
    const order: string[] = []
    const gate = Promise.withResolvers<void>()
    const first = bulkhead.within({ rank: 0 }, () => gate.promise)
    const rest = [
      ['setup', 2],
      ['verify-1', 1],
      ['verify-2', 1],
      ['landing', 0],
    ].map(([name, rank]) =>
      bulkhead.within({ rank: rank as number }, async () => void order.push(name as string)),
    )
    gate.resolve()
    await Promise.all([first, ...rest])
    expect(order).toEqual(['landing', 'verify-1', 'verify-2', 'setup'])
  })

  it('keeps everybody else out of an exclusive use', async () => {
    const bulkhead = new Bulkhead(3)
    const seen: number[] = []
    const look = async (): Promise<void> => {
      await Promise.resolve()
      seen.push(bulkhead.inUse)
    }
    await Promise.all([
      bulkhead.within({ rank: 0 }, look),
      bulkhead.within({ rank: 0, exclusive: true }, look),
      bulkhead.within({ rank: 0 }, look),
    ])
    expect(seen[1]).toBe(1)
  })

  it('frees a place after a failure and forgets who stopped waiting', async () => {
    const bulkhead = new Bulkhead(1)
    await expect(bulkhead.within({ rank: 0 }, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    const gate = Promise.withResolvers<void>()
    const holding = bulkhead.within({ rank: 0 }, () => gate.promise)
    const giving = new AbortController()
    const waiting = bulkhead.within({ rank: 0, signal: giving.signal }, () => Promise.resolve())
    giving.abort()
    await expect(waiting).rejects.toThrow()
    gate.resolve()
    await holding
    await expect(bulkhead.within({ rank: 0 }, () => Promise.resolve('in'))).resolves.toBe('in')
  })
})
