import type { CircuitHealth } from '../domain/circuit-health.ts'
import { END_WORDS } from '../domain/circuit-end.ts'
import { closingNote } from '../domain/closing-command.ts'
import { byWeight } from '../domain/held-circuits.ts'
import { circuitFacts } from '../observe/circuit-facts.ts'
import type {
  CircuitsExplain,
  CircuitsHistory,
  CircuitsReset,
  CircuitsStatus,
} from '../protocol/output/circuits-report.ts'
import { columns, counted, durationText } from './text-lines.ts'

type Circuit = CircuitsStatus['circuits'][number]

/** The chosen among all circuits as a tree, each with what is above it. */
export function circuitLines(
  { circuits }: CircuitsStatus,
  { all, now }: { readonly all: readonly Circuit[]; readonly now: number },
): string[] {
  if (circuits.length === 0) {
    return [
      all.length > 0 ? 'No circuit is like that.' : 'Every circuit is closed; none has counted a failure.',
    ]
  }
  const lines = treeOf(circuits, all).map(({ depth, name, circuit }) => [
    `${'  '.repeat(depth)}${name}`,
    ...(circuit === null
      ? ['closed']
      : [
          circuit.state.replace('_', ' '),
          `for ${durationText(now - circuit.since)}`,
          detailOf(circuit, now),
        ]),
  ])
  return [...columns(lines), ...nextLines(circuits)]
}

interface Branch {
  readonly depth: number
  readonly name: string
  /** Null of one that never counted a failure: it is closed. */
  readonly circuit: Circuit | null
}

/** The run above its workers above the stages that they tried last. */
function treeOf(chosen: readonly Circuit[], all: readonly Circuit[]): Branch[] {
  const known = new Map(all.map((circuit) => [`${circuit.level}:${circuit.id}`, circuit]))
  const branch = (depth: number, name: string): Branch => ({ depth, name, circuit: known.get(name) ?? null })
  const stagesOf = (worker: string | null, depth: number): Branch[] =>
    chosen
      .filter(({ level, triedBy }) => level === 'stage' && triedBy === worker)
      .map(({ id }) => branch(depth, `stage:${id}`))
  const named = chosen.flatMap(({ level, id, triedBy }) => (level === 'worker' ? [id] : (triedBy ?? [])))
  const workers = [...new Set(named)].toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }))
  return [
    branch(0, 'system:system'),
    ...workers.flatMap((worker) => [branch(1, `worker:${worker}`), ...stagesOf(worker, 2)]),
    ...stagesOf(null, 1),
  ]
}

function nextLines(circuits: readonly Circuit[]): string[] {
  const [chosen] = circuits.filter(({ next }) => next !== null).toSorted(byWeight)
  return chosen === undefined ? [] : ['', `Next: ${chosen.next} (${closingNote(chosen.ended)})`]
}

function detailOf(circuit: Circuit, now: number): string {
  const parts = [
    ...(circuit.failures > 0 ? [`${counted(circuit.failures, 'failure')} in a row`] : []),
    ...(circuit.state === 'open' && circuit.cause !== null ? [circuit.cause.replaceAll('_', ' ')] : []),
    ...(circuit.state === 'closed' ? [] : waitOf(circuit, now)),
    ...(circuit.flapping ? ['flapping'] : []),
    ...(circuit.trips > 1 ? [`opened ${circuit.trips} times`] : []),
  ]
  return parts.join(', ')
}

function waitOf(circuit: Circuit, now: number): string[] {
  const { state, probeAt, ended, next } = circuit
  if (ended !== null) {
    const command = next === null ? '' : `: ${next.replace(/^orchestrator /, '')}`
    return [`${END_WORDS[ended]}${command}`]
  }
  if (state === 'half_open') return probesOf(circuit, now)
  if (probeAt === null) return ['only a person closes it']
  return [probeAt <= now ? NEXT : `a probe in ${durationText(probeAt - now)}`]
}

const NEXT = 'the next that comes is a probe'

function probesOf({ probes, probesGone, probesUntil }: Circuit, now: number): string[] {
  if (probesUntil === null) return [NEXT]
  return [
    ...(probes > 0 ? [`${counted(probes, 'probe')} under way`] : []),
    ...(probesGone > 0 ? [`${counted(probesGone, 'probe')} whose attempt or process is gone`] : []),
    `counts as lost in ${durationText(Math.max(0, probesUntil - now))}`,
  ]
}

export function historyLines({ events }: CircuitsHistory): string[] {
  if (events.length === 0) return ['Nothing happened to circuits yet.']
  return columns(
    events.map((event) => [
      new Date(event.at).toISOString(),
      `${event.level}:${event.id}`,
      event.kind === 'state_change' ? `${event.from} to ${event.to}` : event.kind.replaceAll('_', ' '),
      circuitFacts(event),
    ]),
  )
}

export function explainLines(explained: CircuitsExplain, now: number): string[] {
  const { circuit, opened, guards, waitsFor, closedBy } = explained
  return [
    ...columns([
      ['Circuit', `${circuit.level}:${circuit.id}`],
      ['State', `${circuit.state.replace('_', ' ')} for ${durationText(now - circuit.since)}`],
      [holdsBack(circuit), guards],
      ...(opened === null
        ? []
        : [['Opened', `${durationText(now - opened.at)} ago: ${circuitFacts(opened)}`]]),
      [
        'Waits for',
        circuit.ended === null && circuit.probeAt !== null && circuit.probeAt > now
          ? `${waitsFor} (${durationText(circuit.probeAt - now)})`
          : waitsFor,
      ],
      ['Closed by', closedBy],
    ]),
    '',
    circuit.next === null ? 'Next: nothing to do' : `Next: ${circuit.next} (${closingNote(circuit.ended)})`,
  ]
}

function holdsBack({ state, ended }: Circuit): string {
  if (state === 'closed') return 'Would hold back'
  return ended === null ? 'Holds back' : 'Held back'
}

export function resetLines(reset: CircuitsReset['reset']): string[] {
  const owed = reset.find(({ next }) => next !== null)
  return [
    ...reset.map(({ level, id, from, next }) => {
      const was =
        from === 'closed'
          ? `${level}:${id} was closed already; what it counted in a row begins anew.`
          : `${level}:${id} was ${from.replace('_', ' ')} and is closed.`
      return next === null
        ? was
        : `${was} ${level === 'worker' ? 'The worker comes back' : 'Its task goes on'} by: ${next}`
    }),
    ...(reset.length === 1 ? [] : [`${counted(reset.length, 'circuit')} reset.`]),
    ...(owed === undefined ? [] : ['', `Next: ${owed.next}`]),
  ]
}

export function healthLines(health: CircuitHealth, next: string): string[] {
  const { status, total, closed, open, half_open, flapping, reasons } = health
  const counts = `${counted(total, 'circuit')}: ${closed} closed, ${open} open, ${half_open} half open, ${flapping} flapping`
  return [
    status === 'UNKNOWN' ? unknownText(reasons) : `${status}  ${counts}`,
    ...reasons.map((reason) => `  ${reason}`),
    ...(reasons.length === 0 ? [] : ['', `Next: ${next}`]),
  ]
}

function unknownText(reasons: readonly string[]): string {
  return reasons.length === 0 ? 'UNKNOWN: no plan was ingested yet' : 'UNKNOWN: the store cannot be read'
}
