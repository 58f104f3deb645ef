import { durationText, sizeText } from '../../domain/wording.ts'
import { html } from './html.ts'
import { shortName, table } from './pieces.ts'
import type { ReportFacts, Section } from './report-facts.ts'
import { resourceCurve } from './resource-curve.ts'

const MOST_ROWS = 60

/** What the processes of attempts used, the hungriest first. */
export function resourcesSection({ tasks, resources }: ReportFacts): Section {
  const attempts = new Map(
    tasks.flatMap((told, place) => told.attempts.map((attempt) => [attempt.id, { attempt, place }] as const)),
  )
  const rows = resources
    .toSorted((left, right) => right.peakBytes - left.peakBytes)
    .flatMap(({ attempt: id, cpuMs, peakBytes, processes, points }) => {
      const found = attempts.get(id)
      if (found === undefined) return []
      const { task, stage, number } = found.attempt
      const which = `${stage.replace('_', ' ')} ${number}`
      return [
        [
          html`<a href="#task-${found.place + 1}">${shortName(task, 40)}</a> ${which}`,
          durationText(cpuMs),
          ...(processes === 0 ? ['not seen', 'not seen'] : [sizeText(peakBytes), processes]),
          resourceCurve(`${shortName(task, 40)} ${which}`, points),
        ],
      ]
    })
  const columns = [
    { name: 'attempt' },
    { name: 'processor time', kind: 'number' as const },
    { name: 'most memory', kind: 'number' as const },
    { name: 'most processes', kind: 'number' as const },
    { name: 'over time' },
  ]
  return {
    id: 'resources',
    title: 'Resources',
    body:
      rows.length === 0
        ? html`<p>What processes used was not measured in this run.</p>`
        : table(
            'What the processes of attempts used, those with the most memory first. Over time: memory as an area up to its most, processor time as a line up to one processor or its most',
            columns,
            rows.slice(0, MOST_ROWS),
          ),
    cut: rows.length > MOST_ROWS ? [`Resources are shown of ${MOST_ROWS} of ${rows.length} attempts.`] : [],
  }
}
