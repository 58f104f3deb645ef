import type { CircuitLevel } from './circuit.ts'
import type { Guarding } from './circuit-end.ts'
import { circuitWait, type Holding, isHolding } from './circuit-wait.ts'

/** A circuit that holds something back now. */
type HeldCircuit<Row> = Row & {
  readonly wait: Holding
}

/** What holds work back now that would go on by itself: what holds most back first. */
export function heldCircuits<Row extends Guarding>(rows: readonly Row[], now: number): HeldCircuit<Row>[] {
  return rows
    .filter(({ ended }) => ended === null)
    .flatMap((row) => {
      const wait = circuitWait(row.circuit, now)
      return isHolding(wait) ? [{ ...row, wait }] : []
    })
    .toSorted(byWeight)
}

/** What a person closes first: the run before its workers before stages, and before all that has ended. */
export function byWeight(left: Weighed, right: Weighed): number {
  return (
    Number(left.ended !== null) - Number(right.ended !== null) || WEIGHTS[left.level] - WEIGHTS[right.level]
  )
}

type Weighed = Pick<Guarding, 'level' | 'ended'>

const WEIGHTS: Readonly<Record<CircuitLevel, number>> = { system: 0, worker: 1, stage: 2 }
