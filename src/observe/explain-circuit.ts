import type { CircuitLevel, CircuitState } from '../domain/circuit.ts'
import type { CircuitsExplain, CircuitsHistory } from '../protocol/output/circuits-report.ts'
import { circuitsStatus } from './circuits.ts'
import type { CircuitRow } from './open-readonly.ts'

/** Why a circuit is as it is: what opened it, what it waits for, and what will close it. */
export function explain(row: CircuitRow, { events }: CircuitsHistory, now: number): CircuitsExplain {
  const [circuit] = circuitsStatus([row], now).circuits
  if (circuit === undefined) throw new Error('a circuit has a state')
  const opened = events.findLast(({ kind, to }) => kind === 'state_change' && to === 'open') ?? null
  const lasts = circuit.state === 'open' && circuit.probeAt === null
  return {
    circuit,
    opened,
    guards: GUARDS[row.level],
    waitsFor: lasts ? 'a person' : WAITS_FOR[circuit.state],
    closedBy: lasts ? closedByPerson(row) : CLOSED_BY[circuit.state],
  }
}

const GUARDS: Readonly<Record<CircuitLevel, string>> = {
  stage: 'this stage of this task: no attempt at it starts, other tasks go on',
  worker: 'this worker: it claims no task, the others go on',
  system: 'the whole run: no task is claimed and no agent called; what is verified still lands',
}

const WAITS_FOR: Readonly<Record<CircuitState, string>> = {
  closed: 'nothing',
  open: 'the end of its wait; the next that comes then is a probe',
  half_open: 'the outcome of its probes',
}

const CLOSED_BY: Readonly<Record<CircuitState, string>> = {
  closed: 'it is closed; failures in a row, or their rate, would open it',
  open: 'a probe that succeeds; one that fails makes the wait longer',
  half_open: 'a probe that succeeds; one that fails opens it again',
}

/** A task whose stage is held for good waits for a person as well, and goes on with all its circuits closed. */
function closedByPerson({ level, identifier }: CircuitRow): string {
  const command =
    level === 'stage'
      ? `task retry ${identifier.slice(0, identifier.lastIndexOf(':'))}`
      : `circuits reset ${level}:${identifier}`
  return `orchestrator ${command}, when its cause is mended: all its probes failed`
}
