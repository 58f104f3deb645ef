import { Command } from 'commander'
import type { CommandTable } from './command-context.ts'
import { gathered } from './option-values.ts'

type Flags = Readonly<Record<string, unknown>>

/** Commands by which a person works a task, overrules a refusal and lets work land. */
export function addPeopleCommands(
  task: Command,
  { context, ended, withJson }: Pick<CommandTable, 'context' | 'ended' | 'withJson'>,
): void {
  const sub = (command: Command): Command => {
    task.addCommand(command)
    return withJson(command)
  }
  sub(new Command('take'))
    .description('work a task yourself: its files come into a directory, and no agent works on it')
    .argument('<key>', 'key of the task')
    .argument('<dir>', 'directory that is not there yet or is empty, outside the repository')
    .action(async (key: string, to: string) => {
      const { taskTakeCommand } = await import('./commands/task-take.ts')
      ended(await taskTakeCommand(context, key, to))
    })
  sub(new Command('submit'))
    .description('hand in what you have: judged as the work of an agent; what is refused stays with you')
    .argument('<key>', 'key of the task')
    .option('--give-back', 'where it is accepted, let the agents go on')
    .action(async (key: string, flags: Flags) => {
      const { taskSubmitCommand } = await import('./commands/task-submit.ts')
      ended(await taskSubmitCommand(context, key, flags))
    })
  sub(new Command('give-back'))
    .description('let the agents work a task that you have taken')
    .argument('<key>', 'key of the task')
    .action(async (key: string) => {
      const { taskGiveBackCommand } = await import('./commands/task-submit.ts')
      ended(await taskGiveBackCommand(context, key))
    })
  sub(new Command('accept'))
    .description('overrule a code of the last refusal; it stands in the evidence with your reason')
    .argument('<key>', 'key of the task')
    .requiredOption(
      '--waive <code>',
      'code of the refusal, as task show tells it; may be given again',
      gathered,
    )
    .requiredOption('--reason <text>', 'why the refusal is wrong here')
    .action(async (key: string, flags: Flags) => {
      const { taskAcceptCommand } = await import('./commands/task-accept.ts')
      ended(await taskAcceptCommand(context, key, flags))
    })
  sub(new Command('approve'))
    .description('let verified work land, where the run waits for that (run --approve)')
    .argument('[key]', 'key of the task')
    .option('--all', 'everything that waits')
    .action(async (key: string | undefined, flags: Flags) => {
      const { taskApproveCommand } = await import('./commands/task-approve.ts')
      ended(await taskApproveCommand(context, key, flags))
    })
  sub(new Command('refuse'))
    .description('send verified work back that waits for you')
    .argument('<key>', 'key of the task')
    .requiredOption('--note <text>', 'what has to be different; told to the agent')
    .option('--tests', 'its tests have to be different, too')
    .action(async (key: string, flags: Flags) => {
      const { taskRefuseCommand } = await import('./commands/task-approve.ts')
      ended(await taskRefuseCommand(context, key, flags))
    })
}
