import type { CommitId } from '../../src/domain/evidence.ts'
import type { CircuitLevel } from '../../src/domain/circuit.ts'
import { overlaps } from '../../src/domain/task-path.ts'
import type { Outside } from './engine-process.ts'
import { runTestsOf } from './language.ts'
import { Owners } from './owners.ts'
import { UNOWNED } from './requests.ts'
import { RUN } from './scenario.ts'
import { Waits } from './waits.ts'

/** A promise that does not hold, with the fact that shows it. */
export class Violation extends Error {
  readonly promise: string

  constructor(promise: string, fact: string) {
    super(`${promise}: ${fact}`)
    this.name = 'Violation'
    this.promise = promise
  }
}

/** The promises of the program, held against store, repository and the agents' own ledger. The first that breaks is kept. */
export class Promises {
  readonly #outside: Outside
  /** Every commit that the target ever held, whoever took it out again. */
  readonly #held = new Set<CommitId>()
  #head: CommitId | null = null
  #version: string = ''
  #allowed: number | null = null
  #mishaps = 0
  /** When tasks were cancelled, whatever the clock showed. */
  readonly #cancelled = new Map<string, { readonly task: string; readonly at: number }>()
  readonly #waits: Waits
  readonly #owners: Owners
  broken: Violation | null = null

  constructor(outside: Outside) {
    this.#outside = outside
    this.#waits = new Waits(outside.disk)
    this.#owners = new Owners(outside.disk, outside.processes)
  }

  /** The branch of the run; null before it began. */
  get target(): string | null {
    return this.#row('SELECT target FROM runs WHERE id = ? AND target IS NOT NULL', RUN)?.['target'] ?? null
  }

  /** How many calls of agents a person allows from now on; null for any number. */
  allow(invocations: number | null): void {
    this.#allowed = invocations
  }

  /** From now on work may be lost to a crash. */
  noteMishap(): void {
    this.#mishaps += 1
  }

  break(promise: string, fact: string): void {
    this.broken ??= new Violation(promise, fact)
  }

  /** What holds at every moment; looked at where something changed. */
  look(): void {
    const { disk, repository, ledger } = this.#outside
    this.#follow()
    const version = `${String(disk.reader.get('PRAGMA data_version')?.['data_version'])} ${this.#head} ${repository.refs.size} ${ledger.length}`
    if (version === this.#version) return
    this.#version = version
    this.#doneMeansLanded()
    this.#landsOnce()
    this.#callsHaveAttempts()
    this.#finishedStagesStand()
    this.#spendingIsBounded()
    this.#claimsExclude()
    this.#logAndRowsAgree()
    this.#logAndCircuitsAgree()
    this.#onlyCrashesLose()
    this.#fewProbe()
    this.#peopleAreHeard()
    this.#requestsMeanWhatTheySay()
    this.#endedMeansDone()
    this.#waitsEnd()
    this.#whoStaysIsLetIn()
    this.#whoOwnsKeeps()
  }

  /** What holds once nothing goes on any more. */
  lookAtTheEnd(): void {
    this.look()
    this.#everythingHasItsName()
    this.#accountsAreWhole()
    this.#faultsAreTold()
    this.#whatLandedHolds()
    this.#whatLandedIsTold()
    this.#cancelledAgentsEnd()
  }

  #follow(): void {
    const { repository } = this.#outside
    const target = this.target
    const head = target === null ? null : (repository.refs.get(`refs/heads/${target}`) ?? null)
    if (head === this.#head || head === null) return
    this.#head = head
    for (const commit of repository.reach(head)) this.#held.add(commit)
  }

  #doneMeansLanded(): void {
    const done = this.#rows(
      `SELECT t.key, r.merge_commit FROM tasks t
       LEFT JOIN landing_receipts r ON r.task_id = t.id AND r.merge_commit = t.merge_commit WHERE t.state = 'completed'`,
    )
    for (const { key, merge_commit: merge } of done) {
      if (merge === 'null' || merge === undefined)
        this.break('done means landed', `${key} is completed without a receipt`)
      else if (!this.#held.has(merge))
        this.break('done means landed', `${key} is completed, and the target never held ${merge}`)
    }
  }

  /** Merges of the target name their task. Who took one out may have it landed again. */
  #landsOnce(): void {
    if (this.#head === null) return
    const { repository } = this.#outside
    const landed = new Set<string>()
    for (const commit of repository.firstParents(null, this.#head)) {
      const { message } = repository.commit(commit)
      const task = /^TDD-Evidence: /m.test(message) ? /^TDD-Task: (.+)$/m.exec(message)?.[1] : undefined
      if (task === undefined) continue
      if (landed.has(task)) this.break('nothing is doubled', `${task} landed twice`)
      landed.add(task)
    }
  }

  /** An agent is called only once its attempt is written down, and no attempt calls two. */
  #callsHaveAttempts(): void {
    const known = new Set(this.#rows('SELECT id FROM attempts WHERE agent IS NOT NULL').map(({ id }) => id))
    const called = new Set<number>()
    for (const { attempt, task } of this.#outside.ledger) {
      if (!known.has(String(attempt)))
        this.break('nothing is lost', `the agent of ${task} was called, and no attempt says so`)
      if (called.has(attempt)) this.break('nothing is doubled', `attempt ${attempt} called two agents`)
      called.add(attempt)
    }
  }

  /** What was accepted is not begun again, unless it was disputed, refused later, came back, or a person dropped it. */
  #finishedStagesStand(): void {
    const again = this.#row(
      `SELECT t.key, a.stage FROM attempts a JOIN tasks t ON t.id = a.task_id
       JOIN attempts b ON b.task_id = a.task_id AND b.stage = a.stage AND b.generation = a.generation AND b.number > a.number
       WHERE a.kind = 'accepted' AND a.stage IN ('red', 'green')
         AND NOT EXISTS (SELECT 1 FROM landing_returns r WHERE r.task_id = a.task_id)
         AND NOT EXISTS (SELECT 1 FROM attempts d WHERE d.task_id = a.task_id AND d.kind IN ('disputed', 'refused') AND d.number > a.number)
       LIMIT 1`,
    )
    if (again !== null) this.break('finished stages stand', `${again['key']} began ${again['stage']} again`)
  }

  #spendingIsBounded(): void {
    const { taskInvocations } = this.#outside.scenario
    if (taskInvocations !== null) this.#spendingOfTasksIsBounded(taskInvocations)
    if (this.#allowed === null) return
    const calls = this.#outside.ledger.length
    if (calls > this.#allowed)
      this.break('spending is bounded before it happens', `${calls} calls where ${this.#allowed} are allowed`)
  }

  #spendingOfTasksIsBounded(most: number): void {
    const generations = new Map(
      this.#rows('SELECT id, generation FROM attempts').map(({ id, generation }) => [Number(id), generation]),
    )
    const calls = Map.groupBy(
      this.#outside.ledger,
      ({ attempt, task }) => `${task}, generation ${generations.get(attempt)}`,
    )
    for (const [task, { length }] of calls)
      if (length > most)
        this.break(
          'spending is bounded before it happens',
          `${length} calls for ${task}, where ${most} are allowed`,
        )
  }

  /** One attempt at a time of a task, while it is claimed; no two tasks hold one path; none goes before what it needs. */
  #claimsExclude(): void {
    const two = this.#row(
      `SELECT t.key FROM attempts a JOIN tasks t ON t.id = a.task_id WHERE a.kind = 'running' GROUP BY a.task_id HAVING count(*) > 1`,
    )
    if (two !== null) this.break('claims exclude', `${two['key']} has two running attempts`)
    const loose = this.#row(
      `SELECT t.key, t.state FROM attempts a JOIN tasks t ON t.id = a.task_id WHERE a.kind = 'running' AND t.state <> 'running' LIMIT 1`,
    )
    if (loose !== null)
      this.break('claims exclude', `${loose['key']} is ${loose['state']} with a running attempt`)
    const working = this.#rows(`SELECT key FROM tasks WHERE state IN ('running', 'landing')`)
    const held: { readonly key: string; readonly path: string }[] = []
    for (const { key = '' } of working) {
      const locks = this.#outside.scenario.tasks.find((one) => one.key === key)?.locks ?? []
      const other = held.find(({ path }) => locks.some((lock) => overlaps(lock, path)))
      if (other !== undefined) this.break('claims exclude', `${other.key} and ${key} hold ${other.path}`)
      held.push(...locks.map((path) => ({ key, path })))
    }
    const early = this.#row(
      `SELECT t.key, n.key AS needs FROM tasks t JOIN dependencies d ON d.task_id = t.id JOIN tasks n ON n.id = d.depends_on
       WHERE t.state = 'running' AND n.state <> 'completed'
         AND NOT EXISTS (SELECT 1 FROM landing_receipts r WHERE r.task_id = n.id AND r.lost_at IS NOT NULL) LIMIT 1`,
    )
    if (early !== null) this.break('claims exclude', `${early['key']} goes before ${early['needs']}`)
  }

  /** What the log says last of the state of a task is what its row says. */
  #logAndRowsAgree(): void {
    const last = this.#rows(
      `SELECT t.key, t.state, e.kind, json_extract(e.data, '$.state') AS told FROM tasks t JOIN events e ON e.seq = (
         SELECT max(seq) FROM events x WHERE x.run = t.run AND x.task = t.key AND x.kind IN (${STATE_EVENTS}))`,
    )
    for (const { key, state = '', kind = '', told = '' } of last) {
      const expected = STATE_BY_EVENT[kind] ?? told
      // A task that no longer stands takes what needs it back, one by one and without a word.
      if (state !== expected && !(state === 'pending' && expected === 'available'))
        this.break('one truth', `${key} is ${state}, and the log says ${kind} last`)
    }
  }

  /** So are those of circuits, and each change of one begins where the last ended. */
  #logAndCircuitsAgree(): void {
    const broken = this.#row(
      `SELECT * FROM (SELECT level, identifier, from_state, lag(to_state) OVER (PARTITION BY run, level, identifier ORDER BY id) AS before
         FROM circuit_events WHERE to_state IS NOT NULL) WHERE from_state <> before LIMIT 1`,
    )
    if (broken !== null)
      this.break(
        'one truth',
        `${broken['level']} ${broken['identifier']} was ${broken['before']}, and left ${broken['from_state']}`,
      )
    const torn = this.#row(
      `SELECT c.level, c.identifier, c.state, e.to_state FROM circuits c JOIN circuit_events e ON e.id = (
         SELECT max(id) FROM circuit_events x WHERE x.run = c.run AND x.level = c.level AND x.identifier = c.identifier AND x.to_state IS NOT NULL)
       WHERE e.to_state <> c.state LIMIT 1`,
    )
    if (torn !== null)
      this.break(
        'one truth',
        `${torn['level']} ${torn['identifier']} is ${torn['state']}, and its log says ${torn['to_state']}`,
      )
  }

  /** Where no process was killed or stopped, and no disk fails, nothing is lost to a crash. */
  #onlyCrashesLose(): void {
    const { diskFails, diskFills, slowestCommitMs } = this.#outside.scenario.weather
    if (this.#mishaps > 0 || diskFails + diskFills > 0 || slowestCommitMs > LONGEST_BEARABLE_MS) return
    const lost = this.#row(
      `SELECT t.key, a.stage, a.outcome FROM attempts a JOIN tasks t ON t.id = a.task_id
       WHERE a.kind = 'lost' AND json_extract(a.outcome, '$.cause') = 'crash' LIMIT 1`,
    )
    if (lost !== null)
      this.break('nothing is lost', `${lost['stage']} of ${lost['key']} was lost: ${lost['outcome']}`)
  }

  /** What was asked for and is done has happened; what was refused or withdrawn has not. */
  #requestsMeanWhatTheySay(): void {
    for (const { seq = '', task = '' } of this.#rows(
      `SELECT seq, task FROM events WHERE kind = 'task_cancelled'`,
    ))
      if (!this.#cancelled.has(seq)) this.#cancelled.set(seq, { task, at: this.#outside.scheduler.now })
    const torn = this.#row(
      `SELECT r.id, r.answer, count(t.key) AS there, count(*) AS asked FROM requests r, json_each(r.body, '$.tasks') x
       LEFT JOIN tasks t ON t.key = json_extract(x.value, '$.key')
       WHERE json_extract(r.body, '$.kind') = 'add_tasks' AND r.answered_at IS NOT NULL GROUP BY r.id
       HAVING there <> iif(json_extract(r.answer, '$.ok'), asked, 0) LIMIT 1`,
    )
    if (torn !== null)
      this.break(
        'people are heard',
        `${torn['there']} of ${torn['asked']} tasks were added by what was answered ${torn['answer']}`,
      )
    const unheard = this.#row(
      `SELECT id FROM requests WHERE json_extract(answer, '$.message') = ? LIMIT 1`,
      UNOWNED,
    )
    if (unheard !== null)
      this.break('people are heard', `request ${unheard['id']} was withdrawn, and nobody had the store`)
  }

  #endedMeansDone(): void {
    const open = this.#row(
      `SELECT t.key, t.state FROM tasks t JOIN runs r ON r.id = t.run WHERE r.state = 'completed' AND t.state <> 'completed' LIMIT 1`,
    )
    if (open !== null)
      this.break('done means landed', `the run is completed, and ${open['key']} is ${open['state']}`)
  }

  /** Who wants a task from RED gets its tests written anew. */
  #peopleAreHeard(): void {
    const other = this.#row(
      `SELECT t.key, a.stage FROM events e JOIN tasks t ON t.run = e.run AND t.key = e.task
       JOIN attempts a ON a.task_id = t.id AND a.generation = json_extract(e.data, '$.generation') AND a.number = 1
       WHERE e.kind = 'task_retried' AND json_extract(e.data, '$.from') = 'red' AND a.stage <> 'red' LIMIT 1`,
    )
    if (other !== null)
      this.break('people are heard', `${other['key']} goes on with ${other['stage']}, not with RED`)
  }

  /** No more try what is half open than may. */
  #fewProbe(): void {
    const { circuits } = this.#outside.scenario.weather
    for (const { level = '', identifier, probes } of this.#rows(
      `SELECT level, identifier, probes FROM circuits WHERE state = 'half_open'`,
    ))
      if (Number(probes) > circuits[level as CircuitLevel].probes)
        this.break('failure is contained', `${probes} probe ${level} ${identifier}`)
  }

  /** What waits until a time of the clock waits no longer where that is set back. */
  #waitsEnd(): void {
    const late = this.#waits.find(this.#outside.scheduler)
    if (late !== null) this.break('the clock is heeded', late)
  }

  /** Nobody comes in for one change while a run waits for the store. */
  #whoStaysIsLetIn(): void {
    if (this.#owners.cameBetween(this.#outside.scheduler.wall))
      this.break('people are heard', 'a run waits for the store, and somebody came in between')
  }

  /** The store is taken from nobody who has the right to it. */
  #whoOwnsKeeps(): void {
    if (this.#owners.tookFromAnother(this.#outside.scheduler.wall))
      this.break('one truth', 'the store was taken from a process that had it')
  }

  #everythingHasItsName(): void {
    const open = this.#row(
      `SELECT key, state FROM tasks WHERE state IN ('running', 'landing', 'available', 'retryable') LIMIT 1`,
    )
    if (open !== null) this.break('nothing is lost', `${open['key']} is left ${open['state']}`)
    const stuck = this.#row(
      `SELECT t.key FROM tasks t WHERE t.state = 'pending' AND NOT EXISTS (
         SELECT 1 FROM dependencies d JOIN tasks n ON n.id = d.depends_on WHERE d.task_id = t.id AND n.state <> 'completed') LIMIT 1`,
    )
    if (stuck !== null) this.break('nothing is lost', `${stuck['key']} waits for nothing`)
    const open2 = this.#row('SELECT task_id FROM landing_intents LIMIT 1')
    if (open2 !== null) this.break('nothing is lost', 'an intent to land is left open')
  }

  /** Each call is settled once: what it used where it told all, and never less than that. */
  #accountsAreWhole(): void {
    const settled = new Map(
      this.#rows(`SELECT * FROM amounts WHERE kind = 'settled'`).map((row) => [row['attempt_id'], row]),
    )
    for (const { attempt, task, usage, ended } of this.#outside.ledger) {
      const row = settled.get(String(attempt))
      if (row === undefined) {
        this.break('accounts are whole', `attempt ${attempt} of ${task} was never settled`)
        continue
      }
      if (row['invocations'] !== '1')
        this.break('accounts are whole', `attempt ${attempt} counts ${row['invocations']} calls`)
      if (ended && row['estimated'] === '0' && row['output_tokens'] !== String(usage.outputTokens))
        this.break(
          'accounts are whole',
          `attempt ${attempt} is charged ${row['output_tokens']} and used ${usage.outputTokens}`,
        )
    }
    const called = new Set(this.#outside.ledger.map(({ attempt }) => attempt))
    const uncalled = [...settled].find(
      ([attempt, row]) =>
        row['invocations'] === '1' && row['estimated'] === '0' && !called.has(Number(attempt)),
    )
    if (uncalled !== undefined)
      this.break('accounts are whole', `attempt ${uncalled[0]} is charged, and called nobody`)
  }

  /** What an agent told is what its attempt is named, unless it was cut off. */
  #faultsAreTold(): void {
    const outcomes = new Map(
      this.#rows(`SELECT id, kind, json_extract(outcome, '$.cause') AS cause FROM attempts`).map(
        ({ id, kind, cause }) => [id, { kind, cause }],
      ),
    )
    for (const { attempt, task, stage, told } of this.#outside.ledger) {
      const outcome = outcomes.get(String(attempt))
      if (told === null || outcome === undefined) continue
      const { kind, cause } = outcome
      if (kind === 'lost' && (cause === 'crash' || cause === 'user')) continue
      if (kind === 'lost' && cause === 'infrastructure' && this.#machineFails) continue
      const named = kind === 'lost' ? `${kind} to ${cause}` : kind
      if (named !== undefined && !(NAMES[told] ?? []).includes(named))
        this.break('faults are classified', `${stage} of ${task} told ${told} and is ${named}`)
    }
  }

  /** The tests of every task that stands in the target hold there, and what was there before still does. */
  #whatLandedHolds(): void {
    const { repository } = this.#outside
    if (this.#head === null) return
    const texts = new Map(
      [...repository.files(repository.commit(this.#head).tree)].map(([path, { id }]) => [
        path,
        repository.blob(id).toString('utf8'),
      ]),
    )
    const failing = runTestsOf(texts).find(({ outcome }) => outcome !== 'passed')
    if (failing !== undefined)
      this.break('evidence, not claims', `${failing.file}: ${failing.name} fails in the target`)
    for (const { key, merge_commit: merge } of this.#rows(
      `SELECT key, merge_commit FROM tasks WHERE state = 'completed'`,
    )) {
      const stands = merge !== undefined && repository.reach(this.#head).has(merge)
      if (stands && !texts.has(`test/${key}.test`))
        this.break('evidence, not claims', `${key} landed, and its test is not there`)
    }
  }

  get #machineFails(): boolean {
    const { gitFails, verifyFails, diskFails, diskFills } = this.#outside.scenario.weather
    return gitFails + verifyFails + diskFails + diskFills > 0
  }

  /** An agent does nothing more once its task was cancelled, unless its process was stopped. */
  #cancelledAgentsEnd(): void {
    if (this.#mishaps > 0) return
    const soon = SOON_MS + 3 * this.#outside.scenario.weather.slowestCommitMs
    for (const { task, at } of this.#cancelled.values()) {
      const late = this.#outside.ledger.find(
        (mark) => mark.task === task && mark.calledAt < at && mark.lastAt > at + soon,
      )
      if (late !== undefined)
        this.break('people are heard', `${late.stage} of ${task} went on after it was cancelled`)
    }
  }

  /** What the target holds of a task is completed, with the tests that were accepted. */
  #whatLandedIsTold(): void {
    const { repository } = this.#outside
    if (this.#head === null) return
    const states = new Map(this.#rows('SELECT key, state FROM tasks').map(({ key, state }) => [key, state]))
    for (const commit of repository.firstParents(null, this.#head)) {
      const { message, tree } = repository.commit(commit)
      const task = /^TDD-Task: (.+)$/m.exec(message)?.[1]
      const red = /^TDD-Red: (.+)$/m.exec(message)?.[1]
      if (task === undefined || red === undefined) continue
      if (states.get(task) !== 'completed')
        this.break('done means landed', `${task} landed as ${commit}, and is ${states.get(task)}`)
      const file = `test/${task}.test`
      const accepted = repository.files(repository.commit(red).tree).get(file)
      if (repository.files(tree).get(file)?.id !== accepted?.id)
        this.break('evidence, not claims', `${task} landed with other tests than were accepted`)
    }
  }

  #row(sql: string, ...values: string[]): Facts | null {
    const row = this.#outside.disk.reader.get(sql, ...values)
    return row === null ? null : factsOf(row)
  }

  #rows(sql: string): Facts[] {
    return this.#outside.disk.reader.all(sql).map(factsOf)
  }
}

/** A row as texts; `null` for what is none. */
interface Facts {
  readonly [column: string]: string
}

function factsOf(row: Readonly<Record<string, unknown>>): Facts {
  return Object.fromEntries(Object.entries(row).map(([column, value]) => [column, String(value)]))
}

/** Until who works hears of it, beside the commits of the store. */
const SOON_MS = 10_000
/** Three such commits are shorter than the lease of a claim that is renewed after a third of it. */
const LONGEST_BEARABLE_MS = 12_000

/** The state of a task after an event of it; where none is named, the event tells it. */
const STATE_BY_EVENT: Readonly<Record<string, string | null>> = {
  task_available: 'available',
  task_claimed: 'running',
  task_given_back: 'retryable',
  lease_expired: 'retryable',
  task_landing: 'landing',
  landing_returned: 'retryable',
  task_completed: 'completed',
  task_failed: 'failed',
  task_needs_human: 'needs_human',
  task_blocked: 'blocked',
  task_unblocked: null,
  task_cancelled: 'cancelled',
  task_retried: null,
}
const STATE_EVENTS = Object.keys(STATE_BY_EVENT)
  .map((kind) => `'${kind}'`)
  .join(', ')

/** What an attempt may be called, by what its agent told. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  done: ['accepted', 'refused', 'dispute_rejected'],
  disputed: ['disputed', 'refused'],
  gave_up: ['gave_up'],
  provider_limit: ['lost to provider_limit'],
  infrastructure: ['lost to infrastructure'],
}
