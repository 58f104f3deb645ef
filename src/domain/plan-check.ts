import { foldPath, isUnder } from './plan-path.ts'
import type { Problem } from './problem.ts'
import { didYouMean } from './suggest.ts'

/** What the checks between tasks look at. */
interface TaskLinks {
  /** The task's position in the plan file. */
  readonly index: number
  readonly key: string
  readonly dependsOn: readonly string[]
}

/** Duplicate keys, dependencies that do not exist or are named twice, and every cycle. Linear in tasks and dependencies. */
export function linkProblems(tasks: readonly TaskLinks[]): Problem[] {
  const byKey = new Map<string, TaskLinks>()
  const folded = new Map<string, TaskLinks>()
  const problems: Problem[] = []
  for (const task of tasks) {
    const twin = byKey.get(task.key) ?? folded.get(task.key.toLowerCase())
    if (twin !== undefined) problems.push(duplicateKey(task, twin))
    if (!byKey.has(task.key)) byKey.set(task.key, task)
    folded.set(task.key.toLowerCase(), task)
  }
  let suggestions = 0
  for (const task of tasks) {
    const seen = new Set<string>()
    for (const [position, key] of task.dependsOn.entries()) {
      const path = ['tasks', task.index, 'dependsOn', position]
      if (seen.has(key)) {
        problems.push({ path, what: `names ${JSON.stringify(key)} a second time`, right: 'remove it' })
      }
      seen.add(key)
      if (byKey.has(key)) continue
      // A suggestion looks at every key: only the first ones get one.
      suggestions += 1
      const fallback = 'add that task or remove the dependency'
      const right = suggestions <= SUGGESTED ? didYouMean(key, byKey.keys(), fallback) : fallback
      problems.push({ path, what: `${JSON.stringify(key.slice(0, 120))} is no task of this plan`, right })
    }
  }
  for (const cycle of findCycles([...byKey.values()])) problems.push(cycleProblem(cycle, byKey))
  return problems
}

/**
 * The same file as test and source, and sources in a directory of tests, which none of them could be. A test in a directory
 * of sources, whatever that is called, is no fault: what a task names as its test is a test. Both lists are normalised.
 */
export function pathProblems(task: {
  readonly index: number
  readonly tests: readonly string[]
  readonly sources: readonly string[]
}): Problem[] {
  const files = new Set(task.tests.map(foldPath))
  const directories = task.tests
    .filter((path) => path.endsWith('/**'))
    .map((path) => foldPath(path.slice(0, -3)))
  return task.sources.flatMap((source, position) => {
    const path = ['tasks', task.index, 'sources', position]
    const folded = foldPath(source)
    if (files.has(folded)) {
      return [{ path, what: `${JSON.stringify(source)} is a test of this task too`, right: 'list it once' }]
    }
    const bare = folded.endsWith('/**') ? folded.slice(0, -3) : folded
    const holder = directories.find((directory) => isUnder(bare, directory))
    if (holder === undefined) return []
    return [
      {
        path,
        what: `${JSON.stringify(source)} lies in the tests ${holder}/** of this task`,
        right: 'name the test files one by one',
      },
    ]
  })
}

const SUGGESTED = 20

/**
 * One cycle per group of tasks that wait for each other, as keys in the order "needs": each needs the next, the last
 * needs the first. Iterative depth-first search, so a long chain needs no stack.
 */
export function findCycles(tasks: readonly Pick<TaskLinks, 'key' | 'dependsOn'>[]): string[][] {
  const dependencies = new Map(tasks.map((task) => [task.key, task.dependsOn]))
  const state = new Map<string, 'open' | 'done'>()
  const cycles: string[][] = []
  for (const { key: start } of tasks) {
    if (state.has(start)) continue
    const path = [{ key: start, next: 0 }]
    state.set(start, 'open')
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const key = dependencies.get(top.key)?.[top.next]
      if (key === undefined) {
        state.set(top.key, 'done')
        path.pop()
        continue
      }
      top.next += 1
      if (!dependencies.has(key)) continue
      if (!state.has(key)) {
        state.set(key, 'open')
        path.push({ key, next: 0 })
      } else if (state.get(key) === 'open' && cycles.length < CYCLES) {
        cycles.push(path.slice(path.findIndex((entry) => entry.key === key)).map((entry) => entry.key))
      }
    }
  }
  return cycles
}

/** Cycles that are told at once; each costs as much as it is long. */
const CYCLES = 20
const NAMED_TASKS = 50

function duplicateKey(task: TaskLinks, twin: TaskLinks): Problem {
  const same = task.key === twin.key
  const difference = same ? 'is' : 'differs only in letter case from'
  return {
    path: ['tasks', task.index, 'key'],
    what: `${JSON.stringify(task.key)} ${difference} the key of tasks[${twin.index}]`,
    right: 'give each task its own key',
  }
}

function cycleProblem(cycle: readonly string[], byKey: ReadonlyMap<string, TaskLinks>): Problem {
  const [first = ''] = cycle
  const last = byKey.get(cycle.at(-1) ?? '')
  const named =
    cycle.length <= NAMED_TASKS
      ? cycle
      : [...cycle.slice(0, NAMED_TASKS), `${cycle.length - NAMED_TASKS} more`]
  return {
    path: ['tasks', last?.index ?? 0, 'dependsOn', Math.max(0, last?.dependsOn.indexOf(first) ?? 0)],
    what: `closes a cycle: ${[...named, first].join(' needs ')}`,
    right: 'remove one of these dependencies',
  }
}
