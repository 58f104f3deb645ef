import { describe, expect, it } from 'vitest'
import type { AcceptedWork, Attempt, AttemptOutcome, LandingReturn } from './attempt.ts'
import { dueStep } from './due-step.ts'
import { DEFAULT_LIMITS } from './limits.ts'
import { UNSAID } from './plan.ts'
import type { Stage } from './stage.ts'
import type { RefusalCode } from './verdict.ts'

const red: AcceptedWork = { base: 'base', red: 'red', green: null, evidence: 'e1' }
const green: AcceptedWork = { ...red, green: 'green', evidence: 'e2' }

describe('what a person tries', () => {
  it('uses up no limit, however often it is refused', () => {
    const often = Array.from({ length: 30 }, (): Entry => ['red_fix', refused('weak_test', 't'), true])
    expect(after([['red', refused('weak_test', 't'), false], ...often])).toMatchObject({
      do: 'attempt',
      stage: 'red_fix',
    })
    const agents = Array.from(
      { length: 2 },
      (_, index): Entry => ['red_fix', refused('weak_test', `t${index}`), false],
    )
    expect(after([['red', refused('weak_test', 't'), false], ...agents])).toMatchObject({ do: 'fail' })
  })

  it('is theirs to hand in again at once, however often it was cut off or could not be judged', () => {
    const often = Array.from({ length: 30 }, (_, index): Entry => ['green', lost(index), true])
    expect(after([['red', accepted(red), false], ...often])).toMatchObject({ do: 'attempt', stage: 'green' })
    expect(
      after([
        ['red', accepted(red), false],
        ['green', lost(0), false],
      ]),
    ).toMatchObject({ do: 'pause' })
  })

  it('is gone on from by whoever comes next', () => {
    const history: Entry[] = [
      ['red', accepted(red), true],
      ['green', refused('tests_failed', 'theirs'), true],
    ]
    expect(after(history)).toMatchObject({
      stage: 'green',
      start: { tree: 'theirs' },
      repair: [{ code: 'tests_failed' }],
    })
  })
})

describe('work that a person sends back', () => {
  const verified: Entry[] = [
    ['red', accepted(red), false],
    ['green', accepted(green), false],
    ['verify', accepted(green), false],
  ]

  it('goes to FIX with what they said, on the base that it had', () => {
    expect(after(verified, sentBack('person_refused'))).toMatchObject({
      stage: 'fix',
      start: { base: 'base', work: green, tree: null },
      repair: [{ code: 'person_refused' }],
    })
  })

  it('goes to RED_FIX where its tests have to be different', () => {
    expect(after(verified, sentBack('tests_refused'))).toMatchObject({ stage: 'red_fix' })
  })
})

type Entry = readonly [stage: Stage, outcome: AttemptOutcome, byPerson: boolean]

function after(entries: readonly Entry[], returns: readonly LandingReturn[] = []) {
  const attempts = entries.map(
    ([stage, outcome, byPerson], index): Attempt => ({
      id: index + 1,
      task: 'A',
      stage,
      number: index + 1,
      generation: 1,
      outcome,
      ...(byPerson ? { byPerson } : {}),
    }),
  )
  const definition = {
    ...UNSAID,
    key: 'A',
    title: '',
    goal: '',
    suite: 'main',
    criteria: [],
    ...PATHS,
  }
  const task = { definition, generation: 1, acceptedSince: 1 }
  return dueStep({ task, history: { attempts, returns }, limits: DEFAULT_LIMITS, now: 0 })
}

const PATHS = {
  kind: 'implement',
  tests: [],
  sources: [],
  allow: [],
  exports: [],
  verify: [],
  locks: [],
} as const

function sentBack(kind: LandingReturn['kind']): LandingReturn[] {
  const refusal = { code: 'person_refused', fact: 'no', hint: '', details: [] } as const
  return [{ task: 'A', generation: 1, afterAttempt: 3, head: 'base', kind, refusal }]
}

function accepted(work: AcceptedWork): AttemptOutcome {
  return { kind: 'accepted', work }
}

function lost(index: number): AttemptOutcome {
  const cause = index % 2 === 0 ? 'infrastructure' : 'crash'
  return { kind: 'lost', cause, detail: 'the disk was full', retryAt: 1_000 }
}

function refused(code: RefusalCode, tree: string): AttemptOutcome {
  return { kind: 'refused', refusals: [{ code, fact: code, hint: '', details: [] }], base: 'base', tree }
}
