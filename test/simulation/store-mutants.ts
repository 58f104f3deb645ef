import type { Mutant } from './mutants.ts'

/** Those of the store alone: its owner, its groups and locks, its clock, and what it writes together. */
export const STORE_MUTANTS: readonly Mutant[] = [
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
    name: 'a claim looks at no lock',
    edits: [
      {
        file: 'store/queries-schedule.ts',
        find: "if (locksAreFree(db, run, jsonArray(row, 'locks').map(String))) yield row\n    else taken.add(locks)",
        replace: 'yield row',
      },
      {
        file: 'store/queries-claims.ts',
        find: 'if (row !== null && locksAreFree(db, run, taskOf(db, row).definition.locks)) return',
        replace: 'if (row !== null) return',
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
    name: 'a clock that was set back is not heeded',
    edits: [
      {
        file: 'store/clock-set-back.ts',
        find: 'if (byMs < WORTH_MOVING_MS) return',
        replace: 'return',
      },
    ],
  },
  {
    name: 'an owner that renews does not look at the clock first',
    edits: [
      {
        file: 'store/queries-owner.ts',
        find: '  checkEpoch(db, ownership)\n  renewOwner(db, ownership)',
        replace: '  renewOwner(db, ownership)',
      },
    ],
  },
  {
    name: 'what an attempt waits for is left to the clock before it was set back',
    edits: [
      {
        file: 'store/clock-set-back.ts',
        find: '  db.run(SET_BACK_SQL.retries, byMs, at)\n',
        replace: '',
      },
    ],
  },
  {
    name: 'a directory that is held does not exclude what lies in it',
    edits: [
      {
        file: 'store/held-locks.ts',
        find: 'if (this.#directories.size > 0 && ancestors(key)',
        replace: 'if (this.#directories.size < 0 && ancestors(key)',
      },
    ],
  },
  {
    name: 'a file that is held does not exclude the directory around it',
    edits: [
      {
        file: 'store/held-locks.ts',
        find: 'return !isPrefix || !this.#isAnyInside(key)',
        replace: 'return true',
      },
    ],
  },
  {
    name: 'circuits that are remembered outlive what was undone',
    edits: [
      {
        file: 'store/run-circuits.ts',
        find: 'known.circuits.run === run && known.undone === db.undone',
        replace: 'known.circuits.run === run',
      },
    ],
  },
  {
    name: 'a group that failed is told as done',
    edits: [
      {
        file: 'store/group.ts',
        find: '    if (thrown instanceof NoRoom) throw thrown\n    return null',
        replace:
          '    if (thrown instanceof NoRoom) throw thrown\n    return group.map(({ id }) => ({ id, ok: true, value: null }))',
      },
    ],
  },
  {
    name: 'what an operation did before it failed stays',
    edits: [
      {
        file: 'store/group.ts',
        find: 'return db.savepoint(() => ({ id: request.id, ok: true, value: perform(db, request) }))',
        replace: 'return { id: request.id, ok: true, value: perform(db, request) }',
      },
    ],
  },
  {
    name: 'nobody leaves the store to a run that waits for it',
    edits: [
      {
        file: 'store/queries-owner.ts',
        find: 'return until > at && until <= at + PASSING_MS',
        replace: 'return false',
      },
    ],
  },
  {
    name: 'the store is left to a run where none waits for it',
    edits: [
      {
        file: 'store/queries-owner.ts',
        find: 'return until > at && until <= at + PASSING_MS',
        replace: 'return true',
      },
    ],
  },
  {
    name: 'a search that found nothing is not made again once something was written',
    edits: [
      {
        file: 'store/fruitless-search.ts',
        find: ' && last.changes === changesOf(db)',
        replace: '',
      },
    ],
  },
  {
    name: 'who found the store free takes it, whoever was faster',
    edits: [
      {
        file: 'store/queries-owner.ts',
        find: 'WHERE epoch = ? RETURNING epoch',
        replace: 'WHERE epoch >= ? RETURNING epoch',
      },
    ],
  },
]
