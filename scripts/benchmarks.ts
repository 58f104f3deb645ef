import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Figure, SuiteResult } from '../bench/figure.ts'
import { drawRatios, type RatioBar } from './ratios-svg.ts'

const KEPT = join(import.meta.dirname, '../docs/benchmarks')

/** The page of benchmarks and its charts, by path, from what suites kept. A suite that was not kept yet is not there. */
export function benchmarkDocs(note: string): Readonly<Record<string, string>> {
  const names = existsSync(KEPT) ? readdirSync(KEPT).filter((name) => name.endsWith('.json')) : []
  const results = names
    .toSorted((one, other) => one.localeCompare(other))
    .map((name) => JSON.parse(readFileSync(join(KEPT, name), 'utf8')) as SuiteResult)
  return pagesOf(results, note)
}

export function pagesOf(results: readonly SuiteResult[], note: string): Readonly<Record<string, string>> {
  const charts = results.flatMap(({ suite, figures }) => {
    const bars = figures.flatMap(barOf)
    return bars.length === 0 ? [] : [[`docs/benchmarks/${suite}.svg`, drawRatios(suite, bars)] as const]
  })
  const drawn = new Set(charts.map(([path]) => path))
  return { 'docs/benchmarks.md': pageOf(results, { note, drawn }), ...Object.fromEntries(charts) }
}

function pageOf(
  results: readonly SuiteResult[],
  { note, drawn }: { readonly note: string; readonly drawn: ReadonlySet<string> },
): string {
  const lines = [
    '# Benchmarks',
    '',
    note,
    '',
    'What `npm run bench -- SUITE --keep` measured. A figure with an anchor was measured in turns with it in the same run: the',
    'ratio counts, as both suffer alike from what else the machine did. Each is the median of its rounds.',
    ...results.flatMap((result) => [
      '',
      ...sectionOf(result, drawn.has(`docs/benchmarks/${result.suite}.svg`)),
    ]),
    '',
  ]
  return lines.join('\n')
}

function sectionOf({ suite, measuredOn, machine, figures }: SuiteResult, isDrawn: boolean): string[] {
  const met = figures.filter((figure) => figure.met).length
  const { cpu, cores, memoryBytes, node, git, kernel, fileSystem } = machine
  const memory = `${Math.round(memoryBytes / 2 ** 30)} GiB`
  return [
    `## ${suite}`,
    '',
    `\`npm run bench -- ${suite}\`, ${measuredOn}: ${met} of ${figures.length} goals met. ${cpu}, ${cores} cores, ${memory};`,
    `Node ${node}, git ${git}, Linux ${kernel}, ${fileSystem}.`,
    ...(isDrawn ? ['', `![${suite}: each ratio against its goal](benchmarks/${suite}.svg)`] : []),
    '',
    '| what | ours | anchor | ratio | goal | met | rounds |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...figures.map(rowOf),
  ]
}

function rowOf({ name, ours, unit, anchor, theirs, ratio, goal, met, rounds }: Figure): string {
  const cells = [
    name,
    `${shown(ours)} ${unit}`,
    anchor === null || theirs === null ? '' : `${anchor}: ${shown(theirs)} ${unit}`,
    ratio === null ? '' : shown(ratio),
    goal,
    met ? 'yes' : '**no**',
    rounds === undefined ? '' : String(rounds),
  ]
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
}

/** Where the goal is no ratio, the figure itself is measured against the number in the goal. */
function barOf({ name, ours, ratio, goal, met, bound }: Figure): RatioBar[] {
  const value = ratio ?? ours
  const aim = bound ?? boundIn(goal)
  if (aim === null || !Number.isFinite(value) || value <= 0 || aim.ratio <= 0) return []
  return [{ name, share: aim.kind === 'most' ? value / aim.ratio : aim.ratio / value, goal, met }]
}

/** `<= 1/5 of …`, `>= 2 times`, `<= 20 ms`. */
function boundIn(goal: string): NonNullable<Figure['bound']> | null {
  const [, sign, top = '', bottom = '1'] = /^([<>])=? *([\d.,]+)(?:\/([\d.,]+))?/.exec(goal) ?? []
  if (sign === undefined) return null
  const number = (text: string): number => Number(text.replaceAll(',', ''))
  return { kind: sign === '<' ? 'most' : 'least', ratio: number(top) / number(bottom) }
}

function shown(value: number): string {
  return value.toLocaleString(
    'en',
    value >= 100 ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 3 },
  )
}
