import { expect, it, onTestFinished } from 'vitest'
import { NO_LIMITS } from '../../src/domain/budget.ts'
import { NO_SPEND } from '../../src/domain/spend.ts'
import { beginAttempt } from '../../src/engine/begin-attempt.ts'
import { BudgetKeeper, NO_RULES } from '../../src/engine/budget-keeper.ts'
import { ProviderGate } from '../../src/engine/provider-gate.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { processIdentity } from '../../src/runtime/process-identity.ts'
import { openSqliteStore } from '../../src/store/sqlite.ts'
import type { Claim } from '../../src/store/store.ts'
import { addedPlan, ended, newRun, startedId, taskDefinition } from '../support/store-data.ts'
import { tempStorePath } from '../support/temp-store-path.ts'

it('does not keep from its provider the attempt whose end it waits for', async () => {
  const clock = systemClock
  const store = await openSqliteStore({ path: tempStorePath(), clock, owner: processIdentity() })
  onTestFinished(() => store.close())
  await store.createRun(newRun('r'), 1)
  await store.addTasks('r', addedPlan(taskDefinition('A'), taskDefinition('B')), 1)
  await store.startRun('r', { target: 't', base: 'b', workers: 2 }, 1)
  const claimOf = async (key: string): Promise<Claim> => {
    const claim = await store.claim(
      { run: 'r', worker: key, leaseMs: 60_000, candidates: [key] },
      clock.now(),
    )
    return claim ?? expect.unreachable(`${key} can be claimed`)
  }
  const agent = { name: 'claude', run: () => expect.unreachable('nobody is called') }
  const budget = await BudgetKeeper.open({ rules: NO_RULES, agent, store, clock })
  const gate = await ProviderGate.open({ run: 'r', store, clock, most: 2, longestWaitMs: 60_000 })
  const never = new AbortController().signal
  const context = { store, clock, budget, agent, winding: never }
  const terms = {
    model: { tier: 'high', model: null, why: 'writes_tests', refusals: 0 },
    reserved: { ...NO_SPEND, invocations: 1, inputTokens: 60 },
    budgets: {
      limits: { ...NO_RULES.budgets, run: { ...NO_LIMITS, tokens: 100 } },
      isGuess: false,
      runMs: 0,
      dayStart: 0,
    },
  } as const
  const start = { base: null, work: null, tree: null }
  const step = { do: 'attempt', stage: 'red', start, repair: [], dispute: null } as const
  const begin = async (claim: Claim) => {
    const turn = await gate.enter(never)
    const call = { claim, step, attempts: [], signal: never }
    return { turn, begun: beginAttempt(context, call, { terms, turn }) }
  }
  const [a, b] = [await claimOf('A'), await claimOf('B')]
  const first = await begin(a)
  const attempt = startedId((await first.begun) as { kind: 'started'; attempt: number })
  const second = await begin(b)
  await gate.limit('rate_limit', clock.now())
  await first.turn.again(never)
  await store.finishAttempt(
    a,
    attempt,
    { ...ended({ kind: 'dispute_rejected' }), spend: { ...NO_SPEND, invocations: 1, inputTokens: 10 } },
    clock.now(),
  )
  first.turn.leave(true)
  budget.settled({ stage: 'red', tier: 'high' }, null)
  expect(await second.begun).toMatchObject({ kind: 'started' })
  second.turn.leave(true)
}, 20_000)
