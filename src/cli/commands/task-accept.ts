import { isWaivable, WAIVABLE } from '../../domain/waiver.ts'
import { shellWord } from '../../domain/shell-word.ts'
import { OrchestratorError } from '../../errors.ts'
import { openWatch, requireRun, requireTask } from '../../observe/open-watch.ts'
import type { CommandContext } from '../command-context.ts'
import { judged } from './task-submit.ts'

type Flags = Readonly<Record<string, unknown>>

/** `orchestrator task accept KEY --waive CODE --reason TEXT`: what was refused last is judged again without that code. */
export async function taskAcceptCommand(context: CommandContext, key: string, flags: Flags): Promise<number> {
  const code = String(flags['waive'])
  const reason = String(flags['reason']).replaceAll(/\s+/g, ' ').trim()
  if (!isWaivable(code)) {
    throw new OrchestratorError('usage', `${JSON.stringify(code)} cannot be waived`, {
      hint: `What can be: ${Object.keys(WAIVABLE).join(', ')}. All else says that the proof is missing or that something broke.`,
    })
  }
  if (reason === '' || reason.length > MOST_CHARACTERS) {
    throw new OrchestratorError('usage', `a reason has 1 to ${MOST_CHARACTERS} characters`, {
      hint: 'It stands in the evidence beside the code: say why the refusal is wrong here.',
    })
  }
  await requireRefused(context, key, code)
  return judged(context, key, (about) => ({ kind: 'waive', ...about, code, reason }))
}

const MOST_CHARACTERS = 1_000

async function requireRefused(context: CommandContext, key: string, code: string): Promise<void> {
  using watched = await openWatch(context)
  const found = requireRun(watched)
  requireTask(found, key)
  const last = found.reader.attempts(found.run.id, key).findLast(({ outcome }) => outcome.kind !== 'lost')
  const refusals = last?.outcome.kind === 'refused' ? last.outcome.refusals : []
  if (refusals.some((refusal) => refusal.code === code)) return
  const codes = [...new Set(refusals.map((refusal) => refusal.code))].join(', ')
  throw new OrchestratorError(
    'task_state',
    codes === ''
      ? `the last attempt of ${key} was not refused`
      : `the last attempt of ${key} was refused with ${codes}, not ${code}`,
    { hint: `See it with: orchestrator task show ${shellWord(key)}` },
  )
}
