import { AGENT_STAGES, STAGES } from '../domain/stage.ts'
import { Command } from 'commander'
import type { CommandTable } from './command-context.ts'
import { count } from './option-values.ts'
import { addPeopleCommands } from './table-people.ts'

type Flags = Readonly<Record<string, unknown>>

/** Commands about one task. */
export function addTaskCommands({ context, ended, add, withJson }: CommandTable): void {
  const task = add(new Command('task')).description(
    'tasks of the run: list, show, log, diff, prompt, retry, cancel; your own work: take, submit, give-back, accept, approve, refuse',
  )
  const sub = (command: Command): Command => {
    task.addCommand(command)
    return withJson(command)
  }
  sub(new Command('list'))
    .description('every task and its state, what waits for a person first')
    .action(async () => {
      const { taskListCommand } = await import('./commands/task-list.ts')
      ended(await taskListCommand(context))
    })
  sub(new Command('show'))
    .description('one page to decide on: what was asked, tried, refused, and the line that proves it')
    .argument('<key>', 'key of the task')
    .action(async (key: string) => {
      const { taskShowCommand } = await import('./commands/task-show.ts')
      ended(await taskShowCommand(context, key))
    })
  addLog(sub(new Command('log')), { context, ended })
  sub(new Command('diff'))
    .description('the work of a task as a diff against what it started from')
    .argument('<key>', 'key of the task')
    .option('--attempt <n>', 'the work of this attempt; else the latest that left any', count('--attempt'))
    .action(async (key: string, flags: Flags) => {
      const { taskDiffCommand } = await import('./commands/task-diff.ts')
      ended(await taskDiffCommand(context, key, flags))
    })
  sub(new Command('prompt'))
    .description('exactly what an agent would be sent now, or was sent in an attempt')
    .argument('<key>', 'key of the task')
    .option('--attempt <n>', 'what this attempt was sent, numbered as in task show', count('--attempt'))
    .addOption(
      task
        .createOption('--stage <stage>', 'of this stage; else of the one that comes next')
        .choices(AGENT_STAGES),
    )
    .action(async (key: string, flags: Flags) => {
      const { taskPromptCommand } = await import('./commands/task-prompt.ts')
      ended(await taskPromptCommand(context, key, flags))
    })
  sub(new Command('retry'))
    .description('give a task its attempts anew; what was accepted is kept')
    .argument('<key>', 'key of the task')
    .addOption(
      task.createOption('--from <stage>', 'drop what was accepted and begin with its tests').choices(['red']),
    )
    .option('--note <text>', 'told to the agent of the next attempt')
    .action(async (key: string, flags: Flags) => {
      const { taskRetryCommand } = await import('./commands/task-change.ts')
      ended(await taskRetryCommand(context, key, flags))
    })
  sub(new Command('cancel'))
    .description('take a task out of the run')
    .argument('<key>', 'key of the task')
    .option('--reason <text>', 'kept with the task')
    .action(async (key: string, flags: Flags) => {
      const { taskCancelCommand } = await import('./commands/task-change.ts')
      ended(await taskCancelCommand(context, key, flags))
    })
  addPeopleCommands(task, { context, ended, withJson })
}

function addLog(log: Command, { context, ended }: Pick<CommandTable, 'context' | 'ended'>): void {
  log
    .description('what the agents said and did')
    .argument('<key>', 'key of the task')
    .option('--attempt <n>', 'only this attempt, numbered as in task show', count('--attempt'))
    .addOption(log.createOption('--stage <stage>', 'only attempts of this stage').choices(STAGES))
    .option('--follow', 'goes on while they work, until the task has ended or nobody works on the run')
    .action(async (key: string, flags: Flags) => {
      const { taskLogCommand } = await import('./commands/task-log.ts')
      ended(await taskLogCommand(context, key, flags))
    })
}
