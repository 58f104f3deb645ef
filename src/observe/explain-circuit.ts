import type { CircuitLevel } from '../domain/circuit.ts'
import { END_WORDS } from '../domain/circuit-end.ts'
import { closingNote } from '../domain/closing-command.ts'
import { counted, untilText } from '../domain/wording.ts'
import type { CircuitsExplain, CircuitsHistory } from '../protocol/output/circuits-report.ts'
import { circuitsStatus, type WatchedCircuit } from './circuits.ts'

/** Why a circuit is as it is: what opened it, what it waits for, and what will close it. */
export function explain(row: WatchedCircuit, { events }: CircuitsHistory, now: number): CircuitsExplain {
  const [circuit] = circuitsStatus([row], now).circuits
  if (circuit === undefined) throw new Error('a circuit has a state')
  const opened = events.findLast(({ kind, to }) => kind === 'state_change' && to === 'open') ?? null
  return {
    circuit,
    opened,
    guards: GUARDS[row.level],
    ...(circuit.state === 'closed' ? CLOSED : whatCloses(circuit, now)),
  }
}

type Closing = Pick<CircuitsExplain, 'waitsFor' | 'closedBy'>

const CLOSED: Closing = {
  waitsFor: 'nothing',
  closedBy: 'it is closed; failures in a row, or their rate, would open it',
}

function whatCloses(circuit: CircuitsExplain['circuit'], now: number): Closing {
  const { state, probeAt, ended, next } = circuit
  const byPerson = `${next}, ${closingNote(ended)}`
  if (ended !== null) {
    const words = END_WORDS[ended]
    return { waitsFor: `no probe: ${words}`, closedBy: next === null ? `nobody has to: ${words}` : byPerson }
  }
  if (state === 'half_open') {
    return {
      waitsFor: outcomeOf(circuit, now),
      closedBy: 'a probe that succeeds; one that fails opens it again',
    }
  }
  if (probeAt === null) return { waitsFor: 'a person', closedBy: `${byPerson}: all its probes failed` }
  return {
    waitsFor: probeAt <= now ? NEXT : 'the end of its wait; the next that comes then is a probe',
    closedBy: 'a probe that succeeds; one that fails makes the wait longer',
  }
}

const NEXT = 'the next that comes, which is a probe'

function outcomeOf({ probes, probesGone, probesUntil }: CircuitsExplain['circuit'], now: number): string {
  if (probesUntil === null) return NEXT
  const lost = untilText(probesUntil, now)
  if (probes > 0)
    return `the outcome of ${counted(probes, 'probe')}, the first of which counts as lost at ${lost}`
  const whose = probesGone === 1 ? 'its probe' : `its ${probesGone} probes`
  return `nothing that comes: the attempt or process of ${whose} is gone; the next is a probe once the run is resumed, or at ${lost}`
}

const GUARDS: Readonly<Record<CircuitLevel, string>> = {
  stage: 'this stage of this task: no attempt at it starts, other tasks go on',
  worker: 'this worker: it claims no task, the others go on',
  system: 'the whole run: no task is claimed and no agent called; what is verified still lands',
}
