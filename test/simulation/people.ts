import { OPERATIONS } from '../../src/store/operations.ts'
import type { Outside } from './engine-process.ts'
import type { Fault } from './faults.ts'
import { testLine } from './language.ts'
import { ask } from './requests.ts'
import { commitFiles, drawShared, RUN, taskOf } from './scenario.ts'
import type { SimulatedProcess } from './scheduler.ts'

/** What people may do to a run from outside. */
export interface Hands {
  /** Ctrl-C in the terminal of the process that runs now: once, or twice. */
  readonly interrupt: (now: boolean) => void
  readonly target: () => string | null
  /** In which they wait. */
  readonly process: SimulatedProcess
}

/** Meddles so often, at any moment, in whatever way chance picks. */
export async function meddle(outside: Outside, hands: Hands, times: number): Promise<void> {
  const { scheduler } = outside
  for (let left = times; left > 0; left -= 1) {
    await scheduler.wait(hands.process, 'person', scheduler.between(1_000, 300_000))
    act(outside, hands, scheduler.pick(WAYS))
  }
}

/** Asks for something at this very moment. */
export function askNow(outside: Outside, hands: Hands): void {
  act(outside, hands, outside.scheduler.pick(REQUESTS))
}

function act(outside: Outside, hands: Hands, [fault, does]: Way): void {
  const { scheduler, faults } = outside
  if (!faults.strikes(fault, 1)) return
  scheduler.trace.push(`${scheduler.now} ${fault}`)
  does(outside, hands)
}

/** Nobody owns the store any more: tasks that failed or wait are retried. Whether there was one. */
export function retrySome({ disk, scheduler, scenario }: Outside): boolean {
  const retried = scenario.tasks.filter(({ key }) => {
    const options = { from: scheduler.pick(['red', null] as const), note: null }
    return (
      isKnown({ disk }, key) &&
      disk.reader.transaction(() => OPERATIONS.retry(disk.reader, [RUN, key, options, scheduler.wall]))
    )
  })
  return retried.length > 0
}

function isKnown({ disk }: Pick<Outside, 'disk'>, key: string): boolean {
  return disk.reader.get('SELECT 1 FROM tasks WHERE key = ?', key) !== null
}

type Way = readonly [fault: Fault, does: (outside: Outside, hands: Hands) => void]

const REQUESTS: readonly Way[] = [
  ['a person adds tasks', addTasks],
  ['a person adds tasks', addTasks],
  [
    'a person cancels a task',
    (outside, hands) => ask(outside, hands, { kind: 'cancel', ...anyTask(outside), reason: 'not wanted' }),
  ],
  [
    'a person retries a task',
    (outside, hands) => ask(outside, hands, { kind: 'retry', ...anyTask(outside), from: null, note: null }),
  ],
  [
    'a person retries a task from RED',
    (outside, hands) =>
      ask(outside, hands, { kind: 'retry', ...anyTask(outside), from: 'red', note: 'write it anew' }),
  ],
  [
    'a person resets the circuits',
    (outside, hands) => ask(outside, hands, { kind: 'reset_circuits', run: RUN }),
  ],
  ['a person asks the run to stop', (outside, hands) => ask(outside, hands, { kind: 'stop', now: false })],
  [
    'a person asks the run to stop at once',
    (outside, hands) => ask(outside, hands, { kind: 'stop', now: true }),
  ],
]

const WAYS: readonly Way[] = [
  ...REQUESTS,
  ['a person presses Ctrl-C', (_, hands) => hands.interrupt(false)],
  ['a person presses Ctrl-C twice', (_, hands) => hands.interrupt(true)],
  ['a person commits to the target', commitToTarget],
  ['a person commits a test to the target that holds there', commitTest],
  ['a person takes the last commit out of the target', resetTarget],
  ['a person checks the target out for a while', checkOutTarget],
  ['a person deletes the target for a while', deleteTarget],
]

function anyTask({ scheduler, scenario }: Outside): { readonly run: string; readonly task: string } {
  return { run: RUN, task: scheduler.pick(scenario.tasks).key }
}

/** Some of them need what is there already, or hold a file or a directory with it. */
function addTasks(outside: Outside, hands: Hands): void {
  const { scheduler, scenario } = outside
  const before = scenario.tasks.map(({ key }) => key)
  const tasks = Array.from({ length: scheduler.between(1, 2) }, (_, at) =>
    taskOf(`T${before.length + at + 1}`, {
      dependsOn: before.filter((key) => isKnown(outside, key) && scheduler.chance(0.2)),
      shared: drawShared(scheduler),
    }),
  )
  scenario.tasks.push(...tasks)
  ask(outside, hands, { kind: 'add_tasks', run: RUN, tasks, suites: [], planText: '' })
}

function headOf({ repository }: Outside, { target }: Hands): { ref: string; head: string | null } {
  const ref = `refs/heads/${target() ?? ''}`
  return { ref, head: repository.refs.get(ref) ?? null }
}

function commitToTarget(outside: Outside, hands: Hands): void {
  const { repository, scheduler } = outside
  const { ref, head } = headOf(outside, hands)
  if (head === null) return
  const path = scheduler.pick(['src/common/one.src', 'notes.txt'])
  repository.refs.set(ref, commitFiles(repository, head, { [path]: `by hand ${scheduler.id()}\n` }))
}

/** What is being worked may contradict it, and nobody knows before it is put together. */
function commitTest(outside: Outside, hands: Hands): void {
  const { repository } = outside
  const { ref, head } = headOf(outside, hands)
  if (head === null) return
  const entry = repository.files(repository.commit(head).tree).get('src/shared.src')
  const word = entry === undefined ? undefined : repository.blob(entry.id).toString('utf8').split('\n')[0]
  if (word === undefined || !/^\S+$/.test(word)) return
  const test = testLine({ name: 'it is shared', path: 'src/shared.src', word })
  repository.refs.set(ref, commitFiles(repository, head, { 'test/shared.test': test }))
}

function resetTarget(outside: Outside, hands: Hands): void {
  const { repository } = outside
  const { ref, head } = headOf(outside, hands)
  const before = head === null ? undefined : repository.commit(head).parents[0]
  if (before !== undefined) repository.refs.set(ref, before)
}

function checkOutTarget({ repository, scheduler }: Outside, { target, process }: Hands): void {
  const branch = target()
  if (branch === null) return
  repository.workTrees.set(branch, '/elsewhere')
  void scheduler
    .wait(process, 'person.back', scheduler.between(1_000, LONGEST_AWAY_MS))
    .then(() => repository.workTrees.delete(branch))
}

/** It is put back where it was, unless it is there again. */
function deleteTarget(outside: Outside, hands: Hands): void {
  const { repository, scheduler } = outside
  const { ref, head } = headOf(outside, hands)
  if (head === null) return
  repository.refs.delete(ref)
  void scheduler.wait(hands.process, 'person.back', scheduler.between(1_000, LONGEST_AWAY_MS)).then(() => {
    if (!repository.refs.has(ref)) repository.refs.set(ref, head)
  })
}

const LONGEST_AWAY_MS = 300_000
