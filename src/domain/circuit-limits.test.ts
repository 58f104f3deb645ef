import { describe, expect, it } from 'vitest'
import type { Attempt, AttemptOutcome } from './attempt.ts'
import { circuitsHear } from './circuit-causes.ts'
import { admit, settle } from './circuit-moves.ts'
import { DEFAULT_CIRCUITS } from './circuit-options.ts'
import { type Circuit, newCircuit } from './circuit.ts'
import { DEFAULT_LIMITS } from './limits.ts'
import { nextStep } from './next-step.ts'
import type { Stage } from './stage.ts'

const REFUSED = { code: 'tests_failed', fact: 'one failed', hint: '', details: [] } as const
const BY_AGENT: AttemptOutcome = { kind: 'refused', refusals: [REFUSED], base: 'b', tree: null }
const BY_MACHINE: AttemptOutcome = {
  kind: 'lost',
  cause: 'infrastructure',
  detail: 'no space',
  retryAt: null,
}
const HOUR_MS = 3_600_000

describe('the circuit of a stage, with default limits', () => {
  it.each<Stage>(['green', 'fix'])(
    'opens for an agent in the moment in which its task fails at %s',
    (stage) => {
      expect(life(stage, BY_AGENT)).toEqual(['closed attempt', 'closed attempt', 'open fail'])
    },
  )

  it('never opens for a refused RED, whose repairs are a stage of their own', () => {
    const red = attempts([
      ['red', BY_AGENT],
      ['red_fix', differing(1)],
      ['red_fix', differing(2)],
    ])
    expect(nextOf(red).do).toBe('fail')
    expect(DEFAULT_LIMITS.redFix).toBeLessThan(DEFAULT_CIRCUITS.stage.failures ?? 0)
  })

  it('has a task give way that the machine fails, and is used up when that waits for a person', () => {
    expect(life('green', BY_MACHINE)).toEqual([
      'closed attempt',
      'closed attempt',
      'open attempt',
      'open attempt',
      'open attempt',
      'used up need_human',
    ])
  })
})

/** How circuit and task stand after each attempt that ends like that, an hour apart, until the task is over. */
function life(stage: Stage, outcome: AttemptOutcome): string[] {
  let circuit: Circuit = newCircuit(0)
  const told: string[] = []
  const before: [Stage, AttemptOutcome][] =
    stage === 'fix'
      ? [
          ['green', ACCEPTED],
          ['verify', BY_AGENT],
        ]
      : []
  const done: [Stage, AttemptOutcome][] = [['red', ACCEPTED], ...before]
  for (let at = HOUR_MS; told.length < 20; at += 2 * HOUR_MS) {
    circuit = admit(circuit, { id: 'a', now: at }, DEFAULT_CIRCUITS.stage).circuit
    circuit = settle(circuit, heard(outcome, at), DEFAULT_CIRCUITS.stage).circuit
    done.push([stage, outcome])
    const step = nextOf(attempts(done))
    const usedUp = circuit.state === 'open' && circuit.probeAt === null
    told.push(`${usedUp ? 'used up' : circuit.state} ${step.do}`)
    if (step.do !== 'attempt') break
  }
  return told
}

function heard(outcome: AttemptOutcome, now: number): Parameters<typeof settle>[1] {
  const said = circuitsHear(outcome)
  if (said?.stage !== 'failure') throw new Error('this is a failure of a stage')
  return {
    kind: 'failure',
    id: 'a',
    now,
    cause: said.ending,
    source: 'w',
    task: 'A',
    workable: [],
    random: 0.5,
  }
}

const ACCEPTED: AttemptOutcome = {
  kind: 'accepted',
  work: { base: 'b', red: 'r', green: 'g', evidence: 'e' },
}

function differing(nth: number): AttemptOutcome {
  return { kind: 'refused', refusals: [{ ...REFUSED, fact: `${nth} failed` }], base: 'b', tree: null }
}

function attempts(ends: readonly (readonly [Stage, AttemptOutcome])[]): Attempt[] {
  return ends.map(([stage, outcome], index) => ({
    id: index + 1,
    task: 'A',
    stage,
    number: index + 1,
    generation: 1,
    outcome,
  }))
}

function nextOf(ended: readonly Attempt[]) {
  const limits = { ...DEFAULT_LIMITS, refactor: false }
  return nextStep(
    { kind: 'implement' },
    { attempts: ended, returns: [] },
    { limits, now: 1e12, generation: 1 },
  )
}
