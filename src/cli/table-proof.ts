import { Command, Option } from 'commander'
import type { CommandTable } from './command-context.ts'
import { count } from './option-values.ts'

/** Commands that measure what there is, and show what can be done. */
export function addProofCommands({ context, ended, add }: CommandTable): void {
  add(new Command('prove'))
    .description('execute the evidence of landed tasks again, from git alone')
    .argument(
      '[range]',
      'REV or BASE..REV; when left out HEAD, or where it has no landing, the target of the current run',
    )
    .option('--trust-evidence', 'run commands that only the evidence names')
    .action(async (range: string | undefined, flags: Record<string, unknown>) => {
      const { proveCommand } = await import('./commands/prove.ts')
      ended(await proveCommand(context, range, flags))
    })
  add(new Command('check'))
    .description('judge any change as the work of agents is judged')
    .argument('<range>', 'BASE..HEAD')
    .action(async (range: string) => {
      const { checkCommand } = await import('./commands/check.ts')
      ended(await checkCommand(context, range))
    })
  add(new Command('demo'))
    .description('watch it work: a small library, ten tasks, a recorded session in which things go wrong')
    .option('-w, --workers <n>', 'agents at the same time (3)', count('--workers'))
    .addOption(
      new Option(
        '--agent <name>',
        'scripted plays the session; claude has Claude Code play it, against an endpoint of our own',
      ).choices(['scripted', 'claude']),
    )
    .option('--no-sleep', 'leave out the waits of the recorded agents')
    .option('--keep <dir>', 'leave repository and state in this directory')
    .option('--report <file>', 'also write the run as one page for a browser')
    .action(async (flags: Record<string, unknown>) => {
      const { demoCommand } = await import('./commands/demo.ts')
      ended(await demoCommand(context, flags))
    })
  add(new Command('backtest'))
    .description(
      "replay a repository's own history through the engine, without a model; nothing in it is changed",
    )
    .argument('<repo>', 'a directory of the repository')
    .option('--from <rev>', 'start after this commit')
    .option('--to <rev>', 'end with this commit; HEAD when left out')
    .option('--limit <n>', 'only the latest n commits of the range', count('--limit'))
    .option('-w, --workers <n>', 'commits worked at the same time', count('--workers'))
    .option('--config <file>', 'suites: the `project` part of a plan file')
    .option('--keep <dir>', 'leave the replayed repository and its state in this directory')
    .action(async (repository: string, flags: Record<string, unknown>) => {
      const { backtestCommand } = await import('./commands/backtest.ts')
      ended(await backtestCommand(context, repository, flags))
    })
}
