import type { Command } from 'commander'
import { buildProgram } from '../src/cli/command-line.ts'
import { openOutput } from '../src/cli/output.ts'
import { PRINTED_BY } from '../src/protocol/output/documents.ts'

/** The lines of docs/cli.md: every command with its arguments and options, from the table that the program itself uses. */
export function cliPage(generated: string): string[] {
  const output = openOutput({ json: false, lines: false, env: {} })
  const program = buildProgram({ output, cwd: '/', env: {} }, () => {})
  const commands = program.commands.flatMap((command) =>
    command.commands.length === 0 ? [command] : command.commands,
  )
  return [
    '# Command line',
    '',
    generated,
    '',
    '`tdd-orchestrator` and `orchestrator` are the same program. Every command takes `--json`: one JSON document on stdout and nothing',
    'else there (`events`, `status --watch` and `task log --follow`: one document a line, also for an error); progress and messages go to stderr. `help`, `--help` and `--version` print text, with `--json` as well.',
    '',
    '| exit code | meaning |',
    '|---|---|',
    ...EXIT_CODES.map(([code, meaning]) => `| ${code} | ${meaning} |`),
    '',
    'With `--json` an error is `{"error": {"code", "message", "hint"}}`; the codes stand in [errors.md](errors.md). What else a command',
    'prints is described by the JSON Schemas that it names here; a document has no other keys.',
    ...commands.flatMap(commandLines),
  ]
}

const EXIT_CODES = [
  ['0', 'everything asked for is done (a run: every task landed; a check: it holds)'],
  [
    '1',
    'finished, and something is not as asked (tasks failed, blocked or waiting for a person; a proof does not hold)',
  ],
  ['2', 'bad usage, configuration or input, or nothing that could be checked; nothing was changed'],
  ['70', 'a fault of the program; the message says where the details are'],
  ['75', 'paused by a limit or a budget'],
  ['130', 'interrupted'],
] as const

function commandLines(command: Command): string[] {
  const options = command.options.filter(({ long }) => long !== '--json')
  const words = command.registeredArguments.map((argument) =>
    argument.required ? `<${argument.name()}>` : `[${argument.name()}]`,
  )
  return [
    '',
    `## \`${[nameOf(command), ...words].join(' ')}\``,
    '',
    sentence(command.description()),
    ...(command.registeredArguments.length + options.length === 0 ? [] : ['', '| | |', '|---|---|']),
    ...command.registeredArguments.map((argument) => row(argument.name(), argument.description)),
    ...options.map((option) => {
      const choices = option.argChoices === undefined ? '' : ` (${option.argChoices.join(', ')})`
      return row(option.flags, `${option.description}${choices}`)
    }),
    '',
    `With \`--json\`: ${printedBy(nameOf(command))}.`,
  ]
}

function printedBy(command: string): string {
  const names = PRINTED_BY[command] ?? []
  return names.map((name) => `[${name}](schema/output/${name}.schema.json)`).join(' or ')
}

function nameOf(command: Command): string {
  const { parent } = command
  return parent === null || parent.parent === null ? command.name() : `${parent.name()} ${command.name()}`
}

function row(name: string, text: string): string {
  return `| \`${name.replaceAll('|', '\\|')}\` | ${text.replaceAll('|', '\\|')} |`
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}
