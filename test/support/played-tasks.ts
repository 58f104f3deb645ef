import type { Event } from '../../src/domain/event.ts'
import type { Engine } from '../../src/engine/open.ts'
import { letterSource, letterTest } from './letters.ts'

/** What a task is and what its agent does, by key; what is left out is an honest letter (see `letters.ts`). */
export type PlayedTasks = Readonly<Record<string, PlayedTask>>

export interface PlayedTask {
  /** Keys of the plan's task that differ. */
  readonly task?: Readonly<Record<string, unknown>>
  /** Attempts by stage, each a list of actions. */
  readonly red?: readonly Actions[]
  readonly red_fix?: readonly Actions[]
  readonly green?: readonly Actions[]
  readonly fix?: readonly Actions[]
  readonly refactor?: readonly Actions[]
}

export type Actions = readonly Readonly<Record<string, unknown>>[]

export function playedPlan(
  tasks: PlayedTasks,
  options: {
    readonly suite?: Readonly<Record<string, unknown>>
    readonly limits?: Readonly<Record<string, number>>
  } = {},
): unknown {
  const suite = { name: 'main', runner: 'node', tests: ['test/**'], sources: ['src/**'], ...options.suite }
  return {
    version: 1,
    title: 'Played',
    project: { suites: [suite] },
    ...(options.limits === undefined ? {} : { limits: options.limits }),
    tasks: Object.entries(tasks).map(([key, { task }]) => ({
      key,
      title: `Return ${key}`,
      criteria: [{ id: `AC-${key}`, text: `${key} in small letters is returned` }],
      tests: [testPath(key)],
      sources: [sourcePath(key)],
      ...task,
    })),
  }
}

export function playedSession(tasks: PlayedTasks): { version: 1; tasks: Record<string, unknown> } {
  const played = Object.entries(tasks).map(([key, { red, red_fix = [], green, fix = [], refactor = [] }]) => [
    key,
    { red: red ?? [writesTest(key)], red_fix, green: green ?? [writesSource(key)], fix, refactor },
  ])
  return { version: 1, tasks: Object.fromEntries(played) as Record<string, unknown> }
}

/** The honest RED attempt of a letter. */
export function writesTest(key: string): Actions {
  return [{ write: { [testPath(key)]: letterTest(key) } }]
}

/** The honest GREEN attempt of a letter. */
export function writesSource(key: string): Actions {
  return [{ write: { [sourcePath(key)]: letterSource(key) } }]
}

export function testPath(key: string): string {
  return `test/${key.toLowerCase()}.test.js`
}

export function sourcePath(key: string): string {
  return `src/${key.toLowerCase()}.js`
}

/** `<task> <stage> <code>` of each first refusal, in the order in which a task met them. */
export function refusalLines(report: {
  readonly refusals: readonly { readonly task: string; readonly stage: string; readonly code: string }[]
}): string[] {
  return report.refusals.map(({ task, stage, code }) => `${task} ${stage} ${code}`)
}

export async function allEvents(engine: Engine): Promise<Event[]> {
  const found: Event[] = []
  for (;;) {
    const events = await engine.world.store.events({ after: found.at(-1)?.seq ?? 0, limit: 1_000 })
    found.push(...events)
    if (events.length < 1_000) return found
  }
}

/** Resolves with the first event, old or new, that a test waits for. */
export async function eventWhere(
  engine: Engine,
  wanted: (event: Event) => boolean,
  seen = 0,
): Promise<Event> {
  const { store } = engine.world
  for (let after = seen; ; ) {
    const events = await store.events({ after, limit: 1_000 })
    const found = events.find(wanted)
    if (found !== undefined) return found
    after = events.at(-1)?.seq ?? after
    await store.waitForEvent(after, new AbortController().signal)
  }
}
