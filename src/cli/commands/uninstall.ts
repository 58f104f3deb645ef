import { createInterface } from 'node:readline/promises'
import { uninstall, uninstallPlan } from '../../engine/uninstall.ts'
import { OrchestratorError } from '../../errors.ts'
import { statePlace } from '../../config/state-place.ts'
import { findRepository } from '../../runtime/repository-id.ts'
import type { CommandContext } from '../command-context.ts'
import { sizeText } from '../text-lines.ts'

/** `orchestrator uninstall [--yes]`: lists what it removes, asks, and removes it. */
export async function uninstallCommand(
  context: CommandContext,
  flags: Readonly<Record<string, unknown>>,
): Promise<number> {
  const { output, cwd, env } = context
  const repository = findRepository(cwd)
  if (repository === null) {
    throw new OrchestratorError('repository_missing', `there is no git repository at ${cwd}`, {
      hint: 'Start inside the repository whose state is to go.',
    })
  }
  const place = await statePlace(repository, { cwd, env })
  const request = { place, gitDir: repository.gitDir, env }
  const plan = await uninstallPlan(request)
  output.progress(`Removes ${plan.directory} (${sizeText(plan.bytes)})`)
  for (const path of plan.outside) output.progress(`Removes ${path}`)
  for (const ref of plan.refs) output.progress(`Removes the ref ${ref}`)
  for (const task of plan.unlanded)
    output.progress(`Lost for good: the accepted work of ${task}, which has not landed`)
  for (const why of plan.unknown) output.progress(`Nobody can tell what else is lost: ${why}`)
  for (const store of plan.kept)
    output.progress(
      `Keeps the store ${store}, which has work of this repository; where it is no longer needed, remove it by yourself`,
    )
  output.progress('Keeps every branch, refs/notes/tdd, and .tdd/config.toml.')
  if (flags['yes'] !== true && !(await agreed(context))) {
    throw new OrchestratorError('usage', 'nothing was removed: nobody said yes', {
      hint: 'Add --yes to do it.',
    })
  }
  await uninstall(request, plan)
  output.result('uninstall-report', { ...plan, removed: true }, [
    'Removed. `orchestrator init` or `ingest` begins anew.',
  ])
  return 0
}

async function agreed({ output }: CommandContext): Promise<boolean> {
  if (!output.live || !process.stdin.isTTY) return false
  const asking = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return /^y(es)?$/i.test((await asking.question('Remove it? [y/N] ')).trim())
  } finally {
    asking.close()
  }
}
