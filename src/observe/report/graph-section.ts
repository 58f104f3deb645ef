import type { TaskStateName } from '../../domain/task.ts'
import { counted } from '../../domain/wording.ts'
import { graphLayout } from './graph-layout.ts'
import { type Html, html, svg } from './html.ts'
import { shortName, STATE_WORDS, wide } from './pieces.ts'
import type { ReportTask, Section } from './report-facts.ts'

const MOST_NODES = 400
const MOST_LINES = 1_600
/** Above this, boxes hold the key alone. */
const ROOMY = 60

interface Node {
  readonly key: string
  readonly state: TaskStateName
  readonly x: number
  readonly y: number
  readonly index: number
}

interface Box {
  readonly width: number
  readonly height: number
  readonly across: number
  readonly down: number
  readonly letters: number
}

const ROOMY_BOX: Box = { width: 148, height: 42, across: 200, down: 56, letters: 17 }
const SMALL_BOX: Box = { width: 104, height: 22, across: 142, down: 30, letters: 11 }
const EDGE = 10

/** Every task right of what it needs. */
export function graphSection(tasks: readonly ReportTask[]): Section {
  const shown = chosen(tasks)
  const box = shown.length > ROOMY ? SMALL_BOX : ROOMY_BOX
  const { nodes, lines, width, height } = drawn(tasks, shown, box)
  const cut =
    shown.length === tasks.length
      ? []
      : [`The graph draws ${shown.length} of ${tasks.length} tasks: first those that have not landed.`]
  if (lines.length > MOST_LINES) cut.push(`The graph draws ${MOST_LINES} of ${lines.length} dependencies.`)
  const label = `Graph of ${counted(shown.length, 'task')}; each task names what it needs in the list of tasks below`
  const picture = svg`<svg class="graph" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}">
<g class="lines">${lines.slice(0, MOST_LINES).map(({ from, to }) => lineOf(from, to, box))}</g>
${nodes.map((node) => nodeOf(node, box))}</svg>`
  return {
    id: 'graph',
    title: 'Graph of tasks',
    body:
      tasks.length === 0
        ? html`<p>There are no tasks.</p>`
        : html`<p>A task stands right of what it needs; a line leads to it from there.</p>${wide('Graph of tasks', picture)}`,
    cut,
  }
}

/** Where there are too many: what has not landed, then the others in the order of the plan. */
function chosen(tasks: readonly ReportTask[]): ReportTask[] {
  const open = ({ task }: ReportTask): boolean => task.state.state !== 'completed'
  if (tasks.length <= MOST_NODES) return [...tasks]
  const first = [...tasks.filter(open), ...tasks.filter((task) => !open(task))]
  const picked = new Set(first.slice(0, MOST_NODES))
  return tasks.filter((task) => picked.has(task))
}

function drawn(
  all: readonly ReportTask[],
  shown: readonly ReportTask[],
  box: Box,
): {
  readonly nodes: readonly Node[]
  readonly lines: readonly { readonly from: Node; readonly to: Node }[]
  readonly width: number
  readonly height: number
} {
  const index = new Map(all.map(({ task }, place) => [task.definition.key, place]))
  const state = new Map(shown.map(({ task }) => [task.definition.key, task.state.state]))
  const { placed, alone, layers, rows } = graphLayout(shown.map(({ task }) => task.definition))
  const node = (key: string, column: number, row: number): Node => ({
    key,
    state: state.get(key) ?? 'pending',
    index: index.get(key) ?? 0,
    x: EDGE + column * box.across,
    y: EDGE + row * box.down,
  })
  const inLayer = Map.groupBy(placed, ({ layer }) => layer)
  // Shorter layers stand in the middle of the longest.
  const linked = placed.map(({ key, layer, row }) =>
    node(key, layer, row + (rows - (inLayer.get(layer)?.length ?? rows)) / 2),
  )
  const columns = Math.max(5, layers)
  const top = rows === 0 ? 0 : rows + 0.4
  const single = alone.map((key, place) => node(key, place % columns, top + Math.floor(place / columns)))
  const nodes = [...linked, ...single]
  const at = new Map(nodes.map((each) => [each.key, each]))
  const lines = placed.flatMap(({ key, dependsOn }) =>
    dependsOn.flatMap((other) => {
      const [from, to] = [at.get(other), at.get(key)]
      return from === undefined || to === undefined ? [] : [{ from, to }]
    }),
  )
  const most = (of: (node: Node) => number): number => nodes.reduce((so, each) => Math.max(so, of(each)), 0)
  return {
    nodes,
    lines,
    width: Math.ceil(most(({ x }) => x) + box.width + EDGE),
    height: Math.ceil(most(({ y }) => y) + box.height + EDGE),
  }
}

function lineOf(from: Node, to: Node, box: Box): Html {
  const [x1, y1] = [from.x + box.width, from.y + box.height / 2]
  const [x2, y2] = [to.x, to.y + box.height / 2]
  const bend = Math.max(18, (x2 - x1) / 2)
  return svg`<path d="M${round(x1)} ${round(y1)}C${round(x1 + bend)} ${round(y1)} ${round(x2 - bend)} ${round(y2)} ${round(x2)} ${round(y2)}"/>`
}

function nodeOf({ key, state, x, y, index }: Node, box: Box): Html {
  const roomy = box === ROOMY_BOX
  const middle = box.height / 2
  const name = shortName(key, box.letters)
  const words = roomy
    ? svg`<text x="28" y="${middle - 3}">${name}</text><text class="quiet" x="28" y="${middle + 12}">${STATE_WORDS[state]}</text>`
    : svg`<text x="22" y="${middle + 4}">${name}</text>`
  return svg`<a href="#task-${index + 1}" tabindex="-1"><svg class="node s-${state}" x="${round(x)}" y="${round(y)}" width="${box.width}" height="${box.height}"><title>${shortName(key, 40)}: ${STATE_WORDS[state]}</title><rect x=".75" y=".75" width="${box.width - 1.5}" height="${box.height - 1.5}" rx="6"/><use href="#sign-${state}" x="${roomy ? 8 : 5}" y="${middle - 7}" width="14" height="14"/>${words}</svg></a>
`
}

function round(value: number): string {
  return String(Math.round(value * 10) / 10)
}
