import { STAGES, type Stage } from '../../domain/stage.ts'
import { counted, durationText } from '../../domain/wording.ts'
import type { AttemptRecord } from '../open-readonly.ts'
import { type Html, html, svg } from './html.ts'
import { shortName, table, wide } from './pieces.ts'
import type { ReportFacts, Section } from './report-facts.ts'
import { timeScale } from './time-scale.ts'

const MOST_ATTEMPTS = 1_500
const MOST_LANDINGS = 1_000
const MOST_LANES = 64
const LEFT = 104
const WIDTH = 940
const LANE = 26
const BAR = 18
const TOP = 26

interface Bar {
  readonly attempt: AttemptRecord
  readonly from: number
  readonly to: number
}

/** Who worked on what, when, and what came of it. */
export function timelineSection(report: ReportFacts): Section {
  const all = report.tasks
    .flatMap(({ attempts }) => attempts)
    .toSorted((left, right) => left.startedAt - right.startedAt)
  const lanes = Map.groupBy(all, ({ worker }) => worker)
  const workers = [...lanes.keys()].toSorted(byNumber)
  const seen = all.slice(-MOST_ATTEMPTS).filter(({ worker }) => workers.indexOf(worker) < MOST_LANES)
  const bars = seen.map(
    (attempt): Bar => ({
      attempt,
      from: attempt.startedAt,
      to: Math.max(attempt.startedAt, attempt.endedAt ?? report.madeAt),
    }),
  )
  return {
    id: 'timeline',
    title: 'Timeline',
    body:
      all.length === 0
        ? html`<p>Nothing was tried yet.</p>`
        : html`${stageLegend()}${wide('Timeline of the workers', picture(report, bars, workers.slice(0, MOST_LANES)))}${workerTable(lanes, workers)}`,
    cut:
      seen.length === all.length
        ? []
        : [`The timeline draws ${seen.length} of ${all.length} attempts, the latest ones.`],
  }
}

function picture(report: ReportFacts, bars: readonly Bar[], workers: readonly string[]): Html {
  const landings = report.tasks.flatMap(({ landed }) => landed ?? []).slice(-MOST_LANDINGS)
  const spans = [...bars, ...landings.map(({ landedAt }) => ({ from: landedAt, to: landedAt }))]
  const scale = timeScale(spans, WIDTH)
  const x = (at: number): string => (LEFT + scale.x(at)).toFixed(1)
  const height = TOP + (workers.length + 1) * LANE + 6
  const label = `Timeline: ${counted(bars.length, 'attempt')} of ${counted(workers.length, 'worker')} and ${counted(landings.length, 'landing')}; the table below and the list of tasks say the same in words`
  const ticks = scale.ticks.map(({ x: place, afterMs }) => {
    const at = (LEFT + place).toFixed(1)
    return svg`<path class="tick" d="M${at} ${TOP - 8}V${height - 4}"/><text class="quiet" x="${at}" y="12" text-anchor="middle">${afterMs === 0 ? 'start' : clockText(afterMs)}</text>`
  })
  const breaks = scale.breaks.map(({ x: place, ms }) => {
    const at = LEFT + place
    return svg`<g class="break"><title>Nothing for ${durationText(ms)}</title><path d="M${(at - 3).toFixed(1)} ${TOP - 8}V${height - 4}M${(at + 3).toFixed(1)} ${TOP - 8}V${height - 4}"/></g>`
  })
  const lane = new Map(workers.map((worker, index) => [worker, TOP + index * LANE]))
  const names = workers.map((worker) => {
    const y = (lane.get(worker) ?? 0) + BAR / 2
    return svg`<text x="0" y="${y + 4}">${shortName(worker, 13)}</text><path class="lane" d="M${LEFT} ${y}H${LEFT + WIDTH}"/>`
  })
  const bottom = TOP + workers.length * LANE + BAR / 2
  const diamonds = landings.map(
    ({ task, landedAt }) =>
      svg`<path class="landing" d="M${x(landedAt)} ${bottom - 6}l5 6-5 6-5-6z"><title>${shortName(task, 40)} landed ${since(report, landedAt)}</title></path>`,
  )
  return svg`<svg class="timeline" width="${LEFT + WIDTH + 16}" height="${height}" viewBox="0 0 ${LEFT + WIDTH + 16} ${height}" role="img" aria-label="${label}">
<defs><pattern id="refused" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path d="M0 0V6" class="hatch"/></pattern></defs>
${ticks}${breaks}${names}
${bars.map((bar) => barOf(bar, { x, y: lane.get(bar.attempt.worker) ?? 0, report }))}
<text x="0" y="${bottom + 4}">landings</text><path class="lane" d="M${LEFT} ${bottom}H${LEFT + WIDTH}"/>${diamonds}</svg>`
}

function barOf(
  { attempt, from, to }: Bar,
  at: { readonly x: (at: number) => string; readonly y: number; readonly report: ReportFacts },
): Html {
  const { stage, outcome, task, number } = attempt
  const x = at.x(from)
  const width = Math.max(2, Number(at.x(to)) - Number(x) - 0.7)
  const words = `${shortName(task, 40)} ${stage.toUpperCase()} ${number}: ${outcome.kind.replaceAll('_', ' ')}, ${since(at.report, from)}, for ${durationText(to - from)}`
  const waited = Math.min(width, (width * attempt.waitMs) / Math.max(1, to - from))
  const wait = waited < 1 ? null : svg`<path class="wait" d="M${x} ${at.y + BAR + 2}h${waited.toFixed(1)}"/>`
  const place = svg`x="${x}" y="${at.y}" width="${width.toFixed(1)}" height="${BAR}" rx="2"`
  const isLost = outcome.kind === 'lost' || outcome.kind === 'gave_up'
  const cover =
    outcome.kind === 'refused' || outcome.kind === 'disputed'
      ? svg`<rect ${place} fill="url(#refused)"/>`
      : null
  const letter =
    width < 18 || cover !== null
      ? null
      : svg`<text class="letter" x="${(Number(x) + 4).toFixed(1)}" y="${at.y + 13}">${LETTERS[stage]}</text>`
  return svg`<g class="bar t-${stage}${isLost ? ' lost' : ''}"><title>${words}</title><rect ${place}/>${cover}${letter}${wait}</g>
`
}

const LETTERS: Readonly<Record<Stage, string>> = {
  red: 'R',
  red_fix: 'RF',
  green: 'G',
  verify: 'V',
  fix: 'F',
  re_verify: 'RV',
  refactor: 'T',
}

function stageLegend(): Html {
  const stages = STAGES.map(
    (stage) =>
      html`<li><svg class="bar t-${stage}" width="22" height="14" aria-hidden="true"><rect width="22" height="14" rx="2"/><text class="letter" x="4" y="11">${LETTERS[stage]}</text></svg> ${stage.replace('_', ' ')}</li>`,
  )
  return html`<ul class="legend">${stages}
<li><svg class="bar t-verify" width="22" height="14" aria-hidden="true"><rect width="22" height="14" rx="2"/><rect width="22" height="14" rx="2" fill="url(#refused)"/></svg> hatched: refused or disputed</li>
<li><svg class="bar t-verify lost" width="22" height="14" aria-hidden="true"><rect x="1" y="1" width="20" height="12" rx="2"/></svg> hollow: lost, or the agent gave up</li>
<li><svg width="22" height="14" aria-hidden="true"><path class="wait" d="M0 8h22"/></svg> line below: how much of it was waiting</li>
<li><svg width="14" height="14" aria-hidden="true"><path class="landing" d="M7 1l5 6-5 6-5-6z"/></svg> landing</li></ul>`
}

function workerTable(lanes: ReadonlyMap<string, readonly AttemptRecord[]>, workers: readonly string[]): Html {
  const rows = workers.slice(0, MOST_LANES).map((worker) => {
    const attempts = lanes.get(worker) ?? []
    const ended = (...kinds: readonly string[]): number =>
      attempts.filter(({ outcome }) => kinds.includes(outcome.kind)).length
    const sum = (of: (attempt: AttemptRecord) => number): string =>
      durationText(attempts.reduce((total, attempt) => total + of(attempt), 0))
    return [
      shortName(worker, 40),
      attempts.length,
      ended('accepted'),
      ended('refused', 'disputed', 'dispute_rejected'),
      ended('lost', 'gave_up'),
      sum(({ agentMs }) => agentMs),
      sum(({ verifyMs }) => verifyMs),
      sum(({ waitMs }) => waitMs),
    ]
  })
  const number = (name: string) => ({ name, kind: 'number' as const })
  return table(
    'Workers',
    [
      { name: 'worker' },
      number('attempts'),
      number('accepted'),
      number('refused'),
      number('lost'),
      number('agents'),
      number('tests and checks'),
      number('waited'),
    ],
    rows,
  )
}

function since({ run }: ReportFacts, at: number): string {
  return run.startedAt === null ? '' : `${durationText(Math.max(0, at - run.startedAt))} after the start`
}

/** `+30 s`, `+5 min`, `+2 h`. */
function clockText(ms: number): string {
  if (ms < 60_000) return `+${ms / 1_000} s`
  if (ms < 3_600_000) return `+${Math.round(ms / 6_000) / 10} min`
  return `+${Math.round(ms / 360_000) / 10} h`
}

/** `worker_2` before `worker_10`. */
function byNumber(left: string, right: string): number {
  return left.localeCompare(right, 'en', { numeric: true })
}
