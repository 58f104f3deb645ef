import { readFileSync, readdirSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { parse, Lang } from '@ast-grep/napi'
import { describe, expect, it } from 'vitest'
import { unusedExports } from './support/unused-exports.ts'

const ROOT = resolve(import.meta.dirname, '..')

/** Which folders of src each folder may import, besides itself. `errors` is src/errors.ts, `index` src/index.ts. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  domain: ['errors'],
  runtime: ['domain', 'errors'],
  config: ['domain', 'errors', 'runtime', 'protocol'],
  protocol: ['domain', 'errors', 'runtime'],
  store: ['domain', 'errors', 'runtime', 'config', 'protocol'],
  git: ['domain', 'errors', 'runtime', 'config', 'protocol'],
  agents: ['domain', 'errors', 'runtime', 'config', 'protocol'],
  prompts: ['domain', 'errors', 'runtime', 'config', 'protocol'],
  verify: ['domain', 'errors', 'runtime', 'config', 'protocol'],
  notify: ['domain', 'errors', 'runtime', 'config', 'protocol'],
  planner: ['domain', 'errors', 'runtime', 'config', 'protocol', 'agents', 'prompts'],
  observe: ['domain', 'errors', 'runtime', 'config', 'protocol'],
  engine: [
    'domain',
    'errors',
    'runtime',
    'config',
    'protocol',
    'store',
    'git',
    'agents',
    'prompts',
    'verify',
    'notify',
    'planner',
  ],
  cli: ['engine', 'observe', 'config', 'protocol', 'errors', 'runtime', 'domain'],
  index: ['engine', 'observe', 'errors', 'domain', 'config', 'protocol', 'store', 'agents'],
}

/** The one file of a folder that may reach further. */
const EXCEPTIONS: Readonly<Record<string, readonly string[]>> = { 'observe/open-readonly.ts': ['store'] }

/** Commands that only look; they must start fast and never load the engine. */
const LIGHT_COMMANDS = [
  'status',
  'health',
  'metrics',
  'circuits',
  'task-list',
  'task-show',
  'task-log',
  'events',
  'attach',
]

const FILE_LINES = 400
const FUNCTION_LINES = 70
const PARAMETERS = 3
const EMPTY_NAMES = /(^|[-.])(utils?|helpers?|types|manager|services?|common|misc)\.ts$/
const LEFTOVERS = /\.bak$|\.orig$|-new\.|-old\.|backup|\.only\./

const sources = filesBelow('src').filter((file) => file.endsWith('.ts'))
const code = sources.filter((file) => !file.endsWith('.test.ts'))
const everything = [
  ...sources,
  ...filesBelow('test').filter((file) => file.endsWith('.ts') && !file.startsWith('test/fixtures/')),
]

describe('the layout', () => {
  it('lets each folder import only what the architecture allows', () => {
    const wrong = code.flatMap((file) => {
      const folder = folderOf(file)
      const allowed = [
        folder,
        ...(MAY_IMPORT[folder] ?? []),
        ...(EXCEPTIONS[file.slice('src/'.length)] ?? []),
      ]
      return importsOf(file)
        .filter((target) => target.startsWith('src/') && !allowed.includes(folderOf(target)))
        .map((target) => `${file} imports ${target}`)
    })
    expect(wrong).toEqual([])
  })

  it('keeps domain free of the outside world', () => {
    const wrong = code
      .filter((file) => file.startsWith('src/domain/'))
      .flatMap((file) =>
        importsOf(file)
          .filter((target) => !target.startsWith('src/'))
          .map((target) => `${file} imports ${target}`),
      )
    expect(wrong).toEqual([])
  })

  it('has no import cycles', () => {
    expect(
      findCycles(
        new Map(code.map((file) => [file, importsOf(file).filter((target) => target.startsWith('src/'))])),
      ),
    ).toEqual([])
  })

  it('keeps the light commands away from the engine', () => {
    const wrong = code
      .filter((file) => LIGHT_COMMANDS.some((name) => file === `src/cli/commands/${name}.ts`))
      .flatMap((file) =>
        [...reachableFrom(file)]
          .filter((target) => target.startsWith('src/engine/'))
          .map((target) => `${file} reaches ${target}`),
      )
    expect(wrong).toEqual([])
  })

  it('lets the light commands load no library but the store', () => {
    const wrong = code
      .filter((file) => LIGHT_COMMANDS.some((name) => file === `src/cli/commands/${name}.ts`))
      .flatMap((file) =>
        [file, ...reachableFrom(file, loadedBy)]
          .flatMap((reached) => loadedBy(reached).map((target) => [reached, target] as const))
          .filter(([, target]) => !target.startsWith('src/') && !target.startsWith('node:'))
          .map(([reached, target]) => `${file} loads ${target} by ${reached}`),
      )
    expect(wrong).toEqual([])
  })

  it('exports nothing that no other file imports', () => {
    const files = ['src', 'test', 'scripts', 'bench']
      .flatMap(filesBelow)
      .filter((file) => file.endsWith('.ts') && !file.includes('/.installed/'))
    expect(unusedExports(new Map(files.map((file) => [file, read(file)])), ENTRIES)).toEqual([])
  })

  it('has no dead files: every source is reachable from the program, the library or a test', () => {
    const entries = code.filter((file) => ENTRIES.includes(file))
    const reached = new Set(entries.flatMap((file) => [file, ...reachableFrom(file)]))
    expect(code.filter((file) => !reached.has(file))).toEqual([])
  })
})

describe('the single doors', () => {
  it.each([
    ['child_process', /from 'node:child_process'/, /^src\/runtime\/exec|^src\/agents\/scripted-player\.ts$/],
    ['process.env', /process\.env\b/, /^src\/config\/environment\.ts$/],
    ['the clock', /\bDate\.now\(|new Date\(\)|performance\.now\(/, /^src\/runtime\//],
    ['chance', /Math\.random\(|randomUUID|randomBytes|randomInt/, /^src\/runtime\//],
    [
      'timers',
      /\bset(Timeout|Interval)\(/,
      /^src\/runtime\/|^src\/store\/(sqlite-thread|thread-client)\.ts$/,
    ],
    ['process.exit', /process\.exit\(/, /^src\/cli\/|^src\/agents\/scripted-player\.ts$/],
    ['the console', /\bconsole\./, /^src\/cli\//],
    ['its own place', /\bimport\.meta\b/, /^src\/runtime\/own-files\.ts$/],
    ['SQL', /node:sqlite|\b(SELECT|INSERT INTO|UPDATE|DELETE FROM)\s+\w+\s/, /^src\/store\//],
  ])('lets only its door use %s', (_, pattern, door) => {
    const wrong = code.filter((file) => pattern.test(withoutComments(read(file))) && !door.test(file))
    expect(wrong).toEqual([])
  })
})

describe('the drills', () => {
  it('are each run by a script', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
    const run = Object.entries(scripts)
      .filter(([name]) => name.startsWith('drill:'))
      .flatMap(([, line]) => line.split(' '))
      .filter((word) => word.startsWith('test/'))
    const drills = filesBelow('test').filter((file) => /\/support\/drill\.ts'/.test(read(file)))
    expect(drills.filter((file) => !run.some((part) => file.startsWith(part)))).toEqual([])
  })
})

describe('the style', () => {
  it(`keeps files at ${FILE_LINES} lines or fewer`, () => {
    expect(code.filter((file) => read(file).split('\n').length - 1 > FILE_LINES)).toEqual([])
  })

  it(`keeps functions at ${FUNCTION_LINES} lines and ${PARAMETERS} positional parameters or fewer`, () => {
    expect(code.flatMap((file) => longFunctions(file))).toEqual([])
  })

  it('names files after what they hold', () => {
    expect(
      everything.filter((file) => EMPTY_NAMES.test(basename(file)) || /[A-Z_]/.test(basename(file))),
    ).toEqual([])
  })

  it('has no default exports, no barrels, no any, no silenced types, no empty catch, no open ends', () => {
    const rules: readonly (readonly [string, RegExp])[] = [
      ['default export', /^export default/m],
      ['barrel', /^export \* from/m],
      ['any', /(:|\bas|<)\s*any\b/],
      ['silenced types', /@ts-ignore|@ts-nocheck|@ts-expect-error/],
      ['silenced lint', /oxlint-disable|eslint-disable|biome-ignore/],
      ['empty catch', /catch\s*(\([^)]*\))?\s*\{\s*\}/],
      ['open end', /\b(TODO|FIXME|XXX)\b(?!['"|)])/],
      ['focused test', /\b(it|test|describe)\.only\(/],
    ]
    const wrong = everything
      .filter((file) => file !== 'test/tidy.test.ts' && !file.includes('/rules/'))
      .flatMap((file) =>
        rules
          .filter(([, pattern]) => pattern.test(withoutTexts(read(file))))
          .map(([name]) => `${file}: ${name}`),
      )
    expect(wrong).toEqual([])
  })

  it('leaves nothing lying about', () => {
    const known = new Set(readdirSync(ROOT))
    expect([...known].filter((name) => !EXPECTED_IN_ROOT.has(name))).toEqual([])
    expect(
      [...filesBelow('src'), ...filesBelow('test'), ...filesBelow('docs')].filter((file) =>
        LEFTOVERS.test(file),
      ),
    ).toEqual([])
  })
})

const ENTRIES = [
  'src/cli/main.ts',
  'src/index.ts',
  'src/store/sqlite-thread.ts',
  'src/agents/scripted-player.ts',
  'src/agents/tool-server.ts',
]

const EXPECTED_IN_ROOT = new Set([
  '.ci',
  '.git',
  '.gitattributes',
  '.gitignore',
  '.nvmrc',
  '.oxlintrc.json',
  '.tdd',
  '.vitest',
  '.npmrc',
  '.editorconfig',
  'ARCHITECTURE.md',
  'CHANGELOG.md',
  'CONTEXT.md',
  'CONTRIBUTING.md',
  'LICENSE',
  'README.md',
  'bench',
  'biome.json',
  'coverage',
  'dist',
  'docs',
  'examples',
  'monitoring',
  'node_modules',
  'package-lock.json',
  'package.json',
  'schema',
  'scripts',
  'src',
  'test',
  'tsconfig.build.json',
  'tsconfig.json',
  'vitest.config.ts',
])

function filesBelow(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)))
    .sort()
}

function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8')
}

function folderOf(file: string): string {
  const [, first = ''] = file.split('/')
  return first.replace(/\.ts$/, '')
}

/** Static and dynamic imports, resolved to repository paths where they are relative. */
function importsOf(file: string): string[] {
  const text = withoutComments(read(file))
  const statements = /^(?:import|export)\b[^;']*?from '([^']+)'|^import '([^']+)'|\bimport\('([^']+)'\)/gm
  const found = [...text.matchAll(statements)].map((match) => (match[1] ?? match[2] ?? match[3]) as string)
  return found.map((target) => targetOf(file, target))
}

function targetOf(file: string, target: string): string {
  return target.startsWith('.') ? relative(ROOT, resolve(ROOT, dirname(file), target)) : target
}

/** What running the file loads at once: imports of values, without those that are called for later. */
function loadedBy(file: string): string[] {
  const text = withoutComments(read(file))
  const statements =
    /^(?:import|export)\b(?! type\b)(?! interface\b)[^;']*?from '([^']+)'|^import '([^']+)'/gm
  return [...text.matchAll(statements)].map((match) => targetOf(file, (match[1] ?? match[2]) as string))
}

function reachableFrom(file: string, follow = importsOf): Set<string> {
  const reached = new Set<string>()
  const open = [file]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const target of follow(next)) {
      if (!target.startsWith('src/') || reached.has(target) || !sources.includes(target)) continue
      reached.add(target)
      open.push(target)
    }
  }
  return reached
}

function findCycles(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>()
  const cycles: string[] = []
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) {
      cycles.push([...path.slice(path.indexOf(file)), file].join(' -> '))
      return
    }
    if (done.has(file)) return
    for (const target of graph.get(file) ?? []) visit(target, [...path, file])
    done.add(file)
  }
  for (const file of graph.keys()) visit(file, [])
  return cycles
}

function longFunctions(file: string): string[] {
  const root = parse(Lang.TypeScript, read(file)).root()
  const kinds = [
    'function_declaration',
    'arrow_function',
    'method_definition',
    'function_expression',
    'generator_function_declaration',
  ]
  return kinds.flatMap((kind) =>
    root.findAll({ rule: { kind } }).flatMap((node) => {
      const { start, end } = node.range()
      const lines = end.line - start.line + 1
      const parameters = (node.field('parameters')?.children() ?? []).filter((child) =>
        String(child.kind()).endsWith('parameter'),
      ).length
      const place = `${file}:${start.line + 1}`
      return [
        ...(lines > FUNCTION_LINES ? [`${place} has ${lines} lines`] : []),
        ...(parameters > PARAMETERS ? [`${place} has ${parameters} parameters`] : []),
      ]
    }),
  )
}

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(^|\s)\/\/[^\n]*/g, '$1')
}

/** Without comments and texts: words in them are not code. Open ends in comments are still found. */
function withoutTexts(text: string): string {
  return text
    .replaceAll(/'(?:[^'\\\n]|\\.)*'/g, "''")
    .replaceAll(/`(?:[^`\\]|\\.)*`/g, '``')
    .replaceAll(/\/(?![/*])(?:[^/\\\n]|\\.)+\/[gimsuy]*/g, '//')
}
