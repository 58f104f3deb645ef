import { escaped, n } from './svg-text.ts'

/** How much of its goal a figure takes: 1 is the goal, less is better. */
export interface RatioBar {
  readonly name: string
  readonly share: number
  readonly goal: string
  readonly met: boolean
}

const WIDTH = 900
const LEFT = 16
const ROW = 46
const TOP = 44
/** Where bars may end; the numbers stand behind. */
const RIGHT = WIDTH - 90
const NARROWEST = 3

/** Bars on a scale on which each mark is ten times the last, with a line at the goal. Seen on light and on dark. */
export function drawRatios(title: string, bars: readonly RatioBar[]): string {
  const shares = bars.map(({ share }) => share)
  const least = Math.floor(Math.log10(Math.min(0.1, ...shares)))
  const most = Math.ceil(Math.log10(Math.max(2, ...shares)))
  const x = (share: number): number => LEFT + ((Math.log10(share) - least) / (most - least)) * (RIGHT - LEFT)
  const height = TOP + bars.length * ROW + 30
  const goal = n(x(1))
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="12" role="img">`,
    `<title>${escaped(`${title}: what each figure takes of its goal`)}</title>`,
    STYLE,
    `<rect class="page" width="${WIDTH}" height="${height}"/>`,
    `<text x="${LEFT}" y="20" font-size="14">${escaped(`${title}: share of the goal, less is better`)}</text>`,
    ...marks(least, most).map((mark) => axis(n(x(mark)), { label: `${mark}×`, height })),
    ...bars.flatMap((bar, index) => drawBar(bar, { y: TOP + index * ROW, width: x(bar.share) - LEFT })),
    `<path class="goal" d="M${goal} ${TOP - 12}V${height - 24}"/>`,
    `<text x="${goal}" y="${TOP - 14}" text-anchor="middle">goal</text>`,
    '</svg>',
    '',
  ].join('\n')
}

const STYLE = `<style>
  text { fill: #24292f } .page { fill: #ffffff } .axis { stroke: #d5d8de } .goal { stroke: #24292f; stroke-width: 2; fill: none }
  .met { fill: #2d9d5c } .missed { fill: #c23f4e }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .page { fill: #0d1117 } .axis { stroke: #30363d } .goal { stroke: #e6edf3 }
    .met { fill: #3fb950 } .missed { fill: #f85149 }
  }
</style>`

function drawBar(bar: RatioBar, { y, width }: { readonly y: number; readonly width: number }): string[] {
  const length = Math.max(NARROWEST, width)
  const share = bar.share.toLocaleString('en', { maximumSignificantDigits: 2 })
  return [
    `<text x="${LEFT}" y="${y + 12}">${escaped(`${bar.name} (goal ${bar.goal})`)}</text>`,
    `<rect class="${bar.met ? 'met' : 'missed'}" x="${LEFT}" y="${y + 17}" width="${n(length)}" height="16" rx="2"/>`,
    `<text x="${n(LEFT + length + 6)}" y="${y + 30}">${share}×</text>`,
  ]
}

function marks(least: number, most: number): number[] {
  return Array.from({ length: most - least + 1 }, (_, index) => 10 ** (least + index)).filter(
    (mark) => mark !== 1,
  )
}

function axis(x: string, { label, height }: { readonly label: string; readonly height: number }): string {
  const line = `<path class="axis" d="M${x} ${TOP - 8}V${height - 24}"/>`
  return `${line}<text x="${x}" y="${height - 8}" text-anchor="middle" font-size="10">${label}</text>`
}
