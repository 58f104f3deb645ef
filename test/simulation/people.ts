import { OPERATIONS } from '../../src/store/operations.ts'
import { commitFiles, RUN } from './scenario.ts'
import type { Outside } from './engine-process.ts'
import { testLine } from './language.ts'
import type { SimulatedProcess } from './scheduler.ts'

/** What people may do to a run from outside. */
export interface Hands {
  /** Ctrl-C in the terminal of the process that runs now: once, or twice. */
  readonly interrupt: (now: boolean) => void
  readonly target: () => string | null
}

/** Meddles so often, at any moment, in whatever way chance picks. */
export async function meddle(
  outside: Outside,
  hands: Hands,
  { process, times }: { readonly process: SimulatedProcess; readonly times: number },
): Promise<void> {
  const { scheduler } = outside
  for (let left = times; left > 0; left -= 1) {
    await scheduler.wait(process, 'person', scheduler.between(1_000, 300_000))
    const way = scheduler.pick(WAYS)
    scheduler.trace.push(`${scheduler.now} a person: ${way.name}`)
    way.act(outside, hands)
  }
}

/** Nobody owns the store any more: tasks that failed or wait are retried. Whether there was one. */
export function retrySome({ disk, scheduler, scenario }: Outside): boolean {
  const retried = scenario.tasks.filter(({ key }) => {
    const options = { from: scheduler.pick(['red', null] as const), note: null }
    return disk.reader.transaction(() => OPERATIONS.retry(disk.reader, [RUN, key, options, scheduler.now]))
  })
  return retried.length > 0
}

interface Way {
  readonly name: string
  readonly act: (outside: Outside, hands: Hands) => void
}

const WAYS: readonly Way[] = [
  {
    name: 'cancels a task',
    act: (outside) => ask(outside, { kind: 'cancel', ...anyTask(outside), reason: 'not wanted' }),
  },
  {
    name: 'retries a task',
    act: (outside) => ask(outside, { kind: 'retry', ...anyTask(outside), from: null, note: null }),
  },
  {
    name: 'retries a task from RED',
    act: (outside) =>
      ask(outside, { kind: 'retry', ...anyTask(outside), from: 'red', note: 'write it anew' }),
  },
  { name: 'resets the circuits', act: (outside) => ask(outside, { kind: 'reset_circuits', run: RUN }) },
  { name: 'asks the run to stop', act: (outside) => ask(outside, { kind: 'stop', now: false }) },
  { name: 'asks the run to stop at once', act: (outside) => ask(outside, { kind: 'stop', now: true }) },
  { name: 'presses Ctrl-C', act: (_, hands) => hands.interrupt(false) },
  { name: 'presses Ctrl-C twice', act: (_, hands) => hands.interrupt(true) },
  { name: 'commits to the target', act: commitToTarget },
  { name: 'commits a test to the target that holds there', act: commitTest },
  { name: 'takes the last commit out of the target', act: resetTarget },
]

function ask({ disk, scheduler }: Outside, body: Parameters<Outside['disk']['handIn']>[0]): void {
  disk.handIn(body, scheduler.now)
}

function anyTask({ scheduler, scenario }: Outside): { readonly run: string; readonly task: string } {
  return { run: RUN, task: scheduler.pick(scenario.tasks).key }
}

function commitToTarget({ repository, scheduler }: Outside, { target }: Hands): void {
  const ref = `refs/heads/${target() ?? ''}`
  const head = repository.refs.get(ref)
  if (head === undefined) return
  const path = scheduler.pick(['src/common.src', 'notes.txt'])
  repository.refs.set(ref, commitFiles(repository, head, { [path]: `by hand ${scheduler.id()}\n` }))
}

/** What is being worked may contradict it, and nobody knows before it is put together. */
function commitTest({ repository }: Outside, { target }: Hands): void {
  const ref = `refs/heads/${target() ?? ''}`
  const head = repository.refs.get(ref)
  if (head === undefined) return
  const entry = repository.files(repository.commit(head).tree).get('src/shared.src')
  const word = entry === undefined ? undefined : repository.blob(entry.id).toString('utf8').split('\n')[0]
  if (word === undefined || !/^\S+$/.test(word)) return
  const test = testLine({ name: 'it is shared', path: 'src/shared.src', word })
  repository.refs.set(ref, commitFiles(repository, head, { 'test/shared.test': test }))
}

function resetTarget({ repository }: Outside, { target }: Hands): void {
  const ref = `refs/heads/${target() ?? ''}`
  const head = repository.refs.get(ref)
  const before = head === undefined ? undefined : repository.commit(head).parents[0]
  if (before !== undefined) repository.refs.set(ref, before)
}
