/** A deliberate bug: a text of a file of `src` that occurs once, and what it is replaced by. */
export interface Mutant {
  readonly name: string
  readonly file: string
  readonly find: string
  readonly replace: string
}

/** Bugs that the promises have to find. Each is one that somebody could write, or that a crash would lay bare. */
export const MUTANTS: readonly Mutant[] = [
  {
    name: 'the store no longer asks whose it is',
    file: 'store/group.ts',
    find: 'checkEpoch(db, ownership)\n',
    replace: '\n',
  },
  {
    name: 'a branch moves before its landing is written down',
    file: 'engine/land-task.ts',
    find: 'if (!(await store.recordIntent(intent, landing.task.generation, clock.now())))',
    replace: 'if (intent === undefined)',
  },
  {
    name: 'a receipt is written before the branch moves',
    file: 'engine/land-task.ts',
    find: '  const branches = context.branches ?',
    replace:
      '  await store.recordReceipt({ ...intent, landedAt: clock.now() }, clock.now())\n  const branches = context.branches ?',
  },
  {
    name: 'leases are not renewed',
    file: 'engine/lease-keeper.ts',
    find: 'if (this.#held.size === 0) return',
    replace: 'if (this.#held.size >= 0) return',
  },
  {
    name: 'a claim tells no event',
    file: 'store/queries-claims.ts',
    find: "addEvent(db, { run: request.run, kind: 'task_claimed', task: key, attempt: null, data }, at)",
    replace: '',
  },
  {
    name: 'the fence of a target has no token',
    file: 'engine/landing-queue.ts',
    find: 'const fence = `${context.run} ${token}`',
    replace: 'const fence = `${context.run}`',
  },
  {
    name: 'a half-open circuit is not saved',
    file: 'store/keep-circuit.ts',
    find: 'if (circuit !== before) {',
    replace: "if (circuit !== before && circuit.state !== 'half_open') {",
  },
  {
    name: 'a circuit lets one probe too many start',
    file: 'domain/circuit-moves.ts',
    find: 'if (running.length >= options.probes) {',
    replace: 'if (running.length > options.probes) {',
  },
  {
    name: 'what an attempt used is not settled',
    file: 'store/queries-attempts.ts',
    find: 'settle(db, { run: held.run, attempt, end: { ...end, spend }, estimated })',
    replace: '',
  },
  {
    name: 'what a crash left running is charged nothing',
    file: 'store/queries-attempts.ts',
    find: '    settle(db, {\n      run: loss.run,',
    replace: '    if (loss.run === null) settle(db, {\n      run: loss.run,',
  },
  {
    name: 'an accepted RED is begun again',
    file: 'domain/next-step.ts',
    find: "return { ...next, at: accepted.kind === 'verify_only' ? 'verify' : 'green' }",
    replace: "return { ...next, at: accepted.kind === 'verify_only' ? 'verify' : 'red' }",
  },
  {
    name: 'recovery takes what landed for lost',
    file: 'engine/recover-landings.ts',
    find: 'return git.isAncestor(intent.merge, head)',
    replace: 'return git.isAncestor(head, intent.merge)',
  },
  {
    name: 'a completed task lets nothing go on',
    file: 'store/queries-landing.ts',
    find: '  unlockDependants(db, id, at)\n  return true',
    replace: '  return true',
  },
  {
    name: 'a provider limit counts as giving up',
    file: 'engine/work-stage.ts',
    find: "return end({ kind: 'lost', cause: 'provider_limit', detail: result.detail, retryAt })",
    replace: "return end({ kind: 'gave_up', cause: 'crash', detail: `${result.detail}${retryAt}` })",
  },
  {
    name: 'calls that are under way count for no budget',
    file: 'domain/budget.ts',
    find: 'settled: amount(used.settled) + amount(used.inFlight), inFlight: 0',
    replace: 'settled: amount(used.settled), inFlight: 0',
  },
  {
    name: 'a claim looks at no lock',
    file: 'store/queries-claims.ts',
    find: 'if (!locksAreFree(db, request.run, task.definition.locks)) continue',
    replace: '',
  },
  {
    name: 'a claim needs no dependency',
    file: 'store/cascades.ts',
    find: "AND state = 'pending' AND unmet = 0 AND blockers = 0 RETURNING run, key`",
    replace: "AND state = 'pending' AND blockers = 0 RETURNING run, key`",
  },
  {
    name: 'a lost lease ends no attempt',
    file: 'store/queries-claims.ts',
    find: "loseAttempts(db, { run, task: id, key, cause: 'crash', detail: reason, lastSeen }, at)\n    addEvent(",
    replace: 'addEvent(',
  },
  {
    name: 'a task whose lease expired stays as it is',
    file: 'engine/run.ts',
    find: 'await store.rescue(run.id, clock.now(), { all: true })',
    replace: '',
  },
  {
    name: 'a judge lets changed tests pass',
    file: 'domain/judge-paths.ts',
    find: 'if (isTestMatter(change, suite)) return',
    replace: 'if (isTestMatter(change, suite)) return true ||',
  },
  {
    name: 'a landing is verified against nothing',
    file: 'engine/land-task.ts',
    find: 'if (!verdict.accepted) {\n    const already',
    replace: 'if (verdict === null) {\n    const already',
  },
  {
    name: 'a finished attempt needs no claim',
    file: 'store/queries-attempts.ts',
    find: "AND task_id = (SELECT id FROM tasks WHERE run = ? AND key = ? AND token = ? AND state = 'running')\n    RETURNING stage",
    replace: 'AND (? IS NOT NULL OR ? IS NOT NULL OR ? IS NOT NULL)\n    RETURNING stage',
  },
]
