import { describe, expect, it } from 'vitest'
import type { AcceptedWork, Attempt, AttemptOutcome, LandingReturn } from './attempt.ts'
import { DEFAULT_LIMITS } from './limits.ts'
import { type Step, nextStep } from './next-step.ts'
import type { TaskKind } from './plan.ts'
import type { Stage } from './stage.ts'
import type { Refusal, RefusalCode } from './verdict.ts'

const red: AcceptedWork = { base: 'base', red: 'red', green: null, evidence: 'e1' }
const green: AcceptedWork = { ...red, green: 'green', evidence: 'e2' }

describe('nextStep', () => {
  it('takes a clean task through RED, GREEN and VERIFY to landing with two agent calls', () => {
    const history: Entry[] = []
    expect(after(history)).toMatchObject({
      do: 'attempt',
      stage: 'red',
      start: { base: null, work: null, tree: null },
    })
    history.push(['red', accepted(red)])
    expect(after(history)).toMatchObject({
      do: 'attempt',
      stage: 'green',
      start: { base: 'base', work: red },
    })
    history.push(['green', accepted(green)])
    expect(after(history)).toMatchObject({ do: 'attempt', stage: 'verify' })
    history.push(['verify', accepted(green)])
    expect(after(history)).toEqual({ do: 'land', work: green })
  })

  it('repairs a refused RED twice with the facts and the tree of the refusal, then fails', () => {
    const history: Entry[] = [['red', refused('unexpected_green', 't1')]]
    expect(after(history)).toMatchObject({
      stage: 'red_fix',
      start: { base: 'base', tree: 't1' },
      repair: [{ code: 'unexpected_green' }],
    })
    history.push(['red_fix', refused('syntax_error', 't2')])
    expect(after(history)).toMatchObject({ stage: 'red_fix' })
    history.push(['red_fix', refused('weak_test', 't3')])
    expect(after(history)).toMatchObject({ do: 'fail', refusal: { code: 'weak_test' } })
  })

  it('ends RED at once when a repair repeats an earlier tree or an earlier refusal', () => {
    expect(
      after([
        ['red', refused('weak_test', 't1')],
        ['red_fix', refused('syntax_error', 't1')],
      ]),
    ).toMatchObject({ do: 'fail' })
    expect(
      after([
        ['red', refused('weak_test', 't1')],
        ['red_fix', refused('weak_test', 't2')],
      ]),
    ).toMatchObject({ do: 'fail' })
  })

  it('tries GREEN three times, going on from the refused tree', () => {
    const history: Entry[] = [
      ['red', accepted(red)],
      ['green', refused('tests_failed', 'g1')],
    ]
    expect(after(history)).toMatchObject({ stage: 'green', start: { base: 'base', work: red, tree: 'g1' } })
    history.push(['green', { kind: 'gave_up', cause: 'stalled', detail: 'silent for 10 minutes' }])
    expect(after(history)).toMatchObject({ stage: 'green' })
    history.push(['green', refused('tests_failed', 'g2')])
    expect(after(history)).toMatchObject({
      do: 'fail',
      reason: expect.stringContaining("GREEN's 3 attempts are used up") as string,
    })
    const limits = { ...DEFAULT_LIMITS, refactor: false, green: 1 }
    expect(after(history.slice(0, 2), [], { limits })).toMatchObject({
      reason: expect.stringContaining("GREEN's 1 attempt is used up") as string,
    })
  })

  it('repeats RED, not RED_FIX, when the agent gave up and left no tree to repair', () => {
    expect(after([['red', { kind: 'gave_up', cause: 'crash', detail: 'exit 1' }]])).toMatchObject({
      stage: 'red',
    })
  })

  it('sends a refused VERIFY to FIX and RE_VERIFY, three times', () => {
    const history: Entry[] = [
      ['red', accepted(red)],
      ['green', accepted(green)],
    ]
    history.push(['verify', refused('check_failed', 'green-tree')])
    for (let round = 1; round <= 3; round++) {
      expect(after(history)).toMatchObject({ stage: 'fix', repair: [{ code: 'check_failed' }] })
      history.push(['fix', accepted(green)])
      expect(after(history)).toMatchObject({ stage: 're_verify' })
      history.push(['re_verify', refused('check_failed', `fix-${round}`)])
    }
    expect(after(history)).toMatchObject({ do: 'fail', reason: expect.stringContaining('FIX') as string })
  })

  it('gives a dispute to RED_FIX on a fresh tree; a rejected one counts against GREEN', () => {
    const history: Entry[] = [
      ['red', accepted(red)],
      ['green', refused('tests_failed', 'g1')],
    ]
    history.push(['green', { kind: 'disputed', reason: 'expects 3 for 1 + 1' }])
    expect(after(history)).toMatchObject({
      stage: 'red_fix',
      dispute: 'expects 3 for 1 + 1',
      start: { work: red, tree: null },
    })
    history.push(['red_fix', { kind: 'dispute_rejected' }])
    expect(after(history)).toMatchObject({ stage: 'green', dispute: null })
    history.push(['green', refused('tests_failed', 'g2')])
    expect(after(history)).toMatchObject({ do: 'fail' })
  })

  it('starts GREEN afresh after an upheld dispute and keeps its count', () => {
    const mended = { ...red, red: 'red-2' }
    const history: Entry[] = [
      ['red', accepted(red)],
      ['green', refused('tests_failed', 'g1')],
    ]
    history.push(['green', { kind: 'disputed', reason: 'wrong' }], ['red_fix', accepted(mended)])
    expect(after(history)).toMatchObject({ stage: 'green', start: { work: mended, tree: null } })
    history.push(['green', refused('tests_failed', 'g2')], ['green', refused('tests_failed', 'g3')])
    expect(after(history)).toMatchObject({ do: 'fail' })
  })

  it('counts a rejected dispute of FIX against FIX and goes on where FIX was', () => {
    const history: Entry[] = [
      ['red', accepted(red)],
      ['green', accepted(green)],
      ['verify', refused('check_failed', 'v1')],
      ['fix', refused('tests_failed', 'f1')],
      ['fix', { kind: 'disputed', reason: 'wrong' }],
    ]
    expect(after(history)).toMatchObject({ stage: 'red_fix', dispute: 'wrong' })
    history.push(['red_fix', { kind: 'dispute_rejected' }])
    expect(after(history)).toMatchObject({
      stage: 'fix',
      start: { tree: 'f1' },
      repair: [{ code: 'tests_failed' }],
    })
    history.push(['fix', refused('tests_failed', 'f2')])
    expect(after(history)).toMatchObject({ do: 'fail', reason: expect.stringContaining('FIX') as string })
  })

  it('keeps the new head when FIX disputes a test after a landing return', () => {
    const history: Entry[] = [
      ['red', accepted(red)],
      ['green', accepted(green)],
      ['verify', accepted(green)],
    ]
    history.push(['fix', { kind: 'disputed', reason: 'wrong' }])
    expect(after(history, [returned('sources_conflict', 3)])).toMatchObject({
      stage: 'red_fix',
      start: { base: 'new-head', work: green },
    })
  })

  it('rejects a dispute whose RED_FIX repeats itself or is used up, instead of failing the task', () => {
    const history: Entry[] = [
      ['red', accepted(red)],
      ['green', { kind: 'disputed', reason: 'wrong' }],
    ]
    history.push(['red_fix', refused('weak_test', 't1')])
    expect(after(history)).toMatchObject({ stage: 'red_fix', dispute: 'wrong' })
    expect(after([...history, ['red_fix', refused('weak_test', 't1')]])).toMatchObject({
      stage: 'green',
      dispute: null,
    })
    history.push(['red_fix', refused('syntax_error', 't2')])
    expect(after(history)).toMatchObject({ stage: 'green', dispute: null, start: { work: red } })
  })

  it('gives RED_FIX two attempts after a landing return, not three', () => {
    const history: Entry[] = [
      ['red', accepted(red)],
      ['green', accepted(green)],
      ['verify', accepted(green)],
    ]
    history.push(['red_fix', refused('weak_test', 't1')])
    expect(after(history, [returned('tests_conflict', 3)])).toMatchObject({ stage: 'red_fix' })
    history.push(['red_fix', refused('syntax_error', 't2')])
    expect(after(history, [returned('tests_conflict', 3)])).toMatchObject({ do: 'fail' })
  })

  it('asks a person after more disputes than allowed', () => {
    const history: Entry[] = [['red', accepted(red)]]
    for (const work of ['r1', 'r2']) {
      history.push(
        ['green', { kind: 'disputed', reason: 'wrong' }],
        ['red_fix', accepted({ ...red, red: work })],
      )
    }
    history.push(['green', { kind: 'disputed', reason: 'still wrong' }])
    expect(after(history)).toMatchObject({
      do: 'need_human',
      reason: expect.stringContaining('still wrong') as string,
    })
  })

  it('never counts what was lost, waits until its retry time, and gives up after six losses in a row', () => {
    const history: Entry[] = []
    for (let loss = 1; loss <= 5; loss++) history.push(['red', lost('infrastructure', 100 * loss)])
    expect(after(history, [], { now: 400 })).toMatchObject({ do: 'pause', until: 500 })
    expect(after(history, [], { now: 500 })).toMatchObject({ do: 'attempt', stage: 'red' })
    history.push(['red', lost('infrastructure', 600)])
    expect(after(history, [], { now: 600 })).toMatchObject({ do: 'need_human' })
    for (let loss = 1; loss <= 30; loss++)
      history.push(['red', lost('provider_limit', null)], ['red', lost('crash', null)])
    expect(after(history.slice(6))).toMatchObject({ do: 'attempt', stage: 'red' })
  })

  it('asks a person about a task that a limit stops again and again, whoever says that there is one', () => {
    const history: Entry[] = [['red', refused('no_change', null)]]
    for (let limit = 1; limit < 100; limit++) history.push(['red', lost('provider_limit', null)])
    expect(after(history)).toMatchObject({ do: 'attempt' })
    const last: Entry = ['red', lost('provider_limit', null)]
    expect(after([...history, last])).toEqual({
      do: 'need_human',
      reason: 'its provider did not serve it 100 times in a row: gone',
    })
    expect(after([...history, ['red', refused('no_change', 't')], last])).toMatchObject({ do: 'attempt' })
  })

  it('gives up where more attempts in a row were cut off with their process than a task has, and says so', () => {
    const history: Entry[] = []
    for (let loss = 1; loss <= 20; loss++) history.push(['red', lost('crash', null)])
    expect(after(history)).toMatchObject({ do: 'attempt', stage: 'red' })
    expect(after([...history, ['red', lost('crash', null)]])).toMatchObject({
      do: 'need_human',
      reason: '21 attempts in a row were cut off: gone',
    })
    const between: Entry[] = [
      ['red', lost('user', null)],
      ['red', refused('no_change', null)],
    ]
    for (const each of between)
      expect(after([...history, each, ['red', lost('crash', null)]])).toMatchObject({ do: 'attempt' })
    expect(after([...history, ['red', lost('infrastructure', null)]])).toMatchObject({ do: 'attempt' })
  })

  it('answers a landing return by FIX on the new head, by RED_FIX when the tests conflict', () => {
    const history: Entry[] = [
      ['red', accepted(red)],
      ['green', accepted(green)],
      ['verify', accepted(green)],
    ]
    expect(after(history, [returned('sources_conflict', 3)])).toMatchObject({
      stage: 'fix',
      start: { base: 'new-head', work: green },
    })
    const back = returned('tests_conflict', 3)
    expect(after(history, [back])).toMatchObject({
      stage: 'red_fix',
      start: { base: 'new-head', work: green },
    })
    const carried = { base: 'new-head', red: 'red-2', green: 'green-2', evidence: 'e3' }
    history.push(['red_fix', accepted(carried)])
    expect(after(history, [back])).toMatchObject({ stage: 're_verify', start: { work: carried } })
    history.push(['re_verify', accepted(carried)])
    expect(after(history, [back])).toEqual({ do: 'land', work: carried })
  })

  it('asks a person after the fourth landing return, or when the tests pass without the sources', () => {
    const history: Entry[] = [
      ['red', accepted(red)],
      ['green', accepted(green)],
      ['verify', accepted(green)],
    ]
    const returns = Array.from({ length: 4 }, () => returned('sources_conflict', 3))
    expect(after(history, returns.slice(0, 3))).toMatchObject({ do: 'attempt' })
    expect(after(history, returns)).toMatchObject({ do: 'need_human' })
    expect(after(history, [returned('already_done', 3)])).toMatchObject({ do: 'need_human' })
  })

  it('begins limits anew in a new generation and keeps accepted stages', () => {
    const history: Entry[] = [['red', accepted(red)]]
    for (const tree of ['g1', 'g2', 'g3']) history.push(['green', refused('tests_failed', tree)])
    expect(after(history)).toMatchObject({ do: 'fail' })
    expect(after(history, [], { generation: 2 })).toMatchObject({
      stage: 'green',
      start: { work: red, tree: 'g3' },
    })
  })

  it('lands the verified state when a refactoring does not hold', () => {
    const limits = { ...DEFAULT_LIMITS, refactor: true }
    const history: Entry[] = [
      ['red', accepted(red)],
      ['green', accepted(green)],
      ['verify', accepted(green)],
    ]
    expect(after(history, [], { limits })).toMatchObject({ stage: 'refactor' })
    history.push(
      ['refactor', accepted({ ...green, green: 'tidier' })],
      ['re_verify', refused('regression', 'x')],
    )
    expect(after(history, [], { limits })).toEqual({ do: 'land', work: green })
  })

  it('lands the verified state when a refactoring cannot go on at all', () => {
    const limits = { ...DEFAULT_LIMITS, infrastructure: 1, refactor: true }
    const history: Entry[] = [
      ['red', accepted(red)],
      ['green', accepted(green)],
      ['verify', accepted(green)],
    ]
    const landsGreen = { do: 'land', work: green }
    const gone = lost('infrastructure', null)
    expect(after([...history, ['refactor', lost('exhausted', null)]], [], { limits })).toEqual(landsGreen)
    // Nor does it change when it waits to land, where no refactoring is asked for any more.
    for (const loss of [lost('exhausted', null), gone]) {
      const losses: Entry[] = [
        ['refactor', loss],
        ['refactor', loss],
      ]
      expect(after([...history, ...losses], [], { limits: { ...limits, refactor: false } })).toEqual(
        landsGreen,
      )
    }
    expect(after([...history, ['refactor', gone]], [], { limits })).toMatchObject({ stage: 'refactor' })
    expect(after([...history, ['refactor', gone], ['refactor', gone]], [], { limits })).toEqual(landsGreen)
    const tidied: Entry[] = [...history, ['refactor', accepted({ ...green, green: 'tidier' })]]
    expect(after([...tidied, ['re_verify', gone], ['re_verify', gone]], [], { limits })).toEqual(landsGreen)
    expect(after(history, [], { limits: { ...limits, attempts: 3 } })).toEqual(landsGreen)
  })

  it('refactors only what was implemented behind its tests', () => {
    const limits = { ...DEFAULT_LIMITS, refactor: true }
    const verified: Entry = ['verify', accepted(green)]
    expect(after([['green', accepted(green)], verified], [], { limits, kind: 'maintenance' })).toMatchObject({
      do: 'land',
    })
    expect(after([['red', accepted(red)], verified], [], { limits, kind: 'verify_only' })).toMatchObject({
      do: 'land',
    })
  })

  it('skips GREEN for verify_only and RED for maintenance and scaffold', () => {
    expect(after([['red', accepted(red)]], [], { kind: 'verify_only' })).toMatchObject({ stage: 'verify' })
    expect(after([], [], { kind: 'maintenance' })).toMatchObject({ stage: 'green' })
    expect(after([], [], { kind: 'scaffold' })).toMatchObject({ stage: 'green' })
  })
})

type Entry = readonly [Stage, AttemptOutcome]

function after(
  entries: readonly Entry[],
  returns: readonly LandingReturn[] = [],
  options: {
    now?: number
    generation?: number
    kind?: TaskKind
    limits?: typeof DEFAULT_LIMITS & { refactor: boolean }
  } = {},
): Step {
  const attempts: Attempt[] = entries.map(([stage, outcome], index) => ({
    id: index + 1,
    task: 'T',
    stage,
    number: index + 1,
    generation: 1,
    outcome,
  }))
  return nextStep(
    { kind: options.kind ?? 'implement' },
    { attempts, returns },
    {
      limits: options.limits ?? { ...DEFAULT_LIMITS, refactor: false },
      now: options.now ?? 0,
      generation: options.generation ?? 1,
    },
  )
}

function accepted(work: AcceptedWork): AttemptOutcome {
  return { kind: 'accepted', work }
}

function refused(code: RefusalCode, tree: string | null): AttemptOutcome {
  return { kind: 'refused', refusals: [refusal(code)], base: 'base', tree }
}

function lost(
  cause: 'infrastructure' | 'provider_limit' | 'crash' | 'exhausted' | 'user',
  retryAt: number | null,
): AttemptOutcome {
  return { kind: 'lost', cause, detail: 'gone', retryAt }
}

function returned(kind: LandingReturn['kind'], afterAttempt: number): LandingReturn {
  return {
    task: 'T',
    generation: 1,
    afterAttempt,
    head: 'new-head',
    kind,
    refusal: refusal('merge_conflict'),
  }
}

function refusal(code: RefusalCode): Refusal {
  return { code, fact: `${code} happened`, hint: '', details: [] }
}
