import type { Command, RunnerName } from '../../domain/suite.ts'
import { inside } from './reader.ts'
import type { RepositoryReader } from './reader.ts'
import type { Package } from './javascript-package.ts'

interface FoundRunner {
  readonly runner: RunnerName
  readonly args: readonly string[]
  readonly command: Command | null
  /** Test paths that the script names; empty when the runner finds them by itself. */
  readonly paths: readonly string[]
}

interface Sign {
  readonly runner: RunnerName
  /** The runner in a script line. */
  readonly script: RegExp
  readonly dependencies: readonly string[]
  readonly configuration: RegExp | null
  /** What its test files import. */
  readonly imported: RegExp
}

const SIGNS: readonly Sign[] = [
  {
    runner: 'vitest',
    script: /(?<![\w@/.-])vitest(?![\w/-])/,
    dependencies: ['vitest'],
    configuration: /^vitest\.(config|workspace)\./,
    imported: /from ['"]vitest['"]/,
  },
  {
    runner: 'jest',
    script: /(?<![\w@-])jest(\.js)?(?![\w-])|(react|kcd)-scripts test/,
    dependencies: ['jest', 'react-scripts', 'kcd-scripts'],
    configuration: /^jest\.config\./,
    imported: /from ['"]@jest\/globals['"]/,
  },
  {
    runner: 'mocha',
    script: /(?<![\w@.-])_?mocha(?![\w-])/,
    dependencies: ['mocha'],
    configuration: /^\.mocharc\./,
    imported: /from ['"]mocha['"]/,
  },
  {
    runner: 'ava',
    script: /(?<![\w@/.-])ava(?![\w/-])/,
    dependencies: ['ava'],
    configuration: /^ava\.config\./,
    imported: /from ['"]ava['"]|require\(['"]ava['"]\)/,
  },
  {
    runner: 'tap',
    script: /(?<![\w@/.-])tap(?![\w/-])/,
    dependencies: ['tap'],
    configuration: /^\.taprc$/,
    imported: /from ['"]tap['"]|require\(['"]tap['"]\)/,
  },
  {
    // Its files print TAP like those of tap.
    runner: 'tap',
    script: /(?<![\w@/.-])tape(?![\w/-])/,
    dependencies: ['tape'],
    configuration: null,
    imported: /from ['"]tape['"]|require\(['"]tape['"]\)/,
  },
  {
    runner: 'node',
    script: /(?:node|tsx)\b[^&|;]*\s--test(?![\w-]*-only)(?=\s|$)|(?<![\w@/.-])borp(?![\w/-])/,
    dependencies: ['borp'],
    configuration: null,
    imported: /['"]node:test['"]/,
  },
]

/** The runner of a package: by its scripts, its test files' imports, its dependencies and configuration, then those of its workspace. */
export async function findRunner(
  reader: RepositoryReader,
  candidate: Package,
  surroundings: { readonly root: Package; readonly testFiles: readonly string[] },
): Promise<FoundRunner | null> {
  const found = await byAnySign(reader, candidate, surroundings)
  if (found === null || found.runner !== 'tap' || found.command !== null) return found
  return { ...found, ...tapCommand(found.args, surroundings.testFiles) }
}

async function byAnySign(
  reader: RepositoryReader,
  candidate: Package,
  { root, testFiles }: { readonly root: Package; readonly testFiles: readonly string[] },
): Promise<FoundRunner | null> {
  const own = fromScripts(candidate)
  if (own !== null) return own
  const imported = await fromImports(reader, testFiles)
  const signs = [
    imported,
    fromDependencies(candidate),
    fromConfiguration(reader, candidate),
    root === candidate ? null : (fromScripts(root)?.runner ?? null),
    root === candidate ? null : fromDependencies(root),
  ]
  const runner = signs.find((sign) => sign !== null)
  return runner === undefined ? null : { runner, args: [], command: null, paths: [] }
}

/** A file of tap or tape is a program that prints TAP; what has to be compiled first is run by tap itself. */
function tapCommand(
  options: readonly string[],
  testFiles: readonly string[],
): Pick<FoundRunner, 'args' | 'command'> {
  const compiled = testFiles.some((file) => /\.[cm]?tsx?$/.test(file))
  const program = compiled ? TAP_RUN : ['node', ...options]
  return { args: [], command: [...program, '{files}'] }
}

const TAP_RUN: Command = [
  'npx',
  '--no-install',
  'tap',
  'run',
  '--reporter=tap',
  '--disable-coverage',
  '--allow-empty-coverage',
]

function fromScripts(candidate: Package): FoundRunner | null {
  const names = Object.keys(candidate.scripts).filter((name) =>
    /^(test|unit|mocha|jest|vitest|tap|ava)\b/.test(name),
  )
  for (const name of names.sort((a, b) => rank(a) - rank(b))) {
    const segments = expand(candidate.scripts, name, 0)
    for (const { runner, script } of SIGNS) {
      const matching = segments.filter((text) => script.test(text))
      const [segment] = matching
      if (segment === undefined) continue
      const paths = matching.map((text) => pathsOf(runner, text))
      return {
        runner,
        ...launch(runner, segment),
        paths: paths.some((some) => some.length === 0) ? [] : [...new Set(paths.flat())],
      }
    }
  }
  return null
}

function rank(name: string): number {
  const order = ['test', 'test:unit', 'unit', 'test:node', 'test:ci']
  const place = order.indexOf(name)
  return place === -1 ? order.length : place
}

/** The commands of a script, with the scripts that it runs put in their place. */
function expand(scripts: Package['scripts'], name: string, depth: number): string[] {
  const text = scripts[name]
  if (text === undefined || depth > 5) return []
  return text.split(/&&|\|\||;/).flatMap((segment) => {
    const called = /^\s*(?:npm|pnpm|yarn|bun)(?:\s+-s)?(?:\s+run(?:-script)?)?(?:\s+-s)?\s+([\w:.-]+)/.exec(
      segment,
    )?.[1]
    const inner = called === undefined || called === name ? [] : expand(scripts, called, depth + 1)
    return inner.length > 0 ? inner : [segment.trim()]
  })
}

/** Patterns of tests that the command of a script names: `test/` becomes `test/**`. */
function pathsOf(runner: RunnerName, segment: string): string[] {
  if (runner === 'vitest' || runner === 'jest') return []
  const words = segment.split(/\s+/).map((word) => word.replace(/^(["'])(.*)\1$/, '$2').replace(/^\.\//, ''))
  const start = words.findIndex((word) => /(^|\/)(_?mocha|ava|tape?|borp|--test)$/.test(word))
  if (start === -1) return []
  return words.slice(start + 1).flatMap((word, index) => {
    const option = words[start + index] ?? ''
    if (word.startsWith('-') || TAKES_VALUE.includes(option)) return []
    if (!/^(tests?|specs?|src|lib|__tests__|packages)\b[\w./*{},@!?()-]*$/i.test(word)) return []
    return [/\.[cm]?[jt]sx?$|[*}]$/.test(word) ? word : `${word.replace(/\/$/, '')}/**`]
  })
}

const TAKES_VALUE: readonly string[] = [
  '--reporter',
  '-R',
  '--test-reporter',
  '--ui',
  '--require',
  '-r',
  '--import',
  '--loader',
  '--experimental-loader',
  '--config',
  '--file',
  '--opts',
]

/** Options of the script without which the tests would not load. */
function launch(runner: RunnerName, segment: string): Pick<FoundRunner, 'args' | 'command'> {
  const words = segment.split(/\s+/).map((word) => word.replace(/^(["'])(.*)\1$/, '$2'))
  const command =
    runner === 'jest' && words.some((word) => word.includes('--experimental-vm-modules'))
      ? ['node', '--experimental-vm-modules', 'node_modules/jest/bin/jest.js']
      : null
  const kept: string[] = []
  for (const [index, word] of words.entries()) {
    const [option = '', inline] = word.split('=', 2)
    if (!KEPT_OPTIONS[runner]?.includes(option)) continue
    const value = inline ?? words[index + 1]
    if (FLAGS.includes(option)) kept.push(option)
    else if (value !== undefined && !value.startsWith('-')) {
      kept.push(inline === undefined ? option : word, ...(inline === undefined ? [value] : []))
    }
  }
  return { args: kept, command }
}

const FLAGS: readonly string[] = [
  '--experimental-strip-types',
  '--experimental-transform-types',
  '--experimental-test-module-mocks',
  '--expose-gc',
  '--globals',
]
const LOADING = ['--require', '-r', '--import', '--loader', '--experimental-loader']
const KEPT_OPTIONS: Readonly<Partial<Record<RunnerName, readonly string[]>>> = {
  node: [...LOADING, ...FLAGS.filter((flag) => flag !== '--globals'), '--conditions'],
  mocha: [...LOADING, '--config', '--ui', '--file', '--expose-gc'],
  tap: LOADING,
  jest: ['--config', '-c', '--projects', '--env'],
  vitest: ['--config', '-c', '--project', '--environment', '--globals'],
}

/** What the first test files import. */
async function fromImports(
  reader: RepositoryReader,
  testFiles: readonly string[],
): Promise<RunnerName | null> {
  for (const file of testFiles.filter((path) => /\.[cm]?[jt]sx?$/.test(path)).slice(0, 8)) {
    const text = (await reader.read(file)) ?? ''
    const sign = SIGNS.find(({ imported }) => imported.test(text))
    if (sign !== undefined) return sign.runner
  }
  return null
}

function fromDependencies(candidate: Package): RunnerName | null {
  return (
    SIGNS.find(({ dependencies }) => dependencies.some((name) => candidate.dependencies.has(name)))?.runner ??
    null
  )
}

function fromConfiguration(reader: RepositoryReader, candidate: Package): RunnerName | null {
  const prefix = inside(candidate.directory, '')
  const names = reader.files
    .filter((path) => path.startsWith(prefix))
    .map((path) => path.slice(prefix.length))
  return (
    SIGNS.find(
      ({ configuration }) => configuration !== null && names.some((name) => configuration.test(name)),
    )?.runner ?? null
  )
}
