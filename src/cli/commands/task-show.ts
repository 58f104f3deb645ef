import { stageOf } from '../../domain/circuit.ts'
import { circuitsOfRun } from '../../observe/circuits.ts'
import { heldOf } from '../../observe/held.ts'
import { isLeft, isLive, openWatch, requireRun, requireTask } from '../../observe/open-watch.ts'
import { readStatus } from '../../observe/status.ts'
import type { Task } from '../../observe/open-readonly.ts'
import { systemClock } from '../../runtime/clock.ts'
import type { CommandContext } from '../command-context.ts'
import { taskPage } from '../task-page.ts'
import { reasonOf, stateWords } from './task-list.ts'

/** `orchestrator task show KEY`. */
export async function taskShowCommand(context: CommandContext, key: string): Promise<number> {
  using watched = await openWatch(context)
  const found = requireRun(watched)
  const task = requireTask(found, key)
  const { reader, run } = found
  const live = isLive(reader)
  const attempts = reader.attempts(run.id, key)
  const { returns } = reader.history(run.id, key)
  const landed = reader.landed(run.id).findLast((receipt) => receipt.task === key) ?? null
  const lost = reader.lostLandings(run.id)
  const besideOf = (of: Task) => ({ live, lost: lost.includes(of.definition.key), task: of })
  const dependencies = task.definition.dependsOn.map((other) => {
    const found = reader.task(run.id, other)
    return [other, found === null ? 'unknown' : stateWords(found.state.state, besideOf(found))] as const
  })
  const dependants = reader
    .tasks(run.id)
    .filter(({ definition }) => definition.dependsOn.includes(key))
    .map(({ definition }) => definition.key)
  const beside = besideOf(task)
  const hasLanded = task.state.state === 'completed' && !beside.lost
  // Its merge is shown with the landing.
  const reason = hasLanded ? '' : reasonOf(task.state, beside)
  const { definition, note, generation } = task
  const now = systemClock.now()
  const own = circuitsOfRun(reader, run.id).filter(
    ({ level, identifier }) => level === 'stage' && stageOf(identifier).task === key,
  )
  const [held = null] = heldOf(own, now)
  const resume = readStatus(reader, now).run?.resume?.command ?? null
  context.output.result(
    'task',
    {
      run: run.id,
      task: definition,
      state: task.state,
      interrupted: task.person === null && isLeft(task.state.state, live),
      person: task.person,
      waitsForApproval: task.waitsForApproval,
      lost: beside.lost,
      note,
      generation,
      attempts,
      returns,
      landed,
      dependants,
    },
    taskPage({
      task,
      attempts,
      returns,
      landed,
      dependencies,
      dependants,
      stateWords: stateWords(task.state.state, beside),
      lost: beside.lost,
      reason,
      held,
      live,
      resume,
      now,
    }),
  )
  return 0
}
