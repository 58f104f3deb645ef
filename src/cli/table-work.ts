import { Command, Option } from 'commander'
import { addBudgetOptions } from './budget-options.ts'
import type { CommandTable } from './command-context.ts'
import { INPUT_MIB } from '../runtime/read-input.ts'
import { circuitOption, count, share } from './option-values.ts'

/** Commands that hand work in and do it. */
export function addWorkCommands({ context, ended, add }: CommandTable): void {
  add(new Command('ingest'))
    .description('check a plan and hand its tasks in')
    .argument('<plan>', `plan file or pipe, JSON or YAML in UTF-8, of at most ${INPUT_MIB} MiB`)
    .option('--trust-commands', 'take the commands that the plan brings without asking')
    .option(
      '--new',
      'make a run of its own although the current run has not ended; one of the same title and keys that never started is replaced',
    )
    .action(async (file: string, flags: Record<string, unknown>) => {
      const { ingestCommand } = await import('./commands/ingest.ts')
      ended(await ingestCommand(context, file, flags))
    })
  add(addRunOptions(new Command('run')))
    .description(
      'work the tasks of the plan until all are settled; continues the current run, or where that has ended, another that has not',
    )
    .action(async (flags: Record<string, unknown>) => {
      if (flags['dryRun'] === true) {
        const { runForecastCommand } = await import('./commands/run-forecast.ts')
        return ended(await runForecastCommand(context, flags))
      }
      const { runCommand } = await import('./commands/run.ts')
      ended(await runCommand(context, flags))
    })
}

function addRunOptions(command: Command): Command {
  return addBudgetOptions(command)
    .option('-p, --parallel', 'work tasks in parallel (the default)')
    .option('-w, --workers <n>', 'agents at the same time', count('--workers'))
    .addOption(new Option('--single-branch', 'land on one branch (the default)').conflicts('branches'))
    .option('--branches', 'also leave a branch tdd/<run>/<task> for each landing')
    .option('--target <branch>', 'land on this branch; checked out nowhere')
    .option('--refactor', 'let an agent tidy up what is verified before it lands')
    .option('--approve', 'land nothing before you approve it with task approve; kept by the run')
    .option('--no-approve', 'land without that again')
    .addOption(
      new Option(
        '--dry-run',
        'only tell order, models, calls, cost and time of what is left; starts nothing',
      ).conflicts(['new', 'detach', 'report']),
    )
    .option('--detach', 'go on in the background; follow it with attach')
    .option('--report [file]', 'when it ends or pauses, also write it as one page for a browser')
    .addOption(new Option('--resume', 'insist on a run that has not ended').conflicts('new'))
    .option('--new', 'start all plans of the current run again as another run')
    .option('--trust-commands', 'with --new: take the commands that the plans bring without asking')
    .option(
      '--agent <name>',
      'driver of the coding agent: claude, acp, command, scripted; a run that goes on keeps the one it was started with',
    )
    .option('--session <file>', 'what the scripted agent plays; kept likewise')
    .option('--no-sleep', 'the scripted agent leaves out its waits')
    .option(
      '--leave-window <share>',
      'pause when less of the subscription is left, for example 30%',
      share('--leave-window'),
    )
    .option('--slack-webhook <url>', 'tell people there; a secret, better in SLACK_WEBHOOK_URL')
    .addOption(new Option('--on-limit <what>', 'at a provider limit').choices(['wait', 'exit']))
    .option(
      '--circuit <level.option=n>',
      'an option of circuits, as stage.maxFailures=5; may be given again',
      circuitOption,
    )
}
