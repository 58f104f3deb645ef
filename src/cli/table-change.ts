import { Command } from 'commander'
import type { CommandTable } from './command-context.ts'
import { count } from './option-values.ts'

type Flags = Readonly<Record<string, unknown>>

/** Commands that change what goes on. */
export function addChangeCommands({ context, ended, add, withJson }: CommandTable): void {
  add(new Command('stop'))
    .description('end the run that goes on, to be resumed later')
    .option('--now', 'do not wait for the stages under way')
    .action(async (flags: Flags) => {
      const { stopCommand } = await import('./commands/stop.ts')
      ended(await stopCommand(context, flags))
    })
  addCircuitCommands({ context, ended, add, withJson })
  const quarantine = add(new Command('quarantine')).description(
    'tests that disagreed with themselves at a landing and count for nothing: list, clear',
  )
  const sub = (command: Command): Command => {
    quarantine.addCommand(command)
    return withJson(command)
  }
  sub(new Command('list'))
    .description('every quarantined test by name')
    .action(async () => {
      const { quarantineListCommand } = await import('./commands/quarantine.ts')
      ended(await quarantineListCommand(context))
    })
  sub(new Command('clear'))
    .description('let quarantined tests count again, in this run too')
    .argument('[file]', 'file of the tests')
    .argument('[name]', 'full name of one test; when left out every one of the file')
    .option('--all', 'every quarantined test')
    .action(async (file: string | undefined, name: string | undefined, flags: Flags) => {
      const { quarantineClearCommand } = await import('./commands/quarantine.ts')
      ended(await quarantineClearCommand(context, { file, name, all: flags['all'] === true }))
    })
}

function addCircuitCommands({
  context,
  ended,
  add,
  withJson,
}: Pick<CommandTable, 'context' | 'ended' | 'add' | 'withJson'>): void {
  const circuits = add(new Command('circuits')).description(
    'what holds back stages, workers and the run where they fail again and again: status, health, explain, history, reset',
  )
  const sub = (command: Command): Command => {
    circuits.addCommand(command)
    return withJson(command)
  }
  sub(new Command('status'))
    .description(
      'every circuit that has counted a failure, with what it waits for: the run above its workers above the stages that they tried last',
    )
    .option('--level <level>', 'only those of stage, worker or system')
    .option('--state <state>', 'only those that are closed, open or half_open')
    .action(async (flags: Flags) => {
      const { circuitsStatusCommand } = await import('./commands/circuits.ts')
      const { level = null, state = null } = flags as { level?: string; state?: string }
      ended(await circuitsStatusCommand(context, { level, state }))
    })
  sub(new Command('health'))
    .description('HEALTHY, DEGRADED, UNHEALTHY (exit 1) or UNKNOWN, and why')
    .action(async () => {
      const { circuitsHealthCommand } = await import('./commands/circuits.ts')
      ended(await circuitsHealthCommand(context))
    })
  sub(new Command('history'))
    .description('what happened to circuits, with the numbers behind it')
    .argument('[circuit]', 'LEVEL:ID; when left out all')
    .option('--limit <n>', 'the latest so many', count('--limit'), 100)
    .action(async (circuit: string | undefined, flags: Flags) => {
      const { circuitsHistoryCommand } = await import('./commands/circuits.ts')
      ended(
        await circuitsHistoryCommand(context, { circuit: circuit ?? null, limit: Number(flags['limit']) }),
      )
    })
  sub(new Command('explain'))
    .description('what opened a circuit, what it waits for, and what will close it')
    .argument('<circuit>', 'LEVEL:ID as `circuits status` shows it')
    .action(async (circuit: string) => {
      const { circuitsExplainCommand } = await import('./commands/circuits.ts')
      ended(await circuitsExplainCommand(context, circuit))
    })
  sub(new Command('reset'))
    .description('close a circuit by hand; what it counted in a row begins anew, its history stays')
    .argument('<circuit>', 'LEVEL:ID as `circuits status` shows it, or all')
    .option('--force', 'with all: yes, every one')
    .action(async (circuit: string, flags: Flags) => {
      const { circuitsResetCommand } = await import('./commands/circuits-reset.ts')
      ended(await circuitsResetCommand(context, { circuit, force: flags['force'] === true }))
    })
}
