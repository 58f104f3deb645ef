import type { AttemptResources, ResourcePoint } from '../domain/attempt-resources.ts'
import type { ProcessSample } from '../runtime/exec.ts'

/** Points that are kept of one attempt: four minutes at one in two seconds. A longer one is told more coarsely. */
export const MOST_POINTS = 120

/**
 * Adds up what the commands of one attempt used. A sample belongs to the attempt whose command was looked at, whatever
 * else ran at that moment; commands of one attempt that run at once are summed.
 */
export class ResourceTally {
  readonly #began: number
  #totals = { samples: 0, cpuMs: 0, peakBytes: 0, peakProcesses: 0 }
  /** The moment that samples are coming in of. */
  #moment: { readonly at: number; bytes: number; processes: number } | null = null
  #points: ResourcePoint[] = []
  /** Moments that a full point stands for, and those that the last one stands for by now. */
  #each = 1
  #inLast = 0

  /** `began`: the monotonic time at which the attempt began. */
  constructor(began: number) {
    this.#began = began
  }

  hear(sample: ProcessSample): void {
    const { kind, cpuMs } = sample
    this.#totals.cpuMs += cpuMs
    if (kind === 'rest') return this.#mergeIntoLast({ cpuMs, bytes: 0, processes: 0 })
    const moment = this.#momentOf(sample.at)
    moment.bytes += sample.bytes
    moment.processes += sample.processes
    const { peakBytes, peakProcesses } = this.#totals
    this.#totals.peakBytes = Math.max(peakBytes, moment.bytes)
    this.#totals.peakProcesses = Math.max(peakProcesses, moment.processes)
    this.#mergeIntoLast({ cpuMs, bytes: moment.bytes, processes: moment.processes })
  }

  /** Null where no command was sampled: there was none, or the platform does not tell. */
  totals(): AttemptResources | null {
    const { samples, cpuMs } = this.#totals
    return samples === 0 && cpuMs === 0 ? null : { ...this.#totals, points: [...this.#points] }
  }

  #momentOf(at: number): { bytes: number; processes: number } {
    if (this.#moment?.at === at) return this.#moment
    this.#totals.samples += 1
    this.#beginMoment(Math.round(at - this.#began))
    this.#moment = { at, bytes: 0, processes: 0 }
    return this.#moment
  }

  #beginMoment(atMs: number): void {
    const last = this.#points.at(-1)
    if (last !== undefined && this.#inLast < this.#each) {
      this.#inLast += 1
      this.#points[this.#points.length - 1] = { ...last, atMs }
      return
    }
    if (this.#points.length === MOST_POINTS) {
      this.#points = inPairs(this.#points)
      this.#each *= 2
    }
    this.#points.push({ atMs, cpuMs: 0, bytes: 0, processes: 0 })
    this.#inLast = 1
  }

  /** What came after the last moment, or before the first, has no point of its own. */
  #mergeIntoLast(more: Omit<ResourcePoint, 'atMs'>): void {
    const last = this.#points.at(-1)
    if (last !== undefined) this.#points[this.#points.length - 1] = merged(last, { ...more, atMs: last.atMs })
  }
}

function inPairs(points: readonly ResourcePoint[]): ResourcePoint[] {
  return points.flatMap((point, index) => {
    if (index % 2 === 1) return []
    const next = points[index + 1]
    return [next === undefined ? point : merged(point, next)]
  })
}

function merged(before: ResourcePoint, after: ResourcePoint): ResourcePoint {
  return {
    atMs: after.atMs,
    cpuMs: before.cpuMs + after.cpuMs,
    bytes: Math.max(before.bytes, after.bytes),
    processes: Math.max(before.processes, after.processes),
  }
}
