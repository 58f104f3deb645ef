import { expect, it } from 'vitest'
import { endProcess, isAlive, processIdentity } from '../../src/runtime/process-identity.ts'

it('takes no number for a living process that the system takes for many, and ends none by it', async () => {
  for (const pid of [-1, 0, 1.5, Number.NaN, -process.pid]) {
    const damaged = { ...processIdentity(), pid }
    expect(isAlive(damaged)).toBe(false)
    await endProcess(damaged)
  }
  expect(isAlive(processIdentity())).toBe(true)
})
