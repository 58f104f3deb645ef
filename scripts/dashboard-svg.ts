import { escaped, n } from './svg-text.ts'

/** A panel with what its queries answered. */
export interface Drawn {
  readonly title: string
  readonly type: 'stat' | 'timeseries' | 'bargauge' | 'state-timeline'
  readonly unit: string
  /** Seconds from the beginning, and values. */
  readonly series: readonly {
    readonly name: string
    readonly points: readonly (readonly [number, number])[]
  }[]
}

interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

const WIDTH = 1_200
const GAP = 8
const COLUMNS = 24
/** How many of 24 columns a panel takes, and how high it is. */
const SIZES: Readonly<Record<Drawn['type'], { readonly columns: number; readonly height: number }>> = {
  stat: { columns: 4, height: 78 },
  timeseries: { columns: 8, height: 190 },
  bargauge: { columns: 8, height: 190 },
  'state-timeline': { columns: 8, height: 190 },
}
const LINES = 9
const COLOURS = [
  '#3f6fd8',
  '#d9822b',
  '#2d9d5c',
  '#c23f4e',
  '#8a57c9',
  '#8c6d46',
  '#cf65a8',
  '#6b7280',
  '#98a22a',
  '#2a9db0',
] as const
const STATES = ['#2d9d5c', '#c23f4e', '#d9b52b'] as const

/** All panels as one picture: numbers first, then what has a course. */
export function drawDashboard(panels: readonly Drawn[], seconds: number): string {
  const order = [
    ...panels.filter(({ type }) => type === 'stat'),
    ...panels.filter(({ type }) => type !== 'stat'),
  ]
  const parts: string[] = []
  let column = 0
  let y = 34
  let rowHeight = 0
  for (const panel of order) {
    const { columns, height } = SIZES[panel.type]
    if (column + columns > COLUMNS || (rowHeight !== 0 && rowHeight !== height)) {
      y += rowHeight + GAP
      column = 0
    }
    rowHeight = height
    const unit = (WIDTH - GAP) / COLUMNS
    parts.push(drawPanel(panel, { x: GAP + column * unit, y, width: columns * unit - GAP, height }, seconds))
    column += columns
  }
  const height = y + rowHeight + GAP
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="10">`,
    `<rect width="${WIDTH}" height="${height}" fill="#f4f5f7"/>`,
    text('TDD Orchestrator: what the queries of the dashboard answered during the demo', {
      x: GAP,
      y: 22,
      size: 14,
    }),
    ...parts,
    '</svg>',
    '',
  ].join('\n')
}

function drawPanel(panel: Drawn, box: Box, seconds: number): string {
  const inner = { x: box.x + 8, y: box.y + 24, width: box.width - 16, height: box.height - 32 }
  const body = {
    stat: () => drawStat(panel, inner),
    timeseries: () => drawLines(panel, inner, seconds),
    bargauge: () => drawBars(panel, inner),
    'state-timeline': () => drawStates(panel, inner, seconds),
  }[panel.type]()
  return [
    `<rect x="${n(box.x)}" y="${n(box.y)}" width="${n(box.width)}" height="${n(box.height)}" rx="4" fill="#ffffff" stroke="#d5d8de"/>`,
    text(panel.title, { x: box.x + 8, y: box.y + 15, size: 11 }),
    ...body,
  ].join('\n')
}

/** The latest of each series; where the series is what is said, the one that is there still. */
function drawStat({ series, unit, title }: Drawn, box: Box): string[] {
  const newest = Math.max(...series.map(({ points }) => points.at(-1)?.[0] ?? 0))
  const latest = series.filter(({ points }) => points.at(-1)?.[0] === newest)
  const isWord = title === 'Health' || title === 'Run'
  const shown = latest.map(({ name, points }) => {
    const value = shownValue(points.at(-1)?.[1] ?? 0, unit)
    return isWord ? name : [name, value].filter((word) => word !== '').join(': ')
  })
  const size = shown.length === 1 && (shown[0] ?? '').length < 14 ? 20 : 10
  return shown
    .slice(0, 3)
    .map((line, index) => text(line, { x: box.x, y: box.y + (size === 20 ? 26 : 12 + index * 14), size }))
}

function drawLines({ series, unit }: Drawn, box: Box, seconds: number): string[] {
  const plot = { ...box, x: box.x + 30, width: box.width - 160, height: box.height - 14 }
  const moved = series.filter(({ points }) => points.some(([, value]) => value !== 0))
  const shown = (moved.length === 0 ? series : moved).slice(0, LINES)
  const top = Math.max(...shown.flatMap(({ points }) => points.map(([, value]) => finite(value)))) || 1
  const lines = shown.map(({ points }, index) => {
    const path = points
      .filter(([, value]) => Number.isFinite(value))
      .map(
        ([at, value]) =>
          `${n(plot.x + (at / seconds) * plot.width)},${n(plot.y + (1 - value / top) * plot.height)}`,
      )
      .join(' ')
    return `<polyline points="${path}" fill="none" stroke="${colour(index)}" stroke-width="1.5"/>`
  })
  return [
    `<path d="M${n(plot.x)} ${n(plot.y)}v${n(plot.height)}h${n(plot.width)}" fill="none" stroke="#c9cdd4"/>`,
    text(shownValue(top, unit), { x: box.x - 2, y: plot.y + 8, size: 9 }),
    text('0', { x: box.x + 20, y: plot.y + plot.height, size: 9 }),
    text(`${Math.round(seconds)} s`, { x: plot.x + plot.width - 22, y: plot.y + plot.height + 12, size: 9 }),
    ...lines,
    ...legend(
      shown.map(({ name }) => name),
      { ...box, x: plot.x + plot.width + 10 },
    ),
  ]
}

function drawBars({ series, unit }: Drawn, box: Box): string[] {
  const rows = series
    .map(({ name, points }) => ({ name, value: finite(points.at(-1)?.[1] ?? 0) }))
    .filter(({ value }) => value > 0)
    .toSorted((a, b) => b.value - a.value)
    .slice(0, LINES)
  const top = Math.max(1, ...rows.map(({ value }) => value))
  return rows.flatMap(({ name, value }, index) => {
    const y = box.y + index * 17
    const width = Math.max(2, (value / top) * (box.width - 190))
    return [
      text(name, { x: box.x, y: y + 10, size: 10 }),
      `<rect x="${n(box.x + 140)}" y="${n(y + 1)}" width="${n(width)}" height="11" fill="${colour(0)}"/>`,
      text(shownValue(value, unit), { x: box.x + 146 + width, y: y + 10, size: 10 }),
    ]
  })
}

function drawStates({ series }: Drawn, box: Box, seconds: number): string[] {
  const plot = { ...box, x: box.x + 110, width: box.width - 110 }
  return series.slice(0, LINES).flatMap(({ name, points }, index) => {
    const y = box.y + index * 17
    const step = plot.width / Math.max(1, seconds)
    const bands = points.map(
      ([at, value]) =>
        `<rect x="${n(plot.x + at * step)}" y="${n(y + 1)}" width="${n(step + 0.3)}" height="11" fill="${STATES[value] ?? '#6b7280'}"/>`,
    )
    return [text(name, { x: box.x, y: y + 10, size: 10 }), ...bands]
  })
}

function legend(names: readonly string[], box: Box): string[] {
  return names.flatMap((name, index) => [
    `<rect x="${n(box.x)}" y="${n(box.y + index * 15 + 2)}" width="9" height="9" fill="${colour(index)}"/>`,
    text(name === '' ? 'all' : name.slice(0, 21), { x: box.x + 14, y: box.y + index * 15 + 10, size: 10 }),
  ])
}

function colour(index: number): string {
  return COLOURS[index % COLOURS.length] ?? COLOURS[0]
}

function shownValue(value: number, unit: string): string {
  if (!Number.isFinite(value)) return 'none'
  if (unit === 'percentunit') return `${Math.round(value * 100)} %`
  const rounded = value >= 100 ? Math.round(value) : Number(value.toPrecision(2))
  return `${rounded}${{ s: ' s', currencyUSD: ' USD' }[unit] ?? ''}`
}

function finite(value: number): number {
  return Number.isFinite(value) ? value : 0
}

function text(
  said: string,
  { x, y, size }: { readonly x: number; readonly y: number; readonly size: number },
): string {
  return `<text x="${n(x)}" y="${n(y)}" font-size="${size}" fill="#24292f">${escaped(said)}</text>`
}
