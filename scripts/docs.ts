// Writes the documentation that follows from the code: options, commands, errors, JSON Schemas, benchmarks. test/docs.test.ts holds them equal.
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { configFileShape, configSuiteShape, OPTIONS } from '../src/config/schema.ts'
import { ERROR_CATALOGUE } from '../src/errors.ts'
import { notificationShape } from '../src/protocol/notification-file.ts'
import { planFileShape } from '../src/protocol/plan-file.ts'
import { DOCUMENTS } from '../src/protocol/output/documents.ts'
import { sessionFileShape } from '../src/protocol/session-file.ts'
import { benchmarkDocs } from './benchmarks.ts'
import { cliPage } from './cli-page.ts'

const root = join(import.meta.dirname, '..')

/** Every generated file, by its path in the repository. */
export function generatedDocs(): Readonly<Record<string, string>> {
  return {
    'docs/configuration.md': configurationPage(),
    'docs/errors.md': errorsPage(),
    'docs/cli.md': page(cliPage(GENERATED)),
    'docs/schema/plan.schema.json': schemaFile('Plan file', planFileShape),
    'docs/schema/session.schema.json': schemaFile('Session file of the scripted agent', sessionFileShape),
    'docs/schema/notification.schema.json': schemaFile('What a webhook receives', notificationShape),
    'docs/schema/config.schema.json': schemaFile('.tdd/config.toml', configFileShape),
    ...outputSchemas(),
    ...benchmarkDocs(GENERATED),
  }
}

const GENERATED = '<!-- Written by npm run docs. Change the code it is made from, not this file. -->'

function configurationPage(): string {
  const sections = [...new Set(OPTIONS.map(({ section }) => section.join('.')))]
  const tables = sections.flatMap((name) => {
    const rows = OPTIONS.filter(({ section }) => section.join('.') === name).map(({ name: key, option }) =>
      row([
        `\`${key}\``,
        typeOf(option.shape),
        rangeOf(option.shape),
        option.unit ?? '',
        plain(option.fallbackText),
        option.env === null ? '' : `\`${option.env}\``,
        option.doc,
      ]),
    )
    return [
      '',
      `## \`[${name}]\``,
      '',
      ...header(['option', 'type', 'range', 'unit', 'default', 'variable', 'what it is']),
      ...rows,
    ]
  })
  const suites = Object.entries(configSuiteShape.shape).map(([key, shape]) =>
    row([`\`${key}\``, typeOf(shape), shape.description ?? '']),
  )
  return page([
    '# Configuration',
    '',
    GENERATED,
    '',
    'Nothing has to be configured. Where something is, a flag wins over an environment variable, that over `.tdd/config.toml`,',
    'and that over the default. `tdd-orchestrator config` shows each value in force and where it came from; `tdd-orchestrator init`',
    'writes the file. An unknown key, a wrong type and a value out of range are errors that name the line.',
    '',
    'The file is that of the work tree in which the command is typed. Only where the state is, which all work trees of a repository',
    'share, stands in the file of the main one.',
    '',
    'Relative paths start at the repository in the file, and where the command was typed in variables and flags; `~/` is the home',
    'directory. An empty variable counts as unset. An unknown variable that begins with `TDD_` is a warning.',
    ...tables,
    '',
    '## `[[suites]]`',
    '',
    'One for each test runner. Without any, the suites are found from the files of the repository. What a suite leaves out is taken',
    'from the one that is found in its directory.',
    '',
    'A change is measured by every suite that it can affect: one whose directory holds a changed path, and one whose package uses',
    'a changed package by its name or by a relative path, directly or through others. Where a package.json names no package, as in',
    'other languages, and where configuration at the top of the repository changes, every suite counts as affected.',
    '',
    ...header(['key', 'type', 'what it is']),
    ...suites,
  ])
}

function errorsPage(): string {
  const rows = Object.entries(ERROR_CATALOGUE).map(([code, { exit, summary }]) =>
    row([`\`${code}\``, String(exit), summary]),
  )
  return page([
    '# Errors',
    '',
    GENERATED,
    '',
    'With `--json` an error is `{"error": {"code", "message", "hint"}}`. Codes are stable; messages are for people.',
    '',
    ...header(['code', 'exit code', 'meaning']),
    ...rows,
  ])
}

/** One for each document that commands print. */
function outputSchemas(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(DOCUMENTS).map(([name, shape]) => [
      `docs/schema/output/${name}.schema.json`,
      schemaFile(name, shape),
    ]),
  )
}

function schemaFile(title: string, shape: z.ZodType): string {
  return `${JSON.stringify({ title, ...z.toJSONSchema(shape) }, null, 2)}\n`
}

function typeOf(shape: z.ZodType): string {
  const { type, enum: choices } = z.toJSONSchema(shape)
  if (choices !== undefined) return choices.map((choice) => `\`${String(choice)}\``).join(', ')
  const names: Readonly<Record<string, string>> = {
    integer: 'whole number',
    string: 'text',
    array: 'list',
    boolean: 'true or false',
    object: 'table',
  }
  return typeof type === 'string' ? (names[type] ?? type) : ''
}

function rangeOf(shape: z.ZodType): string {
  const { minimum, exclusiveMinimum, maximum } = z.toJSONSchema(shape)
  const least = exclusiveMinimum === undefined ? minimum : `above ${exclusiveMinimum}`
  if (least === undefined) return ''
  return maximum === undefined || maximum >= Number.MAX_SAFE_INTEGER
    ? `from ${least}`
    : `${least} to ${maximum}`
}

function plain(text: string): string {
  return /[` ]/.test(text) ? text : `\`${text}\``
}

function header(cells: readonly string[]): string[] {
  return [row(cells), row(cells.map(() => '---'))]
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`
}

function page(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`
}

if (import.meta.main) {
  for (const [path, text] of Object.entries(generatedDocs())) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
    console.log(path)
  }
}
