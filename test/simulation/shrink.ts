import type { Fault } from './faults.ts'
import { simulate, type Simulated } from './simulate.ts'

interface Shrunk {
  readonly simulated: Simulated
  readonly without: ReadonlySet<Fault>
}

/**
 * Leaves out one thing after the other that came about, as long as the same promise breaks; promises are looked at after each
 * step, so that what is left ends with the step that breaks it.
 */
export async function shrink(simulated: Simulated): Promise<Shrunk> {
  let shrunk: Shrunk = { simulated, without: new Set() }
  if (simulated.violation === null) return shrunk
  const { promise } = simulated.violation
  for (const fault of simulated.faults.keys()) {
    const without = new Set([...shrunk.without, fault])
    const other = await simulate({ seed: simulated.seed, without })
    const isShorter = other.trace.length <= shrunk.simulated.trace.length
    if (other.violation?.promise === promise && isShorter) shrunk = { simulated: other, without }
  }
  return shrunk
}
