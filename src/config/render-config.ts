import { stringify } from 'smol-toml'
import type { Command, Suite } from '../domain/suite.ts'
import { OPTIONS } from './schema.ts'

/** The text of `.tdd/config.toml` for suites as they were found; reading it gives the same suites again. */
export function renderConfig(suites: readonly Suite[]): string {
  return `${[HEAD, ...suites.map(renderSuite)].join('\n\n')}\n`
}

const HEAD = `# How TDD Orchestrator works in this repository. Every option: docs/configuration.md,
# every value in force and where it came from: tdd-orchestrator config

[run]
# ${OPTIONS.find(({ path }) => path === 'run.workers')?.option.doc ?? ''}
workers = 3

# One [[suites]] per test runner. Paths and patterns are relative to cwd.`

function renderSuite(suite: Suite): string {
  const lines = [
    '[[suites]]',
    ...pair('name', suite.name),
    ...pair('runner', suite.runner),
    ...pair('cwd', suite.cwd),
    ...pair('tests', suite.tests),
    ...pair('sources', suite.sources),
    ...list('fixtures', suite.fixtures, 'Files that RED may write beside tests.'),
    ...commands('setup', suite.setup, 'Makes a fresh tree able to run its tests.'),
    ...commands('build', suite.build, 'Runs before every test run.'),
    ...(suite.command === null
      ? []
      : ["# Replaces the runner's own command.", ...pair('command', suite.command)]),
    ...list('args', suite.args, "Added to the runner's own arguments."),
    ...(suite.report === null ? [] : pair('report', suite.report)),
    ...table('checks', suite.checks, 'Linters and type checkers; only findings that are new count.'),
    ...table('env', suite.env, 'Added to the environment of every command.'),
  ]
  return lines.join('\n')
}

function pair(key: string, value: unknown): string[] {
  return [stringify({ [key]: value }).trim()]
}

function list(key: string, values: readonly string[], comment: string): string[] {
  return values.length === 0 ? [] : [`# ${comment}`, ...pair(key, values)]
}

function commands(key: string, values: readonly Command[], comment: string): string[] {
  return [`# ${comment}`, ...pair(key, values)]
}

function table(key: string, values: Readonly<Record<string, unknown>>, comment: string): string[] {
  return Object.keys(values).length === 0
    ? []
    : ['', `# ${comment}`, `[suites.${key}]`, stringify(values).trim()]
}
