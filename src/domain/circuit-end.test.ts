import { describe, expect, it } from 'vitest'
import { circuitEnd } from './circuit-end.ts'
import { TASK_STATES } from './task.ts'

describe('the end of what a circuit guards', () => {
  it('is that of a task that goes on no more by itself', () => {
    const ends = TASK_STATES.map((task) => circuitEnd({ task, worker: null, runEnded: false })).filter(
      (end) => end !== null,
    )
    expect(ends).toEqual(['task_completed', 'task_failed', 'task_needs_human', 'task_cancelled'])
  })

  it('is that of a worker in whose place another works', () => {
    const workers = ['idle', 'working', 'stopped', null] as const
    expect(workers.map((worker) => circuitEnd({ task: null, worker, runEnded: false }))).toEqual([
      null,
      null,
      'worker_retired',
      null,
    ])
  })

  it('is that of the run once it has ended, but for a task that a person can let go on', () => {
    const ended = { task: null, worker: null, runEnded: true }
    expect(circuitEnd(ended)).toBe('run_ended')
    expect(circuitEnd({ ...ended, worker: 'idle' })).toBe('run_ended')
    expect(circuitEnd({ ...ended, worker: 'stopped' })).toBe('run_ended')
    expect(circuitEnd({ ...ended, task: 'blocked' })).toBe('run_ended')
    expect(circuitEnd({ ...ended, task: 'needs_human' })).toBe('task_needs_human')
  })
})
