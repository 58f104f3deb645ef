/** A deliberate bug: texts of files of `src`, each of which occurs once, and what they are replaced by. */
interface Mutant {
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
    name: 'the store no longer asks whose it is',
    edits: [
      {
        file: 'store/group.ts',
        find: 'checkEpoch(db, ownership)\n',
        replace: '\n',
      },
    ],
  },
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
    name: 'a claim tells no event',
    edits: [
      {
        file: 'store/queries-claims.ts',
        find: "addEvent(db, { run: request.run, kind: 'task_claimed', task: key, attempt: null, data }, at)",
        replace: '',
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
    name: 'a half-open circuit is not saved',
    edits: [
      {
        file: 'store/keep-circuit.ts',
        find: 'if (circuit !== before) {',
        replace: "if (circuit !== before && circuit.state !== 'half_open') {",
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
    name: 'what an attempt used is not settled',
    edits: [
      {
        file: 'store/queries-attempts.ts',
        find: 'settle(db, { run: held.run, attempt, end: { ...end, spend }, estimated })',
        replace: '',
      },
    ],
  },
  {
    name: 'what a crash left running is charged nothing',
    edits: [
      {
        file: 'store/queries-attempts.ts',
        find: '    settle(db, {\n      run: loss.run,',
        replace: '    if (loss.run === null) settle(db, {\n      run: loss.run,',
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
        find: 'return git.isAncestor(intent.merge, head)',
        replace: 'return git.isAncestor(head, intent.merge)',
      },
    ],
  },
  {
    name: 'a completed task lets nothing go on',
    edits: [
      {
        file: 'store/queries-landing.ts',
        find: '  unlockDependants(db, id, at)\n  return true',
        replace: '  return true',
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
    name: 'a claim looks at no lock',
    edits: [
      {
        file: 'store/queries-claims.ts',
        find: 'if (locksAreFree(db, request.run, task.definition.locks)) return',
        replace: 'return',
      },
    ],
  },
  {
    name: 'a claim needs no dependency',
    edits: [
      {
        file: 'store/queries-claims.ts',
        find: 't.not_before <= ?)) AND t.unmet = 0 AND t.blockers = 0',
        replace: 't.not_before <= ?)) AND t.blockers = 0',
      },
      {
        file: 'store/queries-schedule.ts',
        find: "'t.unmet = 0 AND t.blockers = 0'",
        replace: "'t.blockers = 0'",
      },
      {
        file: 'store/queries-claims.ts',
        find: 'not_before <= ?)) AND unmet = 0 AND blockers = 0`',
        replace: 'not_before <= ?)) AND blockers = 0`',
      },
      {
        file: 'store/cascades.ts',
        find: "state = 'pending' AND unmet = 1 AND blockers = 0`",
        replace: "state = 'pending' AND blockers = 0`",
      },
    ],
  },
  {
    name: 'a lost lease ends no attempt',
    edits: [
      {
        file: 'store/queries-claims.ts',
        find: "loseAttempts(db, { run, task: id, key, cause: 'crash', detail: reason, lastSeen }, at)\n    addEvent(",
        replace: 'addEvent(',
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
    name: 'a retry from RED keeps what was accepted',
    edits: [
      {
        file: 'store/queries-people.ts',
        find: "    options.from === 'red' ? 1 : 0,",
        replace: '    0,',
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
    name: 'a task that came back from landing keeps its locks',
    edits: [
      {
        file: 'store/queries-landing.ts',
        find: '  db.run(LANDING_SQL.drop, id)\n  releaseLocks(db, id)\n  const data = { kind, head, code: refusal.code, fact: refusal.fact }',
        replace:
          '  db.run(LANDING_SQL.drop, id)\n  const data = { kind, head, code: refusal.code, fact: refusal.fact }',
      },
    ],
  },
  {
    name: 'what failed blocks nobody',
    edits: [
      {
        file: 'store/queries-claims.ts',
        find: "  tell(db, { row, kind: 'task_failed', data: { ...failure } }, at)\n  blockDependants(db, { id: number(row, 'id'), key: text(row, 'key') }, at)",
        replace: "  tell(db, { row, kind: 'task_failed', data: { ...failure } }, at)",
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
    name: 'who took the store over has the number of who had it',
    edits: [
      {
        file: 'store/queries-owner.ts',
        find: 'epoch = epoch + 1, since',
        replace: 'epoch = epoch, since',
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
    name: 'what nobody waits for any more is carried out',
    edits: [
      {
        file: 'store/queries-requests.ts',
        find: "if (row['answered_at'] !== null) return answerFrom(row)\n  const { body }",
        replace: 'const { body }',
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
]
