import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { CIRCUIT_LEVELS } from '../src/domain/circuit.ts'
import { type MetricDescription, METRICS } from '../src/observe/metrics/catalogue.ts'

const MONITORING = read('docs/reference/CIRCUIT_BREAKER_MONITORING.md')
const DASHBOARD = read('docs/reference/CIRCUIT_BREAKER_DASHBOARD_README.md')

interface Rules {
  readonly groups: readonly {
    readonly rules: readonly {
      readonly alert?: string
      readonly record?: string
      readonly expr: string
      readonly for?: string
      readonly labels?: { readonly severity: string }
    }[]
  }[]
}

interface Dashboard {
  readonly panels: readonly {
    readonly title: string
    readonly type: string
    readonly targets?: readonly { readonly expr: string }[]
  }[]
}

const { panels } = JSON.parse(read('monitoring/grafana-dashboard.json')) as Dashboard
const alerts = rulesOf('alerts.yml')
const recorded = rulesOf('recording.yml')

describe('the reference of metrics', () => {
  it('has a row for every metric, with its labels and what it is', () => {
    const rows = rowsOf(MONITORING).filter(([name]) => /^`(tdd|circuit_breaker)_\w+`$/.test(name ?? ''))
    const metrics = Object.entries<MetricDescription>(METRICS).map(([name, { type, labels, help }]) => [
      `\`${name}\``,
      type,
      Object.keys(labels)
        .map((label) => `\`${label}\``)
        .join(', '),
      help,
    ])
    expect(rows).toEqual(metrics)
  })

  it('has a row for every alert and every recording rule', () => {
    const told = rowsOf(MONITORING).map(([first, second, third]) => [first, second, third])
    for (const { alert, labels, for: after } of alerts)
      expect(told).toContainEqual([`\`${alert}\``, labels?.severity, after ?? 'at once'])
    const first = told.map(([name]) => name)
    for (const { record } of recorded) expect(first).toContain(`\`${record}\``)
  })

  it('has a row for every panel of the dashboard, in its order', () => {
    const titles = panels.filter(({ type }) => type !== 'row').map(({ title }) => title)
    const rows = rowsOf(DASHBOARD).filter(([, second, third]) => second !== undefined && third !== undefined)
    expect(rows.slice(1).map(([title]) => title)).toEqual(titles)
  })
})

describe('metrics, rules and dashboard', () => {
  it('name no metric that is not there', () => {
    const expressions = [...alerts, ...recorded].map(({ expr }) => expr)
    const queries = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr))
    const known = new Set([
      ...Object.keys(METRICS).flatMap((name) => [name, `${name}_bucket`, `${name}_sum`, `${name}_count`]),
      ...recorded.map(({ record }) => record),
    ])
    const named = [...expressions, ...queries].flatMap(
      (text) => text.match(/\b(tdd|circuit_breaker)[_:][\w:]+/g) ?? [],
    )
    expect(named.filter((name) => !known.has(name))).toEqual([])
  })

  it('show every metric in some panel or rule', () => {
    const shown = [...alerts, ...recorded, ...panels.flatMap(({ targets = [] }) => targets)]
      .map(({ expr }) => expr)
      .join('\n')
    const unseen = Object.keys(METRICS).filter((name) => !shown.includes(name))
    expect(unseen).toEqual(NOT_SHOWN)
  })

  it('have labels of few values, but for names of circuits', () => {
    const metrics = Object.entries<MetricDescription>(METRICS)
    const open = metrics
      .filter(([, { labels }]) => Object.values(labels).includes(null))
      .map(([name]) => name)
    expect(open).toEqual(['circuit_breaker_state', 'circuit_breaker_state_duration_seconds'])
    for (const [name, { labels, type }] of metrics) {
      const series = Object.values(labels).reduce((product, words) => product * (words?.length ?? 1), 1)
      expect(series, name).toBeLessThanOrEqual(type === 'histogram' ? 42 : CIRCUIT_LEVELS.length * 9)
    }
  })
})

/** For people who ask Prometheus themselves. */
const NOT_SHOWN = [
  'circuit_breaker_state_duration_seconds',
  'circuit_breaker_probes_total',
  'tdd_runs',
  'tdd_run_changes_total',
  'tdd_tasks_ended_total',
  'tdd_event_last_seq',
]

function rulesOf(file: string): Rules['groups'][number]['rules'] {
  return (parse(read(`monitoring/${file}`)) as Rules).groups.flatMap(({ rules }) => rules)
}

/** The cells of every row of every table. */
function rowsOf(page: string): string[][] {
  return page
    .split('\n')
    .filter((line) => line.startsWith('|') && !line.startsWith('|---'))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    )
}

function read(file: string): string {
  return readFileSync(new URL(`../${file}`, import.meta.url), 'utf8')
}
