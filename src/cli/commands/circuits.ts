import { CIRCUIT_LEVELS, CIRCUIT_STATES, type CircuitState, newCircuit } from '../../domain/circuit.ts'
import { retryCommand } from '../../domain/closing-command.ts'
import { suggest } from '../../domain/suggest.ts'
import { handIn } from '../../engine/hand-in.ts'
import { OrchestratorError } from '../../errors.ts'
import {
  circuitsHistory,
  circuitsStatus,
  readCircuitHealth,
  readCircuits,
  resettable,
} from '../../observe/circuits.ts'
import type { CircuitId } from '../../observe/open-readonly.ts'
import { openWatch } from '../../observe/open-watch.ts'
import type { CircuitsReset } from '../../protocol/output/circuits-report.ts'
import { systemClock } from '../../runtime/clock.ts'
import { explain } from '../../observe/explain-circuit.ts'
import { circuitLines, explainLines, healthLines, historyLines, resetLines } from '../circuit-lines.ts'
import type { CommandContext } from '../command-context.ts'

/** `orchestrator circuits status [--level LEVEL] [--state STATE]`. Looks only. */
export async function circuitsStatusCommand(
  context: CommandContext,
  wanted: { readonly level: string | null; readonly state: string | null },
): Promise<number> {
  const level = oneOf(wanted.level, { option: '--level', names: CIRCUIT_LEVELS })
  const state = oneOf(wanted.state, { option: '--state', names: CIRCUIT_STATES })
  using watched = await openWatch(context)
  const now = systemClock.now()
  const all = circuitsStatus(readCircuits(watched.reader) ?? [], now).circuits
  const shown = {
    circuits: all.filter(
      (each) => (level ?? each.level) === each.level && (state ?? each.state) === each.state,
    ),
  }
  context.output.result('circuits-status', shown, circuitLines(shown, { all, now }))
  return 0
}

/** `orchestrator circuits history [LEVEL:ID] [--limit N]`. Looks only. */
export async function circuitsHistoryCommand(
  context: CommandContext,
  asked: { readonly circuit: string | null; readonly limit: number },
): Promise<number> {
  using watched = await openWatch(context)
  const circuit = asked.circuit === null ? null : known(resettable(watched.reader), asked.circuit)
  const history = circuitsHistory(watched.reader, { circuit, limit: asked.limit })
  context.output.result('circuits-history', history, historyLines(history))
  return 0
}

/** `orchestrator circuits explain LEVEL:ID`. Looks only. */
export async function circuitsExplainCommand(context: CommandContext, asked: string): Promise<number> {
  using watched = await openWatch(context)
  const circuit = known(resettable(watched.reader), asked)
  const now = systemClock.now()
  const [row = { ...circuit, circuit: newCircuit(now), ended: null, triedBy: null }] = (
    readCircuits(watched.reader) ?? []
  ).filter((each) => nameOf(each) === asked)
  const history = circuitsHistory(watched.reader, { circuit, limit: EXPLAINED_EVENTS })
  const explained = explain(row, history, now)
  context.output.result('circuits-explain', explained, explainLines(explained, now))
  return 0
}

/** Far enough back to find what opened a circuit that is still open. */
const EXPLAINED_EVENTS = 1_000

/** `orchestrator circuits health`. Looks only; 1 while UNHEALTHY. */
export async function circuitsHealthCommand(context: CommandContext): Promise<number> {
  using watched = await openWatch(context)
  const health = readCircuitHealth(watched.reader, systemClock.now())
  context.output.result('circuits-health', health, healthLines(health))
  return health.status === 'UNHEALTHY' ? 1 : 0
}

/** `orchestrator circuits reset LEVEL:ID` or `all --force`: by the owner of the store beside a live run. */
export async function circuitsResetCommand(
  context: CommandContext,
  which: { readonly circuit: string; readonly force: boolean },
): Promise<number> {
  using watched = await openWatch(context)
  const rows = readCircuits(watched.reader) ?? []
  const chosen =
    which.circuit === 'all' ? everyOne(rows, which.force) : [known(resettable(watched.reader), which.circuit)]
  const reset: CircuitsReset['reset'][number][] = []
  for (const { run, level, identifier } of chosen) {
    const from = await handIn(watched.place.db, { kind: 'reset_circuit', run, level, identifier })
    const row = rows.find((each) => each.level === level && each.identifier === identifier)
    const next = row === undefined ? null : retryCommand(row)
    // One that never counted a failure is closed, and nothing is known of it.
    reset.push({ level, id: identifier, from: (from ?? 'closed') as CircuitState, next })
  }
  context.output.result('circuits-reset', { reset }, resetLines(reset))
  return 0
}

function oneOf<Name extends string>(
  word: string | null,
  { option, names }: { readonly option: string; readonly names: readonly Name[] },
): Name | null {
  if (word === null) return null
  const found = names.find((name) => name === word)
  if (found !== undefined) return found
  const near = suggest(word, names)
  throw new OrchestratorError('usage', `${option} ${JSON.stringify(word)} is none of ${names.join(', ')}`, {
    hint: near === null ? `Say one of ${names.join(', ')}.` : `Did you mean ${near}?`,
  })
}

function everyOne(rows: readonly CircuitId[], force: boolean): readonly CircuitId[] {
  if (force) return rows
  throw new OrchestratorError(
    'usage',
    'to reset all circuits is to let everything go on that was held back',
    {
      hint: 'Say so: orchestrator circuits reset all --force',
    },
  )
}

function known(names: readonly CircuitId[], asked: string): CircuitId {
  const found = names.find((id) => nameOf(id) === asked)
  if (found !== undefined) return found
  const near = suggest(asked, names.map(nameOf))
  throw new OrchestratorError('circuit_unknown', `there is no circuit ${asked}`, {
    hint: near === null ? 'They are shown by: orchestrator circuits status' : `Did you mean ${near}?`,
  })
}

function nameOf({ level, identifier }: CircuitId): string {
  return `${level}:${identifier}`
}
