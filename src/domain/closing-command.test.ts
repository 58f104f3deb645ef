import { describe, expect, it } from 'vitest'
import { type Circuit, newCircuit } from './circuit.ts'
import type { CircuitEnd } from './circuit-end.ts'
import { closingCommand, closingNote, comebackCommand, retryCommand } from './closing-command.ts'

const OPEN: Circuit = { state: 'open', since: 1, probeAt: null, history: newCircuit(0).history }

describe('the command that lets go on what a circuit holds back', () => {
  it.each<[CircuitEnd | null, string | null]>([
    [null, 'orchestrator circuits reset stage:A:green'],
    ['task_failed', 'orchestrator task retry A'],
    ['task_needs_human', 'orchestrator task retry A'],
    ['task_cancelled', 'orchestrator task retry A'],
    ['task_completed', null],
    ['run_ended', null],
  ])('where the task of a stage is %s is %s', (ended, command) => {
    expect(closingCommand({ level: 'stage', identifier: 'A:green', ended, circuit: OPEN })).toBe(command)
  })

  it('is a reset for a worker and the run, and none where it is closed', () => {
    const worker = { level: 'worker', identifier: 'worker_1', ended: 'worker_retired' } as const
    expect(closingCommand({ ...worker, circuit: OPEN })).toBe('orchestrator circuits reset worker:worker_1')
    expect(closingCommand({ ...worker, circuit: newCircuit(0) })).toBeNull()
  })

  it('brings a worker that has retired back with the next start of the run alone', () => {
    const start = 'when its cause is mended; the worker comes back with the next start of the run'
    expect([closingNote('worker_retired'), closingNote(null)]).toEqual([start, 'when its cause is mended'])
    const retired = { identifier: 'worker_1', ended: 'worker_retired' } as const
    expect(comebackCommand(retired, { live: false })).toBe('orchestrator run --resume')
    expect(comebackCommand(retired, { live: true })).toBeNull()
    const task = { identifier: 'A:green', ended: 'task_failed' } as const
    expect(comebackCommand(task, { live: true })).toBe('orchestrator task retry A')
    expect(comebackCommand({ ...retired, ended: 'run_ended' }, { live: false })).toBeNull()
  })

  it('is still owed to a task once its circuit is closed', () => {
    const green = { level: 'stage', identifier: 'A:green' } as const
    expect(retryCommand({ ...green, ended: 'task_needs_human' })).toBe('orchestrator task retry A')
    expect(retryCommand({ ...green, ended: null })).toBeNull()
  })
})
