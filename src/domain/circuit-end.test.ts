import { describe, expect, it } from 'vitest'
import { circuitEnd } from './circuit-end.ts'
import { TASK_STATES } from './task.ts'

describe('the end of what a circuit guards', () => {
  it('is that of a task that goes on no more by itself', () => {
    const ends = TASK_STATES.map((task) => circuitEnd({ task, worker: null })).filter((end) => end !== null)
    expect(ends).toEqual(['task_completed', 'task_failed', 'task_needs_human', 'task_cancelled'])
  })

  it('is that of a worker in whose place another works', () => {
    const workers = ['idle', 'working', 'stopped', null] as const
    expect(workers.map((worker) => circuitEnd({ task: null, worker }))).toEqual([
      null,
      null,
      'worker_retired',
      null,
    ])
  })
})
