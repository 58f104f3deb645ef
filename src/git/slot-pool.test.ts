import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { Git } from './git.ts'
import { type PooledSlot, SlotPool } from './slot-pool.ts'

interface Lent {
  readonly release: () => void
}

/** A slot that holds nothing and is ready at once. */
function plainSlot(): PooledSlot<{ readonly tree: string }, Lent> {
  return {
    tree: null,
    rank: () => 1,
    lend: (_, release) => Promise.resolve({ release }),
    tidy: () => undefined,
    idle: () => Promise.resolve(),
  }
}

function poolOf(count: number, another?: () => ReturnType<typeof plainSlot>) {
  const slots = Array.from({ length: count }, plainSlot)
  // Slots that hold no tree are never compared.
  const git = {} as Git
  return new SlotPool<{ readonly tree: string }, Lent>({
    git,
    slots,
    ...(another === undefined ? {} : { another }),
  })
}

async function microtasks(count: number): Promise<void> {
  for (let done = 0; done < count; done += 1) await Promise.resolve()
}

/** Whatever the pool does besides: lending needs some ten microtasks. */
const INSTANTS = Array.from({ length: 24 }, (_, instant) => instant)

describe('a pool of slots', () => {
  it.each(INSTANTS)('forgets nobody who asks %i microtasks after another', async (instant) => {
    const pool = poolOf(2)
    const lent: Lent[] = []
    const ask = (): void => void pool.lend({ tree: 'a' }).then((slot) => lent.push(slot))
    ask()
    await microtasks(instant)
    ask()
    await turn()
    expect(lent.length).toBe(2)
  })

  it.each(INSTANTS)('gives to who waits what is given back %i microtasks later', async (instant) => {
    const pool = poolOf(1)
    const first = await pool.lend({ tree: 'a' })
    let second: Lent | null = null
    void pool.lend({ tree: 'b' }).then((slot) => (second = slot))
    await microtasks(instant)
    first.release()
    await turn()
    expect(second).not.toBeNull()
  })

  it.each(INSTANTS)('grows for who asks %i microtasks after the last free one went', async (instant) => {
    const pool = poolOf(1, plainSlot)
    const lent: Lent[] = []
    const ask = (): void => void pool.lend({ tree: 'a' }).then((slot) => lent.push(slot))
    ask()
    await microtasks(instant)
    ask()
    await turn()
    expect(lent.length).toBe(2)
  })
})
