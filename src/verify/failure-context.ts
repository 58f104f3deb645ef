import type { PathClass, StubRecord, TestFailure, TestId } from '../domain/evidence.ts'
import { lackIn } from '../domain/failure-tables.ts'
import { classifyPath } from '../domain/path-class.ts'
import type { FailureContext } from '../domain/standing.ts'
import { fileFlows, type FileFlow } from './file-flow.ts'
import { wordsIn } from './source-flow.ts'
import { isOwnSource, type StubRequest } from './stubs/plan-stubs.ts'
import { STUB_MARK } from './stubs/stub-mark.ts'
import { importRoots, moduleFiles } from './stubs/python-modules.ts'
import { directoryOf, inDirectoryOf, joinPath, type TreeTexts, treeTexts } from './stubs/tree-texts.ts'
import { extensionOf } from './syntax.ts'
import { comparableName, testBodies } from './test-bodies.ts'

interface ContextRequest extends Omit<StubRequest, 'testFiles'> {
  /** Paths of the test files and of what was followed from them (`StubPlan.followed`, `followedFrom`). */
  readonly followed: readonly string[]
  readonly records: readonly StubRecord[]
  /** The failures that will be judged: only names that they mention are looked for in the sources. */
  readonly failures: readonly { readonly file: string; readonly failure: TestFailure }[]
}

/** Sources beyond this are not searched for a name. */
const MAX_SOURCES = 3_000
const EXTENSIONS = [
  '',
  '.ts',
  '.tsx',
  '.mts',
  '.cts',
  '.js',
  '.mjs',
  '.cjs',
  '.jsx',
  '.json',
  '.py',
  '/__init__.py',
  '/index.ts',
  '/index.js',
]

/** Everything that `standings` asks about a tree without the task's sources, read from that tree, with its stubs or without. */
export async function failureContext(request: ContextRequest): Promise<FailureContext> {
  const tree = treeTexts(request.files, request.read)
  const isOwn = (path: string): boolean => isOwnSource(path, request)
  const classOf = (path: string): PathClass | null => projectClass(path, request)
  const flows = await fileFlows(request.followed, {
    tree,
    suite: request.suite,
    records: request.records,
    isSource: (path) => classOf(path) === 'source' || isOwn(path),
    isOwn,
  })
  const present = await namesInSources(request)
  const roots = await rootsOf(request, tree)
  return {
    stubMark: STUB_MARK,
    classOf,
    lacks: (name) => !present.has(name),
    isOwnModule: (module, file) =>
      modulePaths(module, { file, roots: roots.get(file) ?? [] }, request).some(isOwn) ||
      isOwnPackage(module, roots.get(file) ?? [], request),
    isForeign: (name, file) => flows.get(file)?.foreign.has(name) ?? false,
    usesSources: (file, line) => worksWith(flows.get(file), line),
    complains: (file, line) => complains(flows.get(file), line),
    startsSource: (command, file) => {
      const module = /(?:^|[\s'"])-m[\s'",]+([\w.]+)/.exec(command)?.[1]
      const where = { file, roots: roots.get(file) ?? [] }
      const started = module === undefined ? [] : modulePaths(module, where, request)
      return [...pathsIn(command, request), ...started].some((path) => request.files.has(path) && isOwn(path))
    },
    usesStub: (test) => usesStub(test, flows.get(test.file)),
  }
}

function projectClass(path: string, request: ContextRequest): PathClass | null {
  if (path.startsWith('/') || /^[a-z]+:/i.test(path) || path.startsWith('../')) return null
  if (/(?:^|\/)(?:node_modules|site-packages|\.venv|venv|vendor)\//.test(path)) return null
  const known = request.files.has(path) || request.records.some((record) => record.path === path)
  return known ? classifyPath(path, [request.suite], request.task) : null
}

/** Which of the names that failures complain about stand somewhere in the task's sources. */
async function namesInSources(request: ContextRequest): Promise<ReadonlySet<string>> {
  const wanted = new Set<string>()
  for (const { file, failure } of request.failures) {
    const lack = failure.kind === 'assertion' ? null : lackIn(failure.message, file)
    if (lack === null || lack.what === 'module' || lack.what === 'file') continue
    if (lack.name !== null) wanted.add(lack.name)
  }
  const present = new Set<string>()
  if (wanted.size === 0) return present
  const sources = [...request.files.keys()].filter((path) => isOwnSource(path, request)).slice(0, MAX_SOURCES)
  for (const path of sources) {
    const record = request.records.find((one) => one.path === path)
    if (record?.kind === 'file') continue
    const text = (await request.read(path)) ?? ''
    const words = new Set(wordsIn(record === undefined ? text : withoutStubs(text)))
    for (const name of wanted) if (words.has(name)) present.add(name)
  }
  return present
}

/** What stubs were appended to says nothing about what the sources have. */
function withoutStubs(text: string): string {
  const at = text.search(/\n;function __tddStub\(|\nclass __Tdd/)
  return at < 0 ? text : text.slice(0, at)
}

/** Paths of the tree that a command line names, from the directory of the suite or from the top. */
function pathsIn(command: string, { suite }: ContextRequest): string[] {
  const cwd = suite.cwd === '.' ? '' : suite.cwd
  const words = command.split(/[\s'"`,[\]()=]+/).filter((word) => /\w\.\w+$/.test(word))
  return words.flatMap((word) => [joinPath(cwd, word), joinPath('', word)]).filter((path) => path !== null)
}

/** Paths that a module or file may stand for, as messages write it: a path of the tree, a specifier, or a dotted name. */
function modulePaths(
  module: string,
  { file, roots }: { readonly file: string; readonly roots: readonly string[] },
  request: ContextRequest,
): string[] {
  const whole = module.replace(/^file:\/\//, '')
  const withoutQuery = whole.replace(/[?#].*$/, '')
  // A name of a file may hold these characters as well.
  const all = whole === withoutQuery ? [whole] : [withoutQuery, whole]
  return all.flatMap((plain) => filesOf(plain, { file, roots }, request))
}

function filesOf(
  plain: string,
  { file, roots }: { readonly file: string; readonly roots: readonly string[] },
  request: ContextRequest,
): string[] {
  if (extensionOf(file) === '.py') return roots.flatMap((root) => moduleFiles(root, plain))
  if (plain.startsWith('/')) return []
  const cwd = request.suite.cwd === '.' ? '' : request.suite.cwd
  const bases = [joinPath('', plain), joinPath(cwd, plain), joinPath(directoryOf(file), plain)].filter(
    (path) => path !== null,
  )
  // A bare word is a package: only what looks like a path can be a file of the task.
  const pathLike = plain.includes('/') || extensionOf(plain) !== ''
  if (!pathLike || /^@[\w-]+\//.test(plain)) return []
  return bases.flatMap((base) => withExtensions(base))
}

function withExtensions(base: string): string[] {
  const written = base.replace(/\.([cm]?)js(x?)$/, '.$1ts$2')
  return [...EXTENSIONS.map((extension) => base + extension), written]
}

/** `No module named 'pkg'` for a package of which the task names a file. */
function isOwnPackage(module: string, roots: readonly string[], request: ContextRequest): boolean {
  if (!/^[A-Za-z_][\w.]*$/.test(module)) return false
  const directories = roots.map((root) => `${inDirectoryOf(root, module.replaceAll('.', '/'))}/`)
  const own = [...request.task.sources, ...(request.ownSources ?? [])].filter((source) =>
    /\.py$|\*\*$/.test(source),
  )
  return own.some((source) => directories.some((directory) => source.startsWith(directory)))
}

/** Where the imports of each Python file in question may start. */
async function rootsOf(
  request: ContextRequest,
  tree: TreeTexts,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const files = [...request.followed, ...request.failures.map(({ file }) => file)]
  const python = [...new Set(files)].filter((file) => extensionOf(file) === '.py')
  return new Map(
    await Promise.all(
      python.map(async (file) => [file, await importRoots(file, request.suite, tree)] as const),
    ),
  )
}

function worksWith(flow: FileFlow | undefined, line: number | null): boolean {
  if (flow === undefined) return false
  if (line === null) return flow.usesSources
  // A statement may go over several lines; the frame names the one where the call or read stands.
  const around = flow.lines.slice(Math.max(0, line - 2), line + 1).join('\n')
  return wordsIn(around).some((word) => flow.fromSources.has(word))
}

/** `throw new Error('it should have ended')`, and the same given to `reject` or `done`. */
function complains(flow: FileFlow | undefined, line: number | null): boolean {
  if (flow === undefined || line === null) return false
  return /\bError\(\s*(?:["'`]|$)/.test(flow.lines[line - 1] ?? '')
}

function usesStub(test: TestId, flow: FileFlow | undefined): boolean {
  if (flow === undefined || !flow.hasStubs) return false
  const bodies = testBodies(test.file, flow.lines.join('\n'))
  if (bodies === null) return true
  const wanted = comparableName(test.name)
  const found = bodies.tests.filter(
    (body) => comparableName(body.name) === wanted || body.name === wanted.replace(/\[.*\]$/s, ''),
  )
  const nodes = found.length > 0 ? found : bodies.dynamicTests.filter((body) => body.pattern.test(test.name))
  if (nodes.length === 0) return true
  return nodes.some(({ node }) => {
    const words = wordsIn(node.text())
    return (
      words.some((word) => flow.fromStubs.has(word)) ||
      (words.some((word) => flow.fromWholeStubs.has(word)) && words.some((word) => flow.stubNames.has(word)))
    )
  })
}
