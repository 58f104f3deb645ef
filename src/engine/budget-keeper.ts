import type { Agent } from '../agents/agent.ts'
import { type BudgetRefusal, type Budgets, NO_LIMITS } from '../domain/budget.ts'
import { raiseFlag, refusalText } from '../domain/budget-words.ts'
import { chooseModel } from '../domain/choose-model.ts'
import { type PriceList, priceList } from '../domain/model-prices.ts'
import { type LargestSpend, reservationFor, withLargest } from '../domain/reservation.ts'
import type { Spend } from '../domain/spend.ts'
import type { AgentStage } from '../domain/stage.ts'
import type { Tier } from '../domain/tier.ts'
import type { Clock } from '../runtime/clock.ts'
import { localDay } from '../runtime/local-day.ts'
import type { Claim, Store } from '../store/store.ts'
import type { AttemptTerms } from './attempt-terms.ts'
import type { StageCall } from './stage-call.ts'
import { Wake, waitFor } from './wake.ts'

/** A budget does not hold another attempt: the run pauses or, by a budget of the task, the task waits for a person. */
export class BudgetSpent extends Error {
  readonly refusal: BudgetRefusal

  constructor(refusal: BudgetRefusal) {
    super(refusalText(refusal))
    this.name = 'BudgetSpent'
    this.refusal = refusal
  }
}

/** What a person said of models and money. */
export interface SpendingRules {
  readonly budgets: Budgets
  readonly raiseAfter: number
  readonly prices: PriceList
  /** The share of a window of a subscription that is to be left; null where all of it may be used. */
  readonly leaveWindow: number | null
}

export const NO_RULES: SpendingRules = {
  budgets: { run: NO_LIMITS, task: NO_LIMITS, day: NO_LIMITS },
  raiseAfter: 0,
  prices: priceList({}),
  leaveWindow: null,
}

interface KeeperOptions {
  readonly rules: SpendingRules
  readonly agent: Pick<Agent, 'name' | 'metering'>
  readonly store: Store
  readonly clock: Clock
}

/** Says by which model an attempt is made and what is set aside for it. Whether the budgets hold that is asked where it begins, in the store. */
export class BudgetKeeper {
  readonly #options: KeeperOptions
  readonly #startedAt: number
  /** By tokens or money. */
  readonly #isBounded: boolean
  readonly #wake = new Wake()
  #largest: readonly LargestSpend[]
  /** The first that did not hold another attempt, of those that pause the run. */
  #refused: BudgetRefusal | null = null

  static async open(options: KeeperOptions): Promise<BudgetKeeper> {
    return new BudgetKeeper(options, await options.store.largestSpends(options.agent.name))
  }

  private constructor(options: KeeperOptions, largest: readonly LargestSpend[]) {
    this.#options = options
    this.#largest = largest
    this.#startedAt = options.clock.monotonic()
    this.#isBounded = Object.values(options.rules.budgets).some(
      ({ tokens, usd }) => tokens !== null || usd !== null,
    )
  }

  terms({ claim, attempts }: StageCall, stage: AgentStage): AttemptTerms {
    const { rules, agent, clock } = this.#options
    const { definition, generation } = claim.task
    const { complexity } = definition
    const choice = chooseModel({ stage, complexity, attempts, generation, raiseAfter: rules.raiseAfter })
    const model = agent.metering?.models[choice.tier] ?? null
    const { spend: reserved, isGuess } = reservationFor(
      {
        stage,
        tier: choice.tier,
        price: model === null ? null : rules.prices.of(model),
        maxTurns: agent.metering?.maxTurns ?? null,
      },
      this.#largest,
    )
    const now = clock.now()
    const { start: dayStart } = localDay(now)
    const runMs = Math.round(clock.monotonic() - this.#startedAt)
    const budgets = { limits: rules.budgets, isGuess, runMs, dayStart }
    return { model: { ...choice, model }, reserved, budgets }
  }

  /** Take it before an attempt is refused. */
  ticket(): Promise<void> {
    return this.#wake.ticket()
  }

  /** Waits where attempts that end may make room; throws BudgetSpent where nothing does. */
  async refused(refusal: BudgetRefusal, ticket: Promise<void>, signal: AbortSignal): Promise<void> {
    if (refusal.waits) return waitFor(ticket, { clock: this.#options.clock, ms: WAIT_MS, signal })
    if (refusal.scope !== 'task') this.#refused ??= refusal
    throw new BudgetSpent(refusal)
  }

  /** The budget for which an attempt is ended in its middle; null where it may go on. */
  async overdraft(
    claim: Claim,
    { reserved, budgets }: AttemptTerms,
    used: Spend,
  ): Promise<BudgetRefusal | null> {
    const { store, clock } = this.#options
    if (!this.#isBounded) return null
    return store.overdraft(claim, { used, reserved, budgets }, clock.now())
  }

  /** An attempt has ended, with what its agent told of its use; null where that is not known. */
  settled(attempt: { readonly stage: AgentStage; readonly tier: Tier }, spend: Spend | null): void {
    if (spend !== null) this.#largest = withLargest(this.#largest, { ...attempt, spend })
    this.#wake.ring()
  }

  /** What to add to the command line so that the run goes on; null where no budget paused it. */
  raise(): string | null {
    return this.#refused === null ? null : raiseFlag(this.#refused)
  }
}

/** Who waits for room looks again after this: a safety net, since every end rings. */
const WAIT_MS = 5_000
