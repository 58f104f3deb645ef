import { describe, expect, it } from 'vitest'
import type { Attempt } from './attempt.ts'
import { chooseModel, type ModelQuestion } from './choose-model.ts'
import type { Stage } from './stage.ts'
import type { Tier } from './tier.ts'

describe('chooseModel', () => {
  it.each(['red', 'red_fix'] as const)('gives the highest tier to %s, which writes tests', (stage) => {
    expect(chosen({ stage, complexity: 'low' })).toEqual({ tier: 'high', why: 'writes_tests', refusals: 0 })
  })

  it.each(['low', 'medium', 'high'] as const)(
    'gives a first GREEN of a %s task its own tier',
    (complexity) => {
      expect(chosen({ complexity })).toEqual({ tier: complexity, why: 'complexity', refusals: 0 })
    },
  )

  it('rises one tier with the second refusal of a stage, and another with the fourth', () => {
    const tiers = [0, 1, 2, 3, 4, 5, 6].map(
      (refusals) => chosen({ complexity: 'low', attempts: tried('green', 'refused', refusals) }).tier,
    )
    expect(tiers).toEqual(['low', 'low', 'medium', 'medium', 'high', 'high', 'high'])
  })

  it('says what raised it', () => {
    expect(chosen({ attempts: tried('green', 'refused', 2) })).toEqual({
      tier: 'high',
      why: 'refusals',
      refusals: 2,
    })
  })

  it('counts an agent that gave up, and nothing that was lost, disputed or of another stage', () => {
    const attempts = [
      ...tried('green', 'gave_up', 1),
      ...tried('green', 'lost', 5),
      ...tried('green', 'disputed', 5),
      ...tried('red', 'refused', 5),
    ]
    expect(chosen({ attempts })).toMatchObject({ tier: 'medium', refusals: 1 })
  })

  it('counts anew after a task was retried, and goes down no more', () => {
    const attempts = tried('green', 'refused', 2).map((attempt) => ({ ...attempt, tier: 'high' as const }))
    expect(chosen({ attempts, generation: 2 })).toEqual({ tier: 'high', why: 'went_before', refusals: 0 })
  })

  it('gives FIX no lower a tier than GREEN had', () => {
    const attempts = [{ ...attempt('green', 'accepted'), tier: 'high' as const }]
    expect(chosen({ stage: 'fix', complexity: 'low', attempts })).toMatchObject({
      tier: 'high',
      why: 'went_before',
    })
  })

  it('asks nothing of the tests for the tier of the sources', () => {
    const attempts = [{ ...attempt('red', 'accepted'), tier: 'high' as const }]
    expect(chosen({ complexity: 'low', attempts })).toMatchObject({ tier: 'low', why: 'complexity' })
  })

  it('never rises where that is configured so', () => {
    expect(chosen({ raiseAfter: 0, attempts: tried('green', 'refused', 9) })).toMatchObject({
      tier: 'medium',
    })
  })

  it('never goes down from one attempt of a stage to the next, whatever happens', () => {
    for (const complexity of ['low', 'medium', 'high'] as const) {
      for (const raiseAfter of [0, 1, 2, 3]) {
        const attempts: Attempt[] = []
        let before: Tier = 'low'
        for (const outcome of ['refused', 'lost', 'gave_up', 'refused', 'disputed', 'refused'] as const) {
          const { tier } = chosen({ complexity, raiseAfter, attempts })
          expect(ORDER.indexOf(tier)).toBeGreaterThanOrEqual(ORDER.indexOf(before))
          attempts.push({ ...attempt('green', outcome), tier })
          before = tier
        }
      }
    }
  })
})

const ORDER = ['low', 'medium', 'high']

function chosen(question: Partial<ModelQuestion>): ReturnType<typeof chooseModel> {
  return chooseModel({
    stage: 'green',
    complexity: 'medium',
    attempts: [],
    generation: 1,
    raiseAfter: 2,
    ...question,
  })
}

function tried(stage: Stage, outcome: Attempt['outcome']['kind'], times: number): Attempt[] {
  return Array.from({ length: times }, () => attempt(stage, outcome))
}

function attempt(stage: Stage, kind: Attempt['outcome']['kind']): Attempt {
  return { id: 1, task: 'A', stage, number: 1, generation: 1, outcome: { kind } as Attempt['outcome'] }
}
