/** A stretch of a task's work. Verification takes one of the places for it beside its worker, and waits until one is free. */
export interface Part {
  readonly kind: 'work' | 'verification'
  readonly ms: number
}

export interface ScheduledTask {
  readonly key: string
  readonly dependsOn: readonly string[]
  /** One after the other, all by the worker that claimed it. */
  readonly parts: readonly Part[]
  /** Once its worker has left it, by the one writer of the target. Only then can a task begin that needs it. */
  readonly landing: readonly Part[]
}

interface Places {
  readonly workers: number
  readonly verification: number
}

/**
 * How long a plan takes when every free worker at once takes the first task of `order` that can begin. Landings come one
 * after the other, and go before others where they wait for a place.
 */
export function listSchedule(
  tasks: readonly ScheduledTask[],
  order: readonly string[],
  places: Places,
): number {
  const plan = new OpenPlan(tasks, order)
  const free = { workers: places.workers, verification: places.verification, writer: true }
  const waiting: { readonly landing: Running[]; readonly work: Running[] } = { landing: [], work: [] }
  const arrived: Running[] = []
  /** The last of them ends next. */
  const ends: End[] = []
  let now = 0

  const goOn = (running: Running): void => {
    const [part] = running.left
    if (part === undefined) leave(running)
    else if (part.kind === 'work') start(running, part)
    else waiting[running.isLanding ? 'landing' : 'work'].push(running)
  }
  const start = (running: Running, part: Part): void => {
    insert(ends, { at: now + part.ms, running, part }, ({ at }) => at)
  }
  const leave = ({ task, isLanding }: Running): void => {
    if (isLanding) free.writer = true
    else free.workers += 1
    if (isLanding || task.landing.length === 0) plan.complete(task)
    else arrived.push({ task, isLanding: true, left: task.landing })
  }
  const beginAll = (): void => {
    while (free.workers > 0) {
      const task = plan.take()
      if (task === undefined) break
      free.workers -= 1
      goOn({ task, isLanding: false, left: task.parts })
    }
    while (free.writer) {
      const next = arrived.shift()
      if (next === undefined) break
      free.writer = false
      goOn(next)
    }
    while (free.verification > 0) {
      const next = waiting.landing.shift() ?? waiting.work.shift()
      if (next === undefined) break
      free.verification -= 1
      start(next, next.left[0] as Part)
    }
  }

  beginAll()
  for (let end = ends.pop(); end !== undefined; end = ends.pop()) {
    now = end.at
    if (end.part.kind === 'verification') free.verification += 1
    goOn({ ...end.running, left: end.running.left.slice(1) })
    beginAll()
  }
  if (plan.open > 0) throw new Error(`${plan.open} tasks can never begin`)
  return now
}

interface Running {
  readonly task: ScheduledTask
  readonly isLanding: boolean
  readonly left: readonly Part[]
}

interface End {
  readonly at: number
  readonly running: Running
  readonly part: Part
}

/** What of a plan can begin. */
class OpenPlan {
  /** Tasks that are not completed. */
  open: number
  readonly #placeOf: (task: ScheduledTask) => number
  /** The last of them goes first. */
  readonly #ready: ScheduledTask[] = []
  readonly #needs = new Map<string, number>()
  readonly #dependants = new Map<string, ScheduledTask[]>()

  constructor(tasks: readonly ScheduledTask[], order: readonly string[]) {
    const places = new Map(order.map((key, place) => [key, place]))
    this.#placeOf = ({ key }) => places.get(key) ?? order.length
    this.open = tasks.length
    for (const task of tasks) this.#dependants.set(task.key, [])
    for (const task of tasks) {
      this.#needs.set(task.key, task.dependsOn.length)
      for (const key of task.dependsOn) this.#dependants.get(key)?.push(task)
      if (task.dependsOn.length === 0) insert(this.#ready, task, this.#placeOf)
    }
  }

  take(): ScheduledTask | undefined {
    return this.#ready.pop()
  }

  complete({ key }: ScheduledTask): void {
    this.open -= 1
    for (const dependant of this.#dependants.get(key) ?? []) {
      const needs = (this.#needs.get(dependant.key) ?? 0) - 1
      this.#needs.set(dependant.key, needs)
      if (needs === 0) insert(this.#ready, dependant, this.#placeOf)
    }
  }
}

/** Keeps the smallest at the end; of equal ones that which came first. */
function insert<T>(sorted: T[], value: T, by: (value: T) => number): void {
  const size = by(value)
  let [from, to] = [0, sorted.length]
  while (from < to) {
    const middle = (from + to) >> 1
    if (by(sorted[middle] as T) > size) from = middle + 1
    else to = middle
  }
  sorted.splice(from, 0, value)
}
