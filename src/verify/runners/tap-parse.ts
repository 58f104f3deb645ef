import { parse as parseYaml } from 'yaml'

/** One test point of a TAP 13 or 14 stream, with the points of its subtest. */
export interface TapPoint {
  readonly ok: boolean
  readonly name: string
  readonly directive: 'todo' | 'skip' | null
  /** It ends a test of node-tap, which says how long it took; an assertion of it says nothing of the kind. */
  readonly timed: boolean
  readonly diagnostics: Readonly<Record<string, unknown>>
  readonly children: readonly TapPoint[]
}

interface TapDocument {
  readonly points: readonly TapPoint[]
  /** Why the stream is not whole: a bail out, a plan that does not fit; null when it is. */
  readonly flaw: string | null
}

const MOST_DEPTH = 64

/** Reads a TAP stream. Lines that are not TAP are output of the tests and count for nothing. */
export function parseTap(text: string): TapDocument {
  const levels: Level[] = [newLevel(0)]
  const named = namedByComments(text) ? new CommentedTests() : null
  let flaw: string | null = null
  const lines = text.split(/\r?\n/)
  let close = -1
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? ''
    const indent = /^ */.exec(line)?.[0].length ?? 0
    const words = line.slice(indent)
    const bail = /^Bail out!\s*(.*)$/.exec(words)
    if (bail !== null) flaw ??= `the tests were given up: ${bail[1] === '' ? 'no reason was given' : bail[1]}`
    if (indent > 0 && words.trim() === '---') {
      if (close < at) close = closeBehind(lines, at)
      if (close < lines.length) {
        diagnose(levels, indent, blockText(lines.slice(at + 1, close), indent))
        at = close
        continue
      }
    }
    if (words === '}') {
      const owner = levelAt(levels, indent)
      // One by one: a call cannot have as many arguments as a stream has points.
      for (const inner of owner?.pending.splice(0) ?? []) owner?.points.at(-1)?.children.push(inner)
      continue
    }
    const plan = /^1\.\.(\d+)(?:\s*#.*)?$/.exec(words)
    if (indent === 0 && levels[0]?.planned === null) named?.begin(line, levels[0].points.length)
    const point = POINT.exec(words)
    if (plan === null && point === null) continue
    const level = levelAt(levels, indent)
    if (level === null) continue
    if (plan !== null) flaw ??= planFlaw(level, Number(plan[1]))
    if (point !== null) level.points.push(pointOf(point, level.pending.splice(0)))
  }
  closeBelow(levels, 0)
  const root = levels[0] ?? newLevel(0)
  return { points: named?.over(root.points) ?? root.points, flaw: flaw ?? wholeFlaw(root) }
}

/** tape has no subtests: a comment names the test that the next points belong to. Its last comments count all points. */
function namedByComments(text: string): boolean {
  return /^# tests +\d+$/m.test(text) && !/^\s*# Subtest/m.test(text)
}

/** The tests of a stream of tape, each with what became of its points. */
class CommentedTests {
  readonly #begun: {
    readonly name: string
    readonly directive: TapPoint['directive']
    readonly from: number
  }[] = []

  /** Notes a comment before the point with this index. */
  begin(line: string, from: number): void {
    const [, word, name] = /^# (?:(SKIP|TODO) )?(.*)$/.exec(line) ?? []
    if (name === undefined || name.trim() === '') return
    const directive = word === undefined ? null : word === 'SKIP' ? 'skip' : 'todo'
    this.#begun.push({ name: name.trim(), directive, from })
  }

  over(points: readonly TapPoint[]): TapPoint[] {
    const before = points.slice(0, this.#begun[0]?.from ?? points.length)
    const tests = this.#begun.map(({ name, directive, from }, at): TapPoint => {
      const own = points.slice(from, this.#begun[at + 1]?.from)
      const failed = own.find(({ ok, directive: excused }) => !ok && excused === null)
      const diagnostics = failed === undefined ? {} : { message: failed.name, ...failed.diagnostics }
      return { ok: failed === undefined, name, directive, timed: false, diagnostics, children: [] }
    })
    return [...before, ...tests]
  }
}

const POINT =
  /^(not )?ok\b(?:\s+(\d+))?(?:\s+-)?\s*(.*?)(?:\s*(?<!\\)#\s*(todo|skip)\b.*?)?(?:\s*(?<!\\)#\s*(time=\S+))?(?:\s*\{)?$/i

interface Level {
  readonly indent: number
  readonly points: MutablePoint[]
  /** Points of a deeper level that the next point of this level owns. */
  readonly pending: MutablePoint[]
  planned: number | null
}

interface MutablePoint extends TapPoint {
  diagnostics: Readonly<Record<string, unknown>>
  readonly children: MutablePoint[]
}

function newLevel(indent: number): Level {
  return { indent, points: [], pending: [], planned: null }
}

/** The level of this indentation; points of deeper ones that end here wait for the point that owns them. */
function levelAt(levels: Level[], indent: number): Level | null {
  const orphans = closeBelow(levels, indent)
  const deepest = levels.at(-1)
  if (deepest === undefined || levels.length > MOST_DEPTH) return null
  if (indent > deepest.indent) levels.push(newLevel(indent))
  for (const orphan of orphans) levels.at(-1)?.pending.push(orphan)
  return levels.at(-1) ?? null
}

function closeBelow(levels: Level[], indent: number): MutablePoint[] {
  let orphans: MutablePoint[] = []
  while (levels.length > 1 && (levels.at(-1)?.indent ?? 0) > indent) {
    const closed = levels.pop()
    orphans = [...(closed?.points ?? []), ...(closed?.pending ?? []), ...orphans]
  }
  return orphans
}

function pointOf(match: RegExpExecArray, children: MutablePoint[]): MutablePoint {
  const [, not, number = '', description = '', directive, time] = match
  const name = description.replaceAll(/\\([#\\])/g, '$1').trim()
  return {
    ok: not === undefined,
    name: name === '' ? `test ${number}`.trim() : name,
    directive: directive === undefined ? null : directive.toLowerCase() === 'todo' ? 'todo' : 'skip',
    timed: time !== undefined,
    diagnostics: {},
    children,
  }
}

function planFlaw(level: Level, planned: number): string | null {
  if (level.planned !== null) return 'there are two plans on one level'
  level.planned = planned
  return null
}

function wholeFlaw(root: Level): string | null {
  if (root.planned === null) return 'the stream has no plan'
  const { length } = root.points
  return length === root.planned ? null : `the plan is ${root.planned} tests and ${length} were reported`
}

/** Where the block that begins at a line is closed; the number of lines where it never is, so that nobody looks again. */
function closeBehind(lines: readonly string[], at: number): number {
  for (let close = at + 1; close < lines.length; close += 1) if (lines[close]?.trim() === '...') return close
  return lines.length
}

function blockText(lines: readonly string[], indent: number): string {
  return lines.map((line) => line.slice(indent)).join('\n')
}

/** Gives diagnostics to the last point of the level whose indentation they follow. */
function diagnose(levels: readonly Level[], indent: number, text: string): void {
  const level = levels.findLast((one) => one.indent < indent && one.points.length > 0)
  const point = level?.points.at(-1)
  if (point === undefined) return
  try {
    const value: unknown = parseYaml(text, { maxAliasCount: 0 })
    if (typeof value === 'object' && value !== null) point.diagnostics = { ...value }
  } catch {
    // Diagnostics are for people; a runner that writes them badly still told whether the test passed.
    point.diagnostics = { message: text }
  }
}
