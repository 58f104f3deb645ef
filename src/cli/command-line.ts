import { readFileSync } from 'node:fs'
import { Command, CommanderError, Option } from 'commander'
import { processEnvironment } from '../config/environment.ts'
import { OrchestratorError } from '../errors.ts'
import type { CommandContext, CommandTable } from './command-context.ts'
import { amount, count, duration } from './option-values.ts'
import { type Output, openOutput, tellError } from './output.ts'
import { addChangeCommands } from './table-change.ts'
import { addPlaceCommands } from './table-place.ts'
import { addWatchCommands } from './table-watch.ts'

/** Runs one command line and answers its exit code. Each command's code is loaded only when it is called. */
export async function runCommandLine(args: readonly string[]): Promise<number> {
  const env = processEnvironment()
  const output = openOutput({ json: args.includes('--json'), env })
  const ending = { code: 0 }
  const program = buildProgram({ output, cwd: process.cwd(), env }, (code) => {
    ending.code = code
  })
  try {
    await program.parseAsync(args, { from: 'user' })
    return ending.code
  } catch (thrown) {
    if (thrown instanceof CommanderError) return commanderExit(thrown, output)
    return tellError(thrown, output)
  }
}

function commanderExit(thrown: CommanderError, output: Output): number {
  if (thrown.exitCode === 0) return 0
  if (output.json)
    tellError(new OrchestratorError('usage', thrown.message.replace(/^error: /, '')), { json: true })
  return 2
}

/** Every command with its arguments and options; what they do is loaded when they are called. */
export function buildProgram(context: CommandContext, ended: (code: number) => void): Command {
  const program = new Command('orchestrator')
    .description('Runs coding agents in parallel, test-first, and lands only changes that carry proof.')
    .exitOverride()
    .showHelpAfterError('(add --help for the options)')
    .configureHelp({ showGlobalOptions: true })
    .option('--json', 'print one JSON document and nothing else on stdout')
    .version(ownVersion(), '--version', 'print the version')
  const add = (command: Command): Command => {
    program.addCommand(command)
    return withJson(command)
  }
  add(new Command('ingest'))
    .description('check a plan and hand its tasks in')
    .argument('<plan>', 'plan file, JSON or YAML')
    .option('--trust-commands', 'take the commands that the plan brings without asking')
    .option('--new', 'make a run of its own although another is unfinished')
    .action(async (file: string, flags: Record<string, unknown>) => {
      const { ingestCommand } = await import('./commands/ingest.ts')
      ended(await ingestCommand(context, file, flags))
    })
  add(addRunOptions(new Command('run')))
    .description('work the tasks of the plan until all are settled; continues an unfinished run')
    .action(async (flags: Record<string, unknown>) => {
      const { runCommand } = await import('./commands/run.ts')
      ended(await runCommand(context, flags))
    })
  add(new Command('prove'))
    .description('execute the evidence of landed tasks again, from git alone')
    .argument('[range]', 'REV or BASE..REV; HEAD when left out')
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
    .option('-w, --workers <n>', 'agents at the same time (3)', count)
    .option('--no-sleep', 'leave out the waits of the recorded agents')
    .option('--keep <dir>', 'leave repository and state in this directory')
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
    .option('--limit <n>', 'only the latest n commits of the range', count)
    .option('-w, --workers <n>', 'commits worked at the same time', count)
    .option('--config <file>', 'suites: the `project` part of a plan file')
    .option('--keep <dir>', 'leave the replayed repository and its state in this directory')
    .action(async (repository: string, flags: Record<string, unknown>) => {
      const { backtestCommand } = await import('./commands/backtest.ts')
      ended(await backtestCommand(context, repository, flags))
    })
  const table: CommandTable = { context, ended, add, withJson }
  addWatchCommands(table)
  addChangeCommands(table)
  addPlaceCommands(table)
  return program
}

/** The version in our own package.json, from src as from dist. */
function ownVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return /"version": "([^"]+)"/.exec(text)?.[1] ?? 'unknown'
}

/** Every command knows --json and leaves the end of the process to us. */
function withJson(command: Command): Command {
  return command.exitOverride().option('--json', 'print one JSON document on stdout')
}

function addRunOptions(command: Command): Command {
  return command
    .option('-p, --parallel', 'work tasks in parallel (the default)')
    .option('-w, --workers <n>', 'agents at the same time', count)
    .addOption(new Option('--single-branch', 'land on one branch (the default)').conflicts('branches'))
    .option('--branches', 'also leave a branch tdd/<run>/<task> for each landing')
    .option('--target <branch>', 'land on this branch; checked out nowhere')
    .option('--detach', 'go on in the background; follow it with attach')
    .addOption(new Option('--resume', 'insist on an unfinished run').conflicts('new'))
    .option('--new', 'start the latest plan again as another run')
    .option('--agent <name>', 'driver of the coding agent: command, scripted')
    .option('--session <file>', 'what the scripted agent plays')
    .option('--no-sleep', 'the scripted agent leaves out its waits')
    .option('--max-invocations <n>', 'pause after so many agent calls', count)
    .option('--max-usd <amount>', 'pause after so much money', amount)
    .option('--max-tokens <n>', 'pause after so many tokens', count)
    .option('--max-time <duration>', 'pause after this time, for example 90m', duration)
    .addOption(new Option('--on-limit <what>', 'at a provider limit').choices(['wait', 'exit']))
}
