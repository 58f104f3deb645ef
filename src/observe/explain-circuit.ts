import type { CircuitLevel } from '../domain/circuit.ts'
import { END_WORDS } from '../domain/circuit-end.ts'
import type { CircuitsExplain, CircuitsHistory } from '../protocol/output/circuits-report.ts'
import { circuitsStatus } from './circuits.ts'
import type { GuardedCircuit } from './open-readonly.ts'

/** Why a circuit is as it is: what opened it, what it waits for, and what will close it. */
export function explain(row: GuardedCircuit, { events }: CircuitsHistory, now: number): CircuitsExplain {
  const [circuit] = circuitsStatus([row], now).circuits
  if (circuit === undefined) throw new Error('a circuit has a state')
  const opened = events.findLast(({ kind, to }) => kind === 'state_change' && to === 'open') ?? null
  return {
    circuit,
    opened,
    guards: GUARDS[row.level],
    ...(circuit.state === 'closed' ? CLOSED : whatCloses(circuit)),
  }
}

type Closing = Pick<CircuitsExplain, 'waitsFor' | 'closedBy'>

const CLOSED: Closing = {
  waitsFor: 'nothing',
  closedBy: 'it is closed; failures in a row, or their rate, would open it',
}

function whatCloses({ state, probeAt, ended, next }: CircuitsExplain['circuit']): Closing {
  const byPerson = `${next}, when its cause is mended`
  if (ended !== null) {
    const words = END_WORDS[ended]
    return { waitsFor: `no probe: ${words}`, closedBy: next === null ? `nobody has to: ${words}` : byPerson }
  }
  if (state === 'half_open') {
    return {
      waitsFor: 'the outcome of its probes',
      closedBy: 'a probe that succeeds; one that fails opens it again',
    }
  }
  if (probeAt === null) return { waitsFor: 'a person', closedBy: `${byPerson}: all its probes failed` }
  return {
    waitsFor: 'the end of its wait; the next that comes then is a probe',
    closedBy: 'a probe that succeeds; one that fails makes the wait longer',
  }
}

const GUARDS: Readonly<Record<CircuitLevel, string>> = {
  stage: 'this stage of this task: no attempt at it starts, other tasks go on',
  worker: 'this worker: it claims no task, the others go on',
  system: 'the whole run: no task is claimed and no agent called; what is verified still lands',
}
