import type { Clock } from '../runtime/clock.ts'
import { type Output, printable } from './output.ts'
import { Screen } from './screen.ts'
import type { RunSource, SpendLook, WorkerLook } from './run-source.ts'
import { columns, counted, durationText, usd } from './text-lines.ts'

/** Four times a second at most. */
const REDRAW_MS = 250

/** What stands below the lines of a run on a terminal: who does what, how far it is, what it cost. */
export class LiveView implements AsyncDisposable {
  readonly #source: RunSource
  readonly #output: Output
  readonly #clock: Clock
  readonly #since: number
  readonly #standing: () => Standing
  readonly #screen = new Screen(process.stderr)
  readonly #stopped = new AbortController()
  #drawing: Promise<void> | null = null
  #lines: string[] = []

  constructor(parts: {
    readonly source: RunSource
    readonly output: Output
    readonly clock: Clock
    /** Milliseconds since the epoch, when the work began. */
    readonly since: number
    readonly standing: () => Standing
  }) {
    this.#source = parts.source
    this.#output = parts.output
    this.#clock = parts.clock
    this.#since = parts.since
    this.#standing = parts.standing
  }

  start(): void {
    if (this.#drawing !== null) return
    this.#output.route((line) => this.#above(line))
    this.#drawing = this.#drawWhileRunning()
    // What goes wrong is thrown when the view is taken away; a run does not end because it cannot be drawn.
    this.#drawing.catch(() => this.#stopped.abort())
  }

  /** Takes the view away. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped.abort()
    await this.#drawing
    this.#screen.print([])
    this.#output.route(null)
  }

  /** A line that stays, above the view. */
  #above(line: string): void {
    this.#screen.print([coloured(line, this.#output.color)])
    this.#screen.draw(this.#lines)
  }

  async #drawWhileRunning(): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      const look = {
        workers: await this.#source.workers(),
        spend: await this.#source.spend(),
        ...this.#standing(),
      }
      if (this.#stopped.signal.aborted) return
      const now = this.#clock.now()
      this.#lines = viewLines({ ...look, elapsedMs: now - this.#since, now }).map((line) =>
        coloured(printable(line), this.#output.color),
      )
      this.#screen.draw(this.#lines)
      await this.#clock.sleep(REDRAW_MS, this.#stopped.signal)
    }
  }
}

/** How many tasks there are, and how many of them have landed. */
interface Standing {
  readonly landed: number
  readonly total: number
}

export interface Look extends Standing {
  readonly workers: readonly WorkerLook[]
  readonly spend: SpendLook
  readonly elapsedMs: number
  /** Milliseconds since the epoch. */
  readonly now: number
}

const BAR = 24

/** The view as lines without colours. */
export function viewLines(look: Look): string[] {
  const { workers, spend, landed, total, elapsedMs, now } = look
  const done = total === 0 ? 0 : Math.round((landed / total) * BAR)
  const bar = `${'#'.repeat(done)}${'.'.repeat(BAR - done)}`
  const busy = workers.filter(({ state }) => state === 'working')
  return [
    '',
    `[${bar}] ${landed} of ${counted(total, 'task')} landed, ${durationText(elapsedMs)}, ${counted(spend.invocations, 'agent call')}, ${usd(spend.costUsd)}${leftText(look)}`,
    ...columns(
      busy.map(({ worker, task, stage, since }) => [
        `  ${worker}`,
        task ?? '',
        (stage ?? '').toUpperCase(),
        durationText(Math.max(0, now - since)),
      ]),
    ),
  ]
}

/** From how long the landed ones took, as they landed in parallel; nothing before enough of them have. */
function leftText({ landed, total, elapsedMs }: Look): string {
  if (landed < BASIS || landed >= total) return ''
  return `, about ${durationText((elapsedMs / landed) * (total - landed))} left`
}

const BASIS = 3

const COLOURS: readonly (readonly [RegExp, string])[] = [
  [/\b(refused|failed|gave up|lost|came back|needs you)\b/, '31'],
  [/\blanded\b/, '32'],
  [/\b(RED|RED_FIX|GREEN|VERIFY|RE_VERIFY|FIX|REFACTOR)\b/, '36'],
]

/** The word that matters, coloured; the line as it is where there are no colours. */
export function coloured(line: string, color: boolean): string {
  if (!color) return line
  const found = COLOURS.find(([pattern]) => pattern.test(line))
  return found === undefined ? line : line.replace(found[0], (word) => `\u001B[${found[1]}m${word}\u001B[0m`)
}
