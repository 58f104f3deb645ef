import { matchesAny, patternFrom } from '../domain/path-pattern.ts'
import type { Suite } from '../domain/suite.ts'
import { moduleFile } from './stubs/python-modules.ts'
import { SCRIPT_EXTENSIONS } from './stubs/resolve-javascript.ts'
import { directoryOf, inDirectoryOf, joinPath, type TreeTexts, upwards } from './stubs/tree-texts.ts'
import { extensionOf, familyOf, findKinds, parseFile } from './syntax.ts'
import { parsedJson } from '../domain/parsed-json.ts'

interface SuiteTree {
  readonly suite: Suite
  readonly tree: TreeTexts
  /** Every path of the tree. */
  readonly paths: readonly string[]
}

/** Files of a tree that a suite's commands or the configuration of its runner name, each with what names it. */
export async function namedFiles(where: SuiteTree): Promise<ReadonlyMap<string, string>> {
  const { suite, tree } = where
  const cwd = directoryFrom(suite)
  const named = new Map<string, string>()
  const add = (names: readonly string[], from: string, by: string): void => {
    for (const name of names) {
      const path = fileFor(name, [from, cwd], tree)
      if (path !== null) named.set(path, named.get(path) ?? by)
    }
  }
  add(wordsIn(commandsOf(suite)), cwd, `a command of suite ${suite.name}`)
  for (const path of configurationOf(where)) {
    const text = await tree.read(path)
    if (text !== null) add(namesIn(path, text), directoryOf(path), path)
  }
  return named
}

/** Configuration of runners, compilers and packages that counts for a suite: above its directory, in it and below. */
export function configurationOf({ suite, paths }: Omit<SuiteTree, 'tree'>): string[] {
  const cwd = directoryFrom(suite)
  const above = new Set(upwards(cwd))
  const ofTests = [...suite.tests, ...suite.fixtures].map((pattern) => patternFrom(suite.cwd, pattern))
  return paths.filter((path) => {
    if (!CONFIGURATION.test(path.slice(path.lastIndexOf('/') + 1))) return false
    const isNear = above.has(directoryOf(path)) || cwd === '' || path.startsWith(`${cwd}/`)
    return isNear && !matchesAny(ofTests, path)
  })
}

const CONFIGURATION = new RegExp(
  `^(?:${[
    'package\\.json',
    '(?:[jt]sconfig.*|.+\\.tsconfig)\\.json',
    '(?:vite|vitest|jest|ava|babel|playwright|cypress)\\.config\\..+',
    'vitest\\.(?:workspace|projects)\\..+',
    'jest[.-]preset\\..+',
    'karma\\.conf\\..+',
    'mocha\\.opts',
    '\\.(?:mocharc|taprc|babelrc|swcrc|nycrc|c8rc)(?:\\..+)?',
    'bunfig\\.toml',
    'node\\.config\\.json',
    '\\.?pytest\\.(?:ini|toml)',
    'pyproject\\.toml',
    'setup\\.cfg',
    'tox\\.ini',
  ].join('|')})$`,
)

function directoryFrom(suite: Suite): string {
  return suite.cwd === '.' ? '' : suite.cwd
}

function commandsOf(suite: Suite): string {
  const commands = [suite.command ?? [], suite.args, ...suite.build, ...Object.values(suite.checks)]
  return commands.map((command) => command.join(' ')).join('\n')
}

/** What a configuration may name files by. */
function namesIn(path: string, text: string): string[] {
  const name = path.slice(path.lastIndexOf('/') + 1)
  if (name === 'package.json') return namesOfManifest(text)
  // Whatever else it names are the files to compile.
  if (/[jt]sconfig/.test(name)) return wordsIn(/"extends"\s*:\s*(?:\[[^\]]*\]|"[^"]*")/.exec(text)?.[0] ?? '')
  if (familyOf(path) === 'js') return stringsOf(path, text)
  if (!/\.(?:toml|cfg|ini)$/.test(name)) return wordsIn(text)
  const sections = text.split(/^(?=\[)/m)
  return wordsIn(sections.filter((section) => /^\[(?:tool[.:])?(?:pytest|test)\b/.test(section)).join('\n'))
}

/** Members of a manifest that configure runners. */
const RUNNER_MEMBERS = ['jest', 'mocha', 'ava', 'tap', 'vitest', 'nyc', 'c8', 'babel']

function namesOfManifest(text: string): string[] {
  const members = asRecord(parsedJson(text))
  const scripts = Object.entries(asRecord(members['scripts'])).filter(([name]) =>
    /^(?:pre|post)?test/.test(name),
  )
  const configured = RUNNER_MEMBERS.map((name) => JSON.stringify(members[name] ?? null))
  return wordsIn([...configured, ...scripts.map(([, command]) => String(command))].join('\n'))
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

/** Words that look like files, and plug-ins of pytest as the paths that their modules have. */
function wordsIn(text: string): string[] {
  const words = text.split(/[\s'"`,[\]{}()=]+/).filter((word) => /[./]/.test(word))
  const plugins = [...text.matchAll(/(?<![\w-])-p[\s'",]+([\w.]+)/g)].map((match) => match[1] ?? '')
  return [...words, ...plugins.map((plugin) => `${PLUGIN}${plugin}`)]
}

const PLUGIN = 'module:'

/** The strings of a script; of one with parts that only a run knows, what follows the last of these. */
function stringsOf(path: string, text: string): string[] {
  const root = parseFile(path, text)
  if (root === null) return []
  return findKinds(root, ['string', 'template_string']).map((node) =>
    node
      .text()
      .slice(1, -1)
      .replace(/^.*\$\{[^}]*\}\/?/s, ''),
  )
}

function fileFor(name: string, directories: readonly string[], tree: TreeTexts): string | null {
  if (name.startsWith(PLUGIN)) {
    const roots = [...directories, ...directories.map((directory) => inDirectoryOf(directory, 'src')), '']
    return (
      roots.map((root) => moduleFile(root, name.slice(PLUGIN.length), tree)).find((path) => path !== null) ??
      null
    )
  }
  const relative = name.replace(/^<rootDir>\/?/, '')
  if (relative === '' || relative.length > MAX_NAME) return null
  for (const directory of directories) {
    const path = joinPath(directory, relative)
    if (path === null) continue
    const written = extensionOf(path) === '.js' ? [path, path.replace(/\.js$/, '.ts')] : [path]
    const found = [...written, ...SCRIPT_EXTENSIONS.map((extension) => path + extension)].find((candidate) =>
      tree.has(candidate),
    )
    if (found !== undefined) return found
  }
  return null
}

/** Longer strings are no names of files. */
const MAX_NAME = 500
