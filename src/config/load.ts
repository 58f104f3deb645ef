import { readFileSync, statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { parse, TomlError } from 'smol-toml'
import { z } from 'zod'
import type { Problem } from '../domain/problem.ts'
import { didYouMean } from '../domain/suggest.ts'
import { messageOf, OrchestratorError } from '../errors.ts'
import { problemsError } from '../protocol/document.ts'
import { problemsOf } from '../protocol/shapes.ts'
import { writtenProblems } from '../protocol/suite-file.ts'
import { refuseContradictions } from './circuit-rules.ts'
import { type Environment, processEnvironment } from './environment.ts'
import type { Machine } from './option.ts'
import { configFileShape, OPTIONS } from './schema.ts'
import type { Config, ConfigFile, ConfigSuite, ListedOption } from './schema.ts'
import { absolutePath, CONFIG_FILE, homeOf, SPEAKS_OF_STATE, stateHomeOf } from './places.ts'
import { tomlLine } from './toml-lines.ts'
import { hasCode } from '../runtime/has-code.ts'

type Origin = 'default' | 'file' | 'main_work_tree' | 'environment' | 'flag'

export interface LoadRequest {
  /** The top of the work tree in which the command was typed; null where there is none, and then there is no file. */
  readonly root: string | null
  /** The main work tree, where `root` is a linked one: its file says where the state is, which all of them share. */
  readonly mainRoot?: string | null
  /** Where the command was typed: relative paths of variables and flags start there. Default: `root`, else the home directory. */
  readonly cwd?: string
  /** Default: the environment of the process. */
  readonly env?: Environment
  /** Values of flags by option path (`run.workers`). `undefined` is unset. */
  readonly flags?: Readonly<Record<string, unknown>>
  readonly machine?: Machine
}

export interface LoadedConfig {
  readonly config: Config
  /** Where each value came from, by option path; `suites` too. */
  readonly origins: Readonly<Record<string, Origin>>
  /** The configuration file that was read, or null. */
  readonly file: string | null
  /** Things that may be mistakes and change nothing: unknown `TDD_` variables. */
  readonly warnings: readonly string[]
}

const CONFIG_BYTES = 1024 * 1024

/** Defaults < file < environment < flags. Throws `config_invalid`, `config_unreadable` or (for a flag) `usage`. */
export function loadConfig(request: LoadRequest): LoadedConfig {
  const env = request.env ?? processEnvironment()
  const machine = request.machine ?? thisMachine(env)
  const own = readFileOf(request.root)
  const shared = stateFile(request, own)
  const values: Record<string, unknown> = {}
  const origins: Record<string, Origin> = {}
  for (const listed of OPTIONS) {
    const source = listed.section[0] === 'state' ? shared : own
    const { value, origin } = pick(listed, { file: source.values, env, flags: request.flags ?? {} })
    const base = origin === 'file' ? source.root : (request.cwd ?? request.root)
    const chosen = origin === 'default' ? listed.option.fallback(machine) : value
    const isPath = listed.option.isPath && typeof chosen === 'string'
    values[listed.path] = isPath
      ? absolutePath(chosen, { base: base ?? machine.home, home: machine.home })
      : chosen
    origins[listed.path] = origin === 'file' && source !== own ? 'main_work_tree' : origin
  }
  refuseUnknownFlags(request.flags ?? {})
  origins['suites'] = own.values.suites === undefined ? 'default' : 'file'
  const config = assemble(values, own.values.suites ?? [])
  refuseContradictions(config, origins)
  const warnings = [...unusedState(own, shared), ...unknownVariables(env)]
  return { config, origins, file: own.path, warnings }
}

/** Reads the text of a configuration file. Throws `config_invalid` with every problem and its line. */
export function parseConfigFile(text: string, fileName: string): ConfigFile {
  let value: unknown
  try {
    value = parse(text)
  } catch (cause) {
    const line = cause instanceof TomlError ? cause.line : null
    const [message = ''] = messageOf(cause).split('\n')
    throw problemsError('config_invalid', fileName, [
      { path: [], line, what: `is not TOML: ${message}`, right: 'mend the syntax there' },
    ])
  }
  const parsed = configFileShape.safeParse(value)
  const problems = parsed.success
    ? writtenProblems(parsed.data.suites ?? [], ['suites'])
    : problemsOf(parsed.error.issues, value)
  if (parsed.success && problems.length === 0) return parsed.data
  throw problemsError(
    'config_invalid',
    fileName,
    problems.map((problem) => ({ ...problem, line: tomlLine(text, problem.path) })),
  )
}

function thisMachine(env: Environment): Machine {
  return { cores: availableParallelism(), home: homeOf(env), stateHome: stateHomeOf(env) }
}

interface FileOfTree {
  readonly root: string | null
  /** Null where the work tree has none. */
  readonly path: string | null
  readonly values: ConfigFile
}

function readFileOf(root: string | null, matters: (text: string) => boolean = () => true): FileOfTree {
  const path = root === null ? null : join(root, CONFIG_FILE)
  const text = path === null ? null : readConfigText(path)
  if (path === null || text === null || !matters(text)) return { root, path: null, values: {} }
  return { root, path, values: parseConfigFile(text, path) }
}

/** The file that says where the state is. That of another work tree is looked at no further than it must be. */
function stateFile({ root, mainRoot = null }: LoadRequest, own: FileOfTree): FileOfTree {
  if (mainRoot === null || mainRoot === root) return own
  return readFileOf(mainRoot, (text) => SPEAKS_OF_STATE.test(text))
}

function unusedState(own: FileOfTree, shared: FileOfTree): string[] {
  const { state } = own.values
  if (state === undefined || JSON.stringify(state) === JSON.stringify(shared.values.state)) return []
  return [
    `[state] of ${own.path} is not used: all work trees of a repository share one state, and where it is stands in ${CONFIG_FILE} of ${shared.root}`,
  ]
}

function readConfigText(path: string): string | null {
  try {
    const found = statSync(path)
    if (!found.isFile()) throw new Error('it is not a file')
    if (found.size > CONFIG_BYTES) throw new Error('it is larger than 1 MiB')
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path))
  } catch (cause) {
    if (hasCode(cause, 'ENOENT')) return null
    throw new OrchestratorError('config_unreadable', `${path} cannot be read: ${messageOf(cause)}`, {
      hint: 'Make it a readable UTF-8 file, or remove it: the defaults need no file.',
      cause,
    })
  }
}

interface Sources {
  readonly file: ConfigFile
  readonly env: Environment
  readonly flags: Readonly<Record<string, unknown>>
}

function pick(listed: ListedOption, { file, env, flags }: Sources): { value: unknown; origin: Origin } {
  const { option, path } = listed
  const flag = flags[path]
  if (flag !== undefined) {
    return { value: checked(listed, flag, { code: 'usage', name: `the flag of ${path}` }), origin: 'flag' }
  }
  const variable = option.env === null ? undefined : env[option.env]
  if (option.env !== null && variable !== undefined && variable !== '') {
    const value = fromVariable(variable, String(z.toJSONSchema(option.shape).type))
    return {
      value: checked(listed, value, { code: 'config_invalid', name: `the variable ${option.env}` }),
      origin: 'environment',
    }
  }
  const value = fileValue(file, listed)
  return value === undefined ? { value: null, origin: 'default' } : { value, origin: 'file' }
}

function fileValue(file: ConfigFile, { section, name }: ListedOption): unknown {
  let current: unknown = file
  for (const part of [...section, name]) {
    if (typeof current !== 'object' || current === null) return undefined
    current = Object.getOwnPropertyDescriptor(current, part)?.value
  }
  return current
}

function fromVariable(text: string, type: string): unknown {
  if (type === 'integer' || type === 'number') {
    return /^-?\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : text
  }
  if (type === 'boolean') {
    return text === '1' || text === 'true' ? true : text === '0' || text === 'false' ? false : text
  }
  return text
}

function checked(
  listed: ListedOption,
  value: unknown,
  source: { readonly code: 'usage' | 'config_invalid'; readonly name: string },
): unknown {
  const parsed = listed.option.shape.safeParse(value)
  if (parsed.success) return parsed.data
  const problem: Problem | undefined = problemsOf(parsed.error.issues, value)[0]
  throw new OrchestratorError(
    source.code,
    `${source.name} ${problem?.what ?? 'is wrong'}; ${problem?.right ?? ''}`,
    {
      hint: `${listed.path}: ${listed.option.doc} Default: ${listed.option.fallbackText}.`,
    },
  )
}

function refuseUnknownFlags(flags: Readonly<Record<string, unknown>>): void {
  const paths = OPTIONS.map(({ path }) => path)
  const unknown = Object.keys(flags).find((path) => !paths.includes(path))
  if (unknown === undefined) return
  throw new OrchestratorError(
    'usage',
    `there is no option ${unknown}; ${didYouMean(unknown, paths, 'see orchestrator config')}`,
    { hint: 'All options are shown by: orchestrator config' },
  )
}

function assemble(values: Readonly<Record<string, unknown>>, suites: readonly ConfigSuite[]): Config {
  const tree: Record<string, unknown> = { suites }
  for (const { section, name, path } of OPTIONS) {
    let current = tree
    for (const part of section) {
      current[part] ??= {}
      current = current[part] as Record<string, unknown>
    }
    current[name] = values[path]
  }
  // Every value was checked against the shape of its option, and the options define the type.
  return tree as unknown as Config
}

/** Variables that the product sets for the commands it starts. */
const OWN_VARIABLES: readonly string[] = [
  'TDD_ATTEMPT',
  'TDD_TASK',
  'TDD_STAGE',
  'TDD_RUN',
  'TDD_SLOT',
  'TDD_SUITE',
  'TDD_PORT_BASE',
  'TDD_PORT_COUNT',
]

function unknownVariables(env: Environment): string[] {
  const known = OPTIONS.flatMap(({ option }) => (option.env === null ? [] : [option.env]))
  return Object.keys(env)
    .filter((name) => name.startsWith('TDD_') && !known.includes(name) && !OWN_VARIABLES.includes(name))
    .sort()
    .map(
      (name) => `the variable ${name} is not used; ${didYouMean(name, known, `known: ${known.join(', ')}`)}`,
    )
}
