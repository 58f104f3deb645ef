import { CIRCUIT_LEVELS, CIRCUIT_STATES, type CircuitState, newCircuit } from '../../domain/circuit.ts'
import { circuitsMeant } from '../../domain/circuits-meant.ts'
import { comebackCommand } from '../../domain/closing-command.ts'
import { suggest } from '../../domain/suggest.ts'
import { handIn } from '../../engine/hand-in.ts'
import { OrchestratorError } from '../../errors.ts'
import { circuitsHistory, circuitsStatus, readCircuits, resettable } from '../../observe/circuits.ts'
import type { CircuitId } from '../../observe/open-readonly.ts'
import { isGrave, readHealth } from '../../observe/health.ts'
import { isLive, openWatch, placeOf, requireRun, type Watch } from '../../observe/open-watch.ts'
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
  const circuit = asked.circuit === null ? null : known(watched, asked.circuit)
  const history = circuitsHistory(watched.reader, { circuit, limit: asked.limit })
  context.output.result('circuits-history', history, historyLines(history))
  return 0
}

/** `orchestrator circuits explain LEVEL:ID`. Looks only. */
export async function circuitsExplainCommand(context: CommandContext, asked: string): Promise<number> {
  using watched = await openWatch(context)
  const circuit = known(watched, asked)
  const now = systemClock.now()
  const [row = { ...circuit, circuit: newCircuit(now), ended: null, triedBy: null, gone: [] }] = (
    readCircuits(watched.reader) ?? []
  ).filter((each) => nameOf(each) === asked)
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
  context.output.result('circuits-health', health, healthLines(health))
  return isGrave(whole) ? 1 : 0
}

/** `orchestrator circuits reset LEVEL:ID` or `all --force`: by the owner of the store beside a live run. */
export async function circuitsResetCommand(
  context: CommandContext,
  which: { readonly circuit: string; readonly force: boolean },
): Promise<number> {
  using watched = await openWatch(context)
  const reset = which.circuit === 'all' ? await resetAll(watched, which) : await resetOne(watched, which)
  context.output.result('circuits-reset', { reset }, resetLines(reset))
  return 0
}

type Reset = CircuitsReset['reset'][number]

async function resetOne(watched: Watch, { circuit }: { readonly circuit: string }): Promise<Reset[]> {
  const { run, level, identifier } = known(watched, circuit)
  const from = await handIn(watched.place.db, { kind: 'reset_circuit', run, level, identifier })
  // One that never counted a failure is closed, and nothing is known of it.
  return withNext(watched, [{ level, id: identifier, from: (from ?? 'closed') as CircuitState }])
}

/** All of them or none: in one change of the store. */
async function resetAll(watched: Watch, { force }: { readonly force: boolean }): Promise<Reset[]> {
  requireForce(force)
  const run = requireRun(watched).run.id
  const reset = await handIn(watched.place.db, { kind: 'reset_circuits', run })
  return withNext(watched, reset as Omit<Reset, 'next'>[])
}

/** What a task or a worker needs beside a closed circuit. */
function withNext({ reader }: Watch, reset: readonly Omit<Reset, 'next'>[]): Reset[] {
  const live = reader !== null && isLive(reader)
  const rows = readCircuits(reader) ?? []
  return reset.map((each) => {
    const row = rows.find(({ level, identifier }) => level === each.level && identifier === each.id)
    return { ...each, next: row === undefined ? null : comebackCommand(row, { live }) }
  })
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

function requireForce(force: boolean): void {
  if (force) return
  throw new OrchestratorError(
    'usage',
    'to reset all circuits is to let everything go on that was held back',
    {
      hint: 'Say so: orchestrator circuits reset all --force',
    },
  )
}

/** Throws nothing_to_run without a run: circuits are those of a run. */
function known(watched: Watch, asked: string): CircuitId {
  const names = resettable(requireRun(watched).reader)
  const found = names.find((id) => nameOf(id) === asked)
  if (found !== undefined) return found
  const meant = circuitsMeant(asked, names.map(nameOf))
  throw new OrchestratorError('circuit_unknown', `there is no circuit ${asked}`, {
    hint:
      meant.length === 0
        ? 'They are shown by: orchestrator circuits status'
        : `Did you mean ${meant.length === 1 ? '' : 'one of '}${meant.join(', ')}?`,
  })
}

function nameOf({ level, identifier }: CircuitId): string {
  return `${level}:${identifier}`
}
