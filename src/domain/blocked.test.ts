import { describe, expect, it } from 'vitest'
import type { Attempt, AttemptOutcome } from './attempt.ts'
import { repairAfterBlocked } from './blocked.ts'
import { DEFAULT_LIMITS } from './limits.ts'
import { nextStep } from './next-step.ts'
import type { Refusal } from './verdict.ts'

const WEAK: Refusal = { code: 'weak_test', fact: 'passes against nothing', hint: 'assert', details: [] }

describe('an agent that says it cannot go on', () => {
  it('uses its attempt up, and its reason goes to the next one', () => {
    const step = after([blocked('the API key is missing')])
    expect(step).toMatchObject({ do: 'attempt', stage: 'red' })
    expect(step.do === 'attempt' ? step.repair.map(({ fact }) => fact).join() : '').toContain(
      'the API key is missing',
    )
  })

  it('makes the task fail with that reason where every attempt says so', () => {
    const all = Array.from({ length: DEFAULT_LIMITS.redFix + 1 }, () => blocked('the API key is missing'))
    expect(after(all)).toMatchObject({
      do: 'fail',
      reason: expect.stringContaining('the API key is missing'),
    })
  })

  it('takes nothing away from what the attempt before was refused for', () => {
    const refused: AttemptOutcome = { kind: 'refused', refusals: [WEAK], base: 'b', tree: null }
    const step = after([refused, blocked('first'), blocked('second')].slice(0, 2))
    expect(step).toMatchObject({
      stage: 'red_fix',
      repair: [WEAK, { fact: expect.stringContaining('first') }],
    })
  })

  it('hands on the latest of several reasons alone', () => {
    const facts = repairAfterBlocked(repairAfterBlocked([WEAK], 'first'), 'second').map(({ fact }) => fact)
    expect(facts).toHaveLength(2)
    expect(facts.join()).toContain('second')
    expect(facts.join()).not.toContain('first')
  })
})

function blocked(reason: string): AttemptOutcome {
  return { kind: 'gave_up', cause: 'blocked', detail: reason }
}

function after(outcomes: readonly AttemptOutcome[]) {
  const attempts = outcomes.map((outcome, index): Attempt => {
    const stage = outcomes.slice(0, index).some(({ kind }) => kind === 'refused') ? 'red_fix' : 'red'
    return { id: index + 1, task: 'T', stage, number: index + 1, generation: 1, outcome }
  })
  const limits = { ...DEFAULT_LIMITS, refactor: false }
  return nextStep({ kind: 'implement' }, { attempts, returns: [] }, { limits, now: 0, generation: 1 })
}
