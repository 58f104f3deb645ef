import { CIRCUIT_LEVELS, CIRCUIT_STATES, newCircuit } from '../../domain/circuit.ts'
import { suggest } from '../../domain/suggest.ts'
import { OrchestratorError } from '../../errors.ts'
import { circuitsHistory, circuitsStatus, readCircuits } from '../../observe/circuits.ts'
import { isGrave, readHealth } from '../../observe/health.ts'
import { openWatch, placeOf, requireRun } from '../../observe/open-watch.ts'
import { circuitName, requireCircuit } from '../../observe/require-circuit.ts'
import { systemClock } from '../../runtime/clock.ts'
import { explain } from '../../observe/explain-circuit.ts'
import { circuitLines, explainLines, healthLines, historyLines } from '../circuit-lines.ts'
import { healthNext } from '../health-lines.ts'
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
  const circuit = asked.circuit === null ? null : requireCircuit(watched, asked.circuit)
  const history = circuitsHistory(watched.reader, { circuit, limit: asked.limit })
  context.output.result('circuits-history', history, historyLines(history))
  return 0
}

/** `orchestrator circuits explain LEVEL:ID`. Looks only. */
export async function circuitsExplainCommand(context: CommandContext, asked: string): Promise<number> {
  using watched = await openWatch(context)
  const circuit = requireCircuit(watched, asked)
  const now = systemClock.now()
  const { run } = requireRun(watched)
  // One that never counted anything has been closed all along.
  const untouched = newCircuit(run.startedAt ?? run.createdAt)
  const [row = { ...circuit, circuit: untouched, ended: null, triedBy: null, gone: [] }] = (
    readCircuits(watched.reader) ?? []
  ).filter((each) => circuitName(each) === asked)
  const history = circuitsHistory(watched.reader, { circuit, limit: EXPLAINED_EVENTS })
  const explained = explain(row, history, now)
  context.output.result('circuits-explain', explained, explainLines(explained, now))
  return 0
}

/** Far enough back to find what opened a circuit that is still open. */
const EXPLAINED_EVENTS = 1_000

/** `orchestrator circuits health`: that part of `health`, by the same rule. Looks only. */
export async function circuitsHealthCommand(context: CommandContext): Promise<number> {
  const whole = readHealth((await placeOf(context)).db, systemClock.now())
  const health = { status: whole.status, ...whole.circuits, reasons: whole.reasons }
  context.output.result('circuits-health', health, healthLines(health, healthNext(whole)))
  return isGrave(whole) ? 1 : 0
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
