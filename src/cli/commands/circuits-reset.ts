import type { CircuitState } from '../../domain/circuit.ts'
import { comebackCommand } from '../../domain/closing-command.ts'
import { handIn } from '../../engine/hand-in.ts'
import { OrchestratorError } from '../../errors.ts'
import { readCircuits } from '../../observe/circuits.ts'
import { isLive, openWatch, requireRun, type Watch } from '../../observe/open-watch.ts'
import { requireCircuit } from '../../observe/require-circuit.ts'
import type { CircuitsReset } from '../../protocol/output/circuits-report.ts'
import { resetLines } from '../circuit-lines.ts'
import type { CommandContext } from '../command-context.ts'

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
  const { run, level, identifier } = requireCircuit(watched, circuit)
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

/** What a task or a worker needs beside a closed circuit. */
function withNext({ reader }: Watch, reset: readonly Omit<Reset, 'next'>[]): Reset[] {
  const live = reader !== null && isLive(reader)
  const rows = readCircuits(reader) ?? []
  return reset.map((each) => {
    const row = rows.find(({ level, identifier }) => level === each.level && identifier === each.id)
    return { ...each, next: row === undefined ? null : comebackCommand(row, { live }) }
  })
}
