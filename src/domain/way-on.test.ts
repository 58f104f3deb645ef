import { describe, expect, it } from 'vitest'
import { type Circuit, type CircuitLevel, newCircuit } from './circuit.ts'
import { type RunPause, wayOn } from './way-on.ts'

const { history } = newCircuit(0)
const open = (probeAt: number | null): Circuit => ({ state: 'open', since: 1, probeAt, history })
const row = (level: CircuitLevel, identifier: string, circuit: Circuit) =>
  ({ level, identifier, circuit }) as const
const system = (circuit: Circuit) => row('system', 'system', circuit)
const worker = (number: number, circuit: Circuit) => row('worker', `worker_${number}`, circuit)
const usedUp = (...numbers: readonly number[]) => numbers.map((number) => worker(number, open(null)))
const probed: Circuit = {
  state: 'half_open',
  since: 1,
  probes: [{ id: 'them', until: 500 }],
  successes: 0,
  history,
}

const OF_ONE: RunPause = { workers: 1, limitUntil: null }
const OF_TWO: RunPause = { workers: 2, limitUntil: null }
const RESET = 'orchestrator circuits reset system:system'
const RESET_ALL = 'orchestrator circuits reset all --force'

type Row = ReturnType<typeof row>

describe('the way on of a run that rests', () => {
  it.each<[string, RunPause | null, readonly Row[], ReturnType<typeof wayOn>]>([
    ['is to resume it', null, [], { reset: null, at: null }],
    ['has a time where that of the run waits', OF_TWO, [system(open(900))], { reset: null, at: 900 }],
    ['has none once it is over', OF_TWO, [system(open(100))], { reset: null, at: null }],
    [
      'asks for a person where that of the run is used up',
      OF_TWO,
      [system(open(null)), worker(1, open(500))],
      { reset: RESET, at: null },
    ],
    [
      'asks for a person and for time where all its workers wait as well',
      OF_ONE,
      [system(open(null)), worker(1, open(500))],
      { reset: RESET, at: 500 },
    ],
    ['asks for nobody once that is reset', OF_TWO, [system(newCircuit(20))], { reset: null, at: null }],
    [
      'has the time of the first worker that is free again',
      OF_TWO,
      [worker(1, open(900)), worker(2, open(700))],
      { reset: null, at: 700 },
    ],
    [
      'waits for the run and for its workers, whichever is longer',
      OF_TWO,
      [system(open(300)), worker(1, open(700)), worker(2, open(800))],
      { reset: null, at: 700 },
    ],
    [
      'is free where a worker never failed, or closed again',
      OF_TWO,
      [worker(1, open(900)), worker(2, newCircuit(5))],
      { reset: null, at: null },
    ],
    [
      'is free where the next of a worker is a probe',
      OF_ONE,
      [worker(1, open(100))],
      { reset: null, at: null },
    ],
    ['is free where a worker is probed', OF_ONE, [worker(1, probed)], { reset: null, at: null }],
    [
      'goes on with the worker that replaces one that is used up',
      OF_ONE,
      usedUp(1, 2, 3),
      { reset: null, at: null },
    ],
    [
      'waits for the last that replaced others',
      OF_TWO,
      [...usedUp(1, 3, 5, 2, 4, 6, 8), worker(7, open(900))],
      { reset: null, at: 900 },
    ],
    [
      'asks for a person where every worker of every place is used up',
      OF_ONE,
      usedUp(1, 2, 3, 4),
      { reset: RESET_ALL, at: null },
    ],
    [
      'asks for one reset where the run is used up or waits as well',
      OF_ONE,
      [system(open(300)), ...usedUp(1, 2, 3, 4)],
      { reset: RESET_ALL, at: null },
    ],
    [
      'asks for nobody once a worker is reset',
      OF_ONE,
      [worker(1, newCircuit(20)), ...usedUp(2, 3, 4)],
      { reset: null, at: null },
    ],
    [
      'counts no worker from outside, whether it is held',
      OF_ONE,
      [...usedUp(1, 2, 3), row('worker', 'mine', open(null))],
      { reset: null, at: null },
    ],
    [
      'or not',
      OF_ONE,
      [worker(1, open(900)), row('worker', 'mine', newCircuit(20))],
      { reset: null, at: 900 },
    ],
    [
      'waits for what paused it and for circuits, whichever is longer',
      { ...OF_ONE, limitUntil: 600 },
      [system(open(300))],
      { reset: null, at: 600 },
    ],
    ['also after a reset', { ...OF_ONE, limitUntil: 600 }, usedUp(1, 2, 3, 4), { reset: RESET_ALL, at: 600 }],
    ['has no time that is past', { ...OF_ONE, limitUntil: 50 }, [], { reset: null, at: null }],
  ])('%s', (_, pause, circuits, way) => {
    expect(wayOn({ pause, circuits, now: 100 })).toEqual(way)
  })
})
