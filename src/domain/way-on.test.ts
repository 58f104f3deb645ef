import { describe, expect, it } from 'vitest'
import { type Circuit, type CircuitLevel, newCircuit } from './circuit.ts'
import { type RunPause, wayOn } from './way-on.ts'

const { history } = newCircuit(0)
const open = (probeAt: number | null): Circuit => ({ state: 'open', since: 1, probeAt, history })
const row = (level: CircuitLevel, identifier: string, circuit: Circuit) =>
  ({ level, identifier, circuit }) as const
const system = (circuit: Circuit) => row('system', 'system', circuit)
const worker = (number: number, circuit: Circuit) => row('worker', `worker_${number}`, circuit)

const BY_SYSTEM: RunPause = { at: 10, by: 'circuit', level: 'system', resumeAt: null }
const BY_WORKERS: RunPause = { ...BY_SYSTEM, level: 'worker' }
const RESET = 'orchestrator circuits reset system:system'
const RESET_ALL = 'orchestrator circuits reset all --force'

describe('the way on of a run that rests', () => {
  it.each<[string, RunPause | null, ReturnType<typeof row>[], ReturnType<typeof wayOn>]>([
    ['is to resume it', null, [], { reset: null, at: null }],
    ['has a time where that of the run waits', BY_SYSTEM, [system(open(900))], { reset: null, at: 900 }],
    ['has none once it is over', BY_SYSTEM, [system(open(100))], { reset: null, at: null }],
    [
      'asks for a person where that of the run is used up',
      BY_SYSTEM,
      [system(open(null)), worker(1, open(500))],
      { reset: RESET, at: null },
    ],
    ['asks for nobody once that is reset', BY_SYSTEM, [system(newCircuit(20))], { reset: null, at: null }],
    [
      'has the time of the first worker that is free again',
      BY_WORKERS,
      [worker(1, open(null)), worker(2, open(900)), worker(3, open(700))],
      { reset: null, at: 700 },
    ],
    [
      'waits for the run and for its workers',
      BY_WORKERS,
      [system(open(800)), worker(1, open(700))],
      { reset: null, at: 800 },
    ],
    [
      'asks for a person where every worker is used up',
      BY_WORKERS,
      [worker(1, open(null)), worker(2, open(null)), worker(3, newCircuit(5))],
      { reset: RESET_ALL, at: null },
    ],
    [
      'asks for one reset where the run is used up as well',
      BY_WORKERS,
      [system(open(null)), worker(1, open(null))],
      { reset: RESET_ALL, at: null },
    ],
    [
      'asks for nobody once a worker is reset',
      BY_WORKERS,
      [worker(1, newCircuit(20)), worker(2, open(null))],
      { reset: null, at: null },
    ],
    [
      'is left alone by workers that are held where others paused it',
      { at: 10, by: 'provider_limit', level: null, resumeAt: 600 },
      [worker(1, open(null))],
      { reset: null, at: 600 },
    ],
    [
      'has no time that is past',
      { at: 10, by: 'provider_limit', level: null, resumeAt: 50 },
      [],
      { reset: null, at: null },
    ],
  ])('%s', (_, pause, circuits, way) => {
    expect(wayOn({ pause, circuits, now: 100 })).toEqual(way)
  })
})
