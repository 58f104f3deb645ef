import { resolve } from 'node:path'
import { handIn } from '../../engine/hand-in.ts'
import { requireFreeDirectory } from '../../engine/person-directory.ts'
import { personName } from '../../engine/person-name.ts'
import { OrchestratorError } from '../../errors.ts'
import { openWatch, requireRun, requireTask } from '../../observe/open-watch.ts'
import type { CommandContext } from '../command-context.ts'
import { dueLines, dueOf } from '../person-lines.ts'
import { stopOnSignals } from '../stop-on-signals.ts'
import { waitForDesk } from '../wait-for-desk.ts'

/** `orchestrator task take KEY DIR`: a person has the task now, and its files are in the directory. */
export async function taskTakeCommand(context: CommandContext, key: string, to: string): Promise<number> {
  const { cwd, output } = context
  using signals = stopOnSignals((line) => output.progress(line), { atOnce: true })
  using watched = await openWatch(context)
  const found = requireRun(watched)
  const before = requireTask(found, key)
  const directory = resolve(cwd, to)
  if (before.person?.asks !== 'directory') {
    const { repository, place } = watched
    await requireFreeDirectory(directory, [
      repository.root,
      repository.workTree,
      repository.gitDir,
      place.directory,
    ])
  }
  const person = await personName(context)
  const { db } = watched.place
  await handIn(db, { kind: 'take', run: found.run.id, task: key, person, directory })
  const letGo = () => handIn(db, { kind: 'give_back', run: found.run.id, task: key, person })
  const task = await waitForDesk(context, { found, key, signals }).catch(async (thrown: unknown) => {
    // Nobody keeps a task of which they have no files.
    await letGo()
    throw thrown
  })
  const hold = task.person
  if (hold !== null && hold.asks === null && hold.problem !== null) {
    await letGo()
    throw new OrchestratorError('directory_unusable', hold.problem, {
      hint: `Nobody has the task now. Take it with another directory: orchestrator task take ${key} DIR`,
    })
  }
  if (hold === null || hold.base === null) throw broken(key, to)
  const due = dueOf(found, task)
  const { tests, sources, allow } = task.definition
  const facts = { run: found.run.id, task: key, directory, base: hold.base, ...due, note: task.note }
  output.result('task-take', { ...facts, tests, sources, allow }, [
    `${key} is yours; no agent works on it until you give it back.`,
    ...dueLines(task, due, directory),
  ])
  return 0
}

function broken(key: string, to: string): OrchestratorError {
  return new OrchestratorError('task_state', `${key} was not taken to its end`, {
    hint: `Type it again: orchestrator task take ${key} ${to}`,
  })
}
