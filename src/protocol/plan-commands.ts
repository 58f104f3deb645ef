import type { Plan } from '../domain/plan.ts'
import type { Command, Suite } from '../domain/suite.ts'

/**
 * Every command that came with the plan and is not one of the configuration for the same directory: a person must
 * confirm them. Arguments and environment that a plan adds to a runner change what runs, so they count as a command.
 */
export function planCommands(plan: Plan, configuredSuites: readonly Suite[]): Command[] {
  const known = new Set(
    configuredSuites.flatMap((suite) => suiteCommands(suite).map((command) => identity(suite.cwd, command))),
  )
  const directories = new Map(plan.suites.map((suite) => [suite.name, suite.cwd]))
  const brought = new Map<string, Command>()
  const consider = (cwd: string, command: Command): void => {
    const id = identity(cwd, command)
    if (!known.has(id)) brought.set(JSON.stringify(command), command)
  }
  for (const suite of plan.suites) {
    for (const command of suiteCommands(suite)) consider(suite.cwd, command)
  }
  for (const task of plan.tasks) {
    for (const step of task.verify) {
      if ('command' in step) consider(directories.get(task.suite) ?? '.', step.command)
    }
  }
  return [...brought.values()]
}

function suiteCommands(suite: Suite): Command[] {
  const own = [...suite.setup, ...suite.build, ...Object.values(suite.checks)]
  const runner = [...(suite.command ?? [suite.runner]), ...suite.args]
  const environment = Object.entries(suite.env).map(([name, value]) => `${name}=${value}`)
  if (environment.length > 0) return [...own, ['env', ...environment.sort(), ...runner]]
  return suite.command === null && suite.args.length === 0 ? own : [...own, runner]
}

function identity(cwd: string, command: Command): string {
  return JSON.stringify([cwd, command])
}
