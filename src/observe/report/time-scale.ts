interface Span {
  readonly from: number
  readonly to: number
}

interface TimeScale {
  /** The place of an instant. */
  readonly x: (at: number) => number
  /** Times in which nothing happened, made short. */
  readonly breaks: readonly { readonly x: number; readonly ms: number }[]
  readonly ticks: readonly { readonly x: number; readonly afterMs: number }[]
}

/** Shorter times without anything are drawn as they are. */
const SHORTEST_BREAK_MS = 30_000
/** Share of the busy time that a gap must exceed to be made short, and that it takes then. */
const BREAK_SHARE = 0.2
const BREAK_ROOM = 0.03
const MOST_TICKS = 9

/** From times to places; a run that waited all night does not draw the night. */
export function timeScale(spans: readonly Span[], width: number): TimeScale {
  const busy = merged(spans)
  const [first] = busy
  if (first === undefined) return { x: () => 0, breaks: [], ticks: [] }
  const busyMs = busy.reduce((sum, { from, to }) => sum + to - from, 0)
  const longest = Math.max(SHORTEST_BREAK_MS, busyMs * BREAK_SHARE)
  let drawn = 0
  const pieces = busy.map((span, index) => {
    const gap = span.from - (busy[index - 1]?.to ?? span.from)
    const room = gap > longest ? Math.max(1, busyMs * BREAK_ROOM) : gap
    const start = drawn + room
    drawn = start + span.to - span.from
    return { ...span, start, gap, isBreak: gap > longest, room }
  })
  const unit = width / Math.max(1, drawn)
  const x = (at: number): number => {
    const inside = pieces.findLast(({ from }) => from <= at)
    if (inside === undefined) return 0
    const next = pieces[pieces.indexOf(inside) + 1]
    const end = inside.start + inside.to - inside.from
    if (at <= inside.to) return (inside.start + at - inside.from) * unit
    if (next === undefined) return end * unit
    return (end + ((at - inside.to) / next.gap) * next.room) * unit
  }
  return {
    x,
    breaks: pieces
      .filter(({ isBreak }) => isBreak)
      .map(({ start, room, gap }) => ({ x: (start - room / 2) * unit, ms: gap })),
    ticks: ticksOf(pieces, { began: first.from, drawn, x }),
  }
}

/** Overlapping spans as one, in order. */
function merged(spans: readonly Span[]): Span[] {
  const found: { from: number; to: number }[] = []
  for (const { from, to } of spans.toSorted((left, right) => left.from - right.from)) {
    const last = found.at(-1)
    if (last !== undefined && from <= last.to) last.to = Math.max(last.to, to)
    else found.push({ from, to: Math.max(from, to) })
  }
  return found
}

const STEPS_MS = [1, 2, 5, 10, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200, 21_600, 86_400].map(
  (s) => s * 1_000,
)

/** Only where time is drawn as it was: marks within a break would say nothing. */
function ticksOf(
  pieces: readonly (Span & { readonly gap: number; readonly isBreak: boolean })[],
  scale: { readonly began: number; readonly drawn: number; readonly x: (at: number) => number },
): { x: number; afterMs: number }[] {
  const { began, drawn, x } = scale
  const step = STEPS_MS.find((ms) => drawn / ms <= MOST_TICKS) ?? 86_400_000 * 30
  const stretches: { from: number; to: number }[] = []
  for (const { from, to, isBreak } of pieces) {
    const last = stretches.at(-1)
    if (last === undefined || isBreak) stretches.push({ from, to })
    else last.to = to
  }
  return stretches
    .flatMap(({ from, to }) => {
      const first = Math.ceil((from - began) / step) * step
      const count = Math.max(0, Math.floor((to - began - first) / step) + 1)
      return Array.from({ length: Math.min(count, MOST_TICKS + 1) }, (_, index) => first + index * step)
    })
    .slice(0, 2 * MOST_TICKS)
    .map((afterMs) => ({ x: x(began + afterMs), afterMs }))
}
