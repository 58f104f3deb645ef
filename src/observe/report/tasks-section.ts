import type { DiffPart } from '../../domain/diff-part.ts'
import { counted } from '../../domain/wording.ts'
import { diffPieces } from './diff-pieces.ts'
import { bytesOf, type Html, html } from './html.ts'
import type { ReportTask, ReportWork, Section } from './report-facts.ts'
import { taskBody, taskLine } from './task-card.ts'

/** Every task in the order of the plan, closed until somebody opens it; within so many bytes. */
export function tasksSection(
  tasks: readonly ReportTask[],
  { diffs }: Pick<ReportWork, 'diffs'>,
  bytes: number,
): Section {
  const { lines, left } = linesWithin(tasks, bytes)
  const listed = tasks.slice(0, lines.length)
  const places = new Map(tasks.map(({ task }, place) => [task.definition.key, place]))
  const diffsOf = ({ task }: ReportTask): readonly DiffPart[] => diffs.get(task.definition.key) ?? []
  const bodies = new Map<ReportTask, Html>()
  const shown = new Map<ReportTask, Html>()
  let room = left
  for (const some of [listed.filter(isOpen), listed.filter((told) => !isOpen(told))]) {
    room = fit(some, { room, into: bodies, make: (told) => taskBody(told, places) })
    const changed = some.filter((told) => bodies.has(told) && diffsOf(told).length > 0)
    room = fit(changed, { room, into: shown, make: (told) => diffPieces(told, diffsOf(told)) })
  }
  const withoutDiff = new Set(
    listed.filter((told) => bodies.has(told) && !shown.has(told) && diffsOf(told).length > 0),
  )
  const cards = listed.map((told, index) => {
    const body = bodies.get(told) ?? noRoom(told, 'more', 'show')
    const diff = shown.get(told) ?? (withoutDiff.has(told) ? noRoom(told, 'its diff', 'diff') : null)
    return html`<details class="task"><summary>${lines[index] ?? null}</summary><div class="body" id="task-${index + 1}">${body}${diff}</div></details>
`
  })
  const unlisted = tasks.length - lines.length
  return {
    id: 'tasks',
    title: 'Tasks',
    body: tasks.length === 0 ? html`<p>There are no tasks.</p>` : html`${cards}`,
    cut: [
      ...cutLine(unlisted, `of ${tasks.length} are not listed: orchestrator task list`),
      ...cutLine(listed.length - bodies.size, 'listed without more: orchestrator task show KEY'),
      ...cutLine(withoutDiff.size, 'told without the diff: orchestrator task diff KEY'),
    ],
  }
}

/** What has not landed is told whole before room runs out. */
function isOpen({ task }: ReportTask): boolean {
  return task.state.state !== 'completed'
}

function cutLine(count: number, what: string): string[] {
  return count === 0 ? [] : [`${counted(count, 'task')} ${what}`]
}

/** What stands around a card. */
const AROUND_BYTES = 120

function linesWithin(
  tasks: readonly ReportTask[],
  bytes: number,
): { readonly lines: readonly Html[]; readonly left: number } {
  const lines: Html[] = []
  let left = bytes
  for (const told of tasks) {
    const line = taskLine(told)
    const takes = bytesOf(line) + AROUND_BYTES + bytesOf(noRoom(told, 'its diff', 'diff'))
    if (takes > left) break
    left -= takes
    lines.push(line)
  }
  return { lines, left }
}

/** After so many that had no room, none is tried any more: to find out costs as much as to show it. */
const MOST_MISSES = 20

/** Keeps the pieces that have room, in the order of the tasks, and answers how much is left of it. */
function fit(
  tasks: readonly ReportTask[],
  how: {
    readonly room: number
    readonly into: Map<ReportTask, Html>
    readonly make: (told: ReportTask) => Html
  },
): number {
  let left = how.room
  let misses = 0
  for (const told of tasks) {
    if (misses === MOST_MISSES) break
    const piece = how.make(told)
    const takes = bytesOf(piece)
    if (takes > left) misses += 1
    else {
      left -= takes
      how.into.set(told, piece)
    }
  }
  return left
}

function noRoom({ task }: ReportTask, what: string, command: string): Html {
  return html`<p class="quiet">No room is left here for ${what}: <code>orchestrator task ${command} ${task.definition.key.slice(0, 80)}</code></p>`
}
