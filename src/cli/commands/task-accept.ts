import { isWaivable, WAIVABLE } from '../../domain/waiver.ts'
import { shellWord } from '../../domain/shell-word.ts'
import { OrchestratorError } from '../../errors.ts'
import { openWatch, requireRun, requireTask } from '../../observe/open-watch.ts'
import type { CommandContext } from '../command-context.ts'
import { judged } from './task-submit.ts'

type Flags = Readonly<Record<string, unknown>>

/** `orchestrator task accept KEY --waive CODE --reason TEXT`: what was refused last is judged again without that code. */
export async function taskAcceptCommand(context: CommandContext, key: string, flags: Flags): Promise<number> {
  const asked = [...new Set(flags['waive'] as readonly string[])]
  const codes = asked.filter(isWaivable)
  const reason = String(flags['reason']).replaceAll(/\s+/g, ' ').trim()
  const other = asked.find((code) => !isWaivable(code))
  if (other !== undefined) {
    throw new OrchestratorError('usage', `${JSON.stringify(other)} cannot be waived`, {
      hint: `What can be: ${Object.keys(WAIVABLE).join(', ')}. All else says that the proof is missing or that something broke.`,
    })
  }
  if (reason === '' || reason.length > MOST_CHARACTERS) {
    throw new OrchestratorError('usage', `a reason has 1 to ${MOST_CHARACTERS} characters`, {
      hint: 'It stands in the evidence beside the code: say why the refusal is wrong here.',
    })
  }
  await requireRefused(context, key, codes)
  return judged(context, key, (about) => ({ kind: 'waive', ...about, codes, reason }))
}

const MOST_CHARACTERS = 1_000

async function requireRefused(context: CommandContext, key: string, codes: readonly string[]): Promise<void> {
  using watched = await openWatch(context)
  const found = requireRun(watched)
  requireTask(found, key)
  const last = found.reader
    .attempts(found.run.id, key)
    .findLast(({ outcome }) => outcome.kind !== 'lost')?.outcome
  const refused = new Set<string>(last?.kind === 'refused' ? last.refusals.map(({ code }) => code) : [])
  const other = codes.find((code) => !refused.has(code))
  if (other === undefined) return
  const how =
    refused.size === 0 ? 'was not refused' : `was refused with ${[...refused].join(', ')}, not ${other}`
  throw new OrchestratorError('task_state', `the last attempt of ${key} ${how}`, {
    hint: `See it with: orchestrator task show ${shellWord(key)}`,
  })
}
