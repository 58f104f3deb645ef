import { STORE_MUTANTS } from './store-mutants.ts'

/** A deliberate bug: texts of files of `src`, each of which occurs once, and what they are replaced by. */
export interface Mutant {
  readonly name: string
  readonly edits: readonly Edit[]
}

interface Edit {
  readonly file: string
  readonly find: string
  readonly replace: string
}

/** Bugs that the promises have to find. Each is one that somebody could write, or that a crash would lay bare. */
export const MUTANTS: readonly Mutant[] = [
  {
    name: 'a branch moves before its landing is written down',
    edits: [
      {
        file: 'engine/land-task.ts',
        find: 'if (!(await store.recordIntent(intent, landing.task.generation, clock.now())))',
        replace: 'if (intent === undefined)',
      },
    ],
  },
  {
    name: 'a receipt is written before the branch moves',
    edits: [
      {
        file: 'engine/land-task.ts',
        find: '  const branches = context.branches ?',
        replace:
          '  await store.recordReceipt({ ...intent, landedAt: clock.now() }, clock.now())\n  const branches = context.branches ?',
      },
    ],
  },
  {
    name: 'leases are not renewed',
    edits: [
      {
        file: 'engine/lease-keeper.ts',
        find: 'if (this.#held.size === 0) return',
        replace: 'if (this.#held.size >= 0) return',
      },
    ],
  },
  {
    name: 'the fence of a target has no token, so that only the store asks whose it is',
    edits: [
      {
        file: 'engine/landing-queue.ts',
        find: 'fence: `${context.run} ${token}` }',
        replace: 'fence: context.run }',
      },
    ],
  },
  {
    name: 'a circuit lets one probe too many start',
    edits: [
      {
        file: 'domain/circuit-moves.ts',
        find: 'if (running.length >= options.probes) {',
        replace: 'if (running.length > options.probes) {',
      },
    ],
  },
  {
    name: 'an accepted RED is begun again',
    edits: [
      {
        file: 'domain/next-step.ts',
        find: "return { ...next, at: accepted.kind === 'verify_only' ? 'verify' : 'green' }",
        replace: "return { ...next, at: accepted.kind === 'verify_only' ? 'verify' : 'red' }",
      },
    ],
  },
  {
    name: 'recovery takes what landed for lost',
    edits: [
      {
        file: 'engine/recover-landings.ts',
        find: '(await context.git.isAncestor(merge, head))',
        replace: '(await context.git.isAncestor(head, merge))',
      },
    ],
  },
  {
    name: 'a provider limit counts as giving up',
    edits: [
      {
        file: 'engine/work-stage.ts',
        find: "return end({ kind: 'lost', cause: 'provider_limit', detail: result.detail, retryAt })",
        replace: "return end({ kind: 'gave_up', cause: 'crash', detail: `${result.detail}${retryAt}` })",
      },
    ],
  },
  {
    name: 'calls that are under way count for no budget',
    edits: [
      {
        file: 'domain/budget.ts',
        find: 'settled: amount(used.settled) + amount(used.inFlight), inFlight: 0',
        replace: 'settled: amount(used.settled), inFlight: 0',
      },
    ],
  },
  {
    name: 'nobody takes up what a crash left',
    edits: [
      {
        file: 'engine/run.ts',
        find: 'await store.rescue(run.id, clock.now(), { all: true })',
        replace: '',
      },
      {
        file: 'engine/lease-keeper.ts',
        find: '        .then(() => this.#rescueExpired(now))\n',
        replace: '',
      },
    ],
  },
  {
    name: 'an event is told outside of its transaction',
    edits: [
      {
        file: 'store/queries-landing.ts',
        find: "  addEvent(db, { run, kind: 'task_completed', task: key, attempt: null, data: { merge } }, at)\n",
        replace: '',
      },
      {
        file: 'engine/land-task.ts',
        find: "      await store.recordReceipt({ ...intent, landedAt: clock.now() }, clock.now())\n      return 'landed'",
        replace:
          "      await store.recordReceipt({ ...intent, landedAt: clock.now() }, clock.now())\n      await store.append([{ run, kind: 'task_completed', task: key, attempt: null, data: { merge } }], clock.now())\n      return 'landed'",
      },
    ],
  },
  {
    name: 'a judge lets changed tests pass',
    edits: [
      {
        file: 'domain/judge-paths.ts',
        find: 'if (isTestMatter(change, suite)) return',
        replace: 'if (isTestMatter(change, suite)) return true ||',
      },
    ],
  },
  {
    name: 'a landing is verified against nothing',
    edits: [
      {
        file: 'engine/land-task.ts',
        find: 'if (!verdict.accepted) {\n    const already',
        replace: 'if (verdict === null) {\n    const already',
      },
    ],
  },
  {
    name: 'who lost its claim is not told',
    edits: [
      {
        file: 'engine/lease-keeper.ts',
        find: 'held?.[1].abort(new LeaseLost(claim.task.definition.key))',
        replace: 'held?.[1].signal.throwIfAborted()',
      },
    ],
  },
  {
    name: 'git is asked what has landed before the fence is moved',
    edits: [
      {
        file: 'engine/landing-queue.ts',
        find: '      await git.takeFence(target, fence)\n',
        replace: '',
      },
      {
        file: 'engine/landing-queue.ts',
        find: '    await recoverLandings(context)\n    const counts',
        replace:
          '    await recoverLandings(context)\n    await context.git.takeFence(context.target, right.fence)\n    const counts',
      },
    ],
  },
  {
    name: 'a clock that was set forwards takes claims from who holds them',
    edits: [
      {
        file: 'engine/lease-keeper.ts',
        find: 'await this.renew(now)\n        .then(() => this.#rescueExpired(now))',
        replace: 'await this.#rescueExpired(now)\n        .then(() => this.renew(now))',
      },
    ],
  },
  {
    name: 'what is asked for while a run ends is left',
    edits: [
      {
        file: 'engine/run.ts',
        find: '} while (left.goesOn && !context.winding.aborted)',
        replace: '} while (peopleOnly)',
      },
    ],
  },
  {
    name: 'a budget of a task is not asked',
    edits: [
      {
        file: 'domain/budget.ts',
        find: 'if (Object.values(budgets[scope]).every((most) => most === null)) continue\n    const used',
        replace:
          "if (scope === 'task' || Object.values(budgets[scope]).every((most) => most === null)) continue\n    const used",
      },
    ],
  },
  ...STORE_MUTANTS,
]
