import type { ResourcePoint } from '../../domain/attempt-resources.ts'
import { durationText, sizeText } from '../../domain/wording.ts'
import { type Html, svg } from './html.ts'

const WIDTH = 120
const HEIGHT = 22

/** Memory and processor time of an attempt from its beginning to the last look, small; null where there is no course to see. */
export function resourceCurve(name: string, points: readonly ResourcePoint[]): Html | null {
  const last = points.at(-1)
  if (last === undefined || points.length < 2) return null
  const rates = points.map(
    ({ cpuMs, atMs }, index) => cpuMs / Math.max(1, atMs - (points[index - 1]?.atMs ?? 0)),
  )
  const mostBytes = Math.max(1, ...points.map(({ bytes }) => bytes))
  const mostRate = Math.max(1, ...rates)
  const ends = points.map(({ atMs }) => rounded((WIDTH * atMs) / Math.max(1, last.atMs)))
  const memory = points.map(({ bytes }, index) => `V${height(bytes / mostBytes)}H${ends[index]}`)
  const processor = rates.map(
    (rate, index) => `${index === 0 ? 'M0 ' : 'V'}${height(rate / mostRate)}H${ends[index]}`,
  )
  const label = `${name} over ${durationText(last.atMs)}: up to ${sizeText(mostBytes)}`
  return svg`<svg class="curve" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${label}"><path class="memory" d="M0 ${HEIGHT}${memory.join('')}V${HEIGHT}Z"/><path class="processor" d="${processor.join('')}"/></svg>`
}

function height(share: number): number {
  return rounded(HEIGHT * (1 - share))
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10
}
