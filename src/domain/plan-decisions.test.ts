import { describe, expect, it } from 'vitest'
import { decisionsFor } from './plan-decisions.ts'

const KEYS = new Set(['A-1', 'A-12', 'B'])

describe('decisionsFor', () => {
  it('gives those that name the task, and those that name none', () => {
    const decisions = [
      'Amounts are integers.',
      'A-12 keeps its own cache.',
      { id: 'D-3', title: 'One parser', decision: 'A-1 and B share it', tasks: ['A-1', 'B'] },
      { tasks: ['B'], decision: 'B waits.' },
      { effort: 3 },
    ]
    expect(decisionsFor('A-1', decisions, KEYS)).toEqual([
      'Amounts are integers.',
      'D-3: One parser: A-1 and B share it',
      '{"effort":3}',
    ])
    expect(decisionsFor('B', decisions, KEYS)).toContain('B waits.')
    expect(decisionsFor('A-12', ['As A-12.'], KEYS)).toEqual(['As A-12.'])
  })
})
