import type { StubRecord } from '../domain/evidence.ts'
import type { Suite } from '../domain/suite.ts'
import { namesFrom, wordsIn } from './source-flow.ts'
import { bindings } from './stubs/javascript-imports.ts'
import {
  importRoots,
  moduleFile,
  moduleFiles,
  pythonBindings,
  relativeRoot,
  rootsFromFiles,
} from './stubs/python-modules.ts'
import { resolveJavascript } from './stubs/resolve-javascript.ts'
import type { TreeTexts } from './stubs/tree-texts.ts'
import { familyOf } from './syntax.ts'

/** What the names of one test or helper file stand for. */
export interface FileFlow {
  readonly lines: readonly string[]
  /** Names that come from packages, test libraries and the language. */
  readonly foreign: ReadonlySet<string>
  /** Names that may hold what came from the sources. */
  readonly fromSources: ReadonlySet<string>
  readonly usesSources: boolean
  /** Names that may hold a stub. */
  readonly fromStubs: ReadonlySet<string>
  /** Names that hold a whole module of which only `stubNames` are stubs. */
  readonly fromWholeStubs: ReadonlySet<string>
  readonly stubNames: ReadonlySet<string>
  readonly hasStubs: boolean
}

interface FlowSearch {
  readonly tree: TreeTexts
  readonly suite: Suite
  readonly records: readonly StubRecord[]
  isSource(path: string): boolean
  isOwn(path: string): boolean
}

const TEST_GLOBALS =
  'expect assert should chai vi vitest jest sinon describe it test suite context before after beforeEach afterEach beforeAll afterAll t td mock pytest unittest'
const LANGUAGE_GLOBALS =
  'Object Array String Number Boolean Symbol BigInt Math JSON Date RegExp Map Set WeakMap WeakSet Promise Proxy Reflect Error TypeError process console Buffer URL URLSearchParams performance structuredClone setTimeout setInterval setImmediate queueMicrotask fs path os util url crypto child_process http events stream assert require module exports __dirname __filename sys re json math time datetime random collections itertools functools asyncio logging subprocess tempfile shutil pathlib typing'
const GLOBALS = new Set(`${TEST_GLOBALS} ${LANGUAGE_GLOBALS}`.split(' '))

interface Link {
  readonly local: string
  readonly imported: string
  /** Path of the module; null where it is not of this tree. */
  readonly path: string | null
  /** Only a type: nothing is imported for it at run time. */
  readonly isErased: boolean
}

/** The flow of each file, helpers of helpers included. */
export async function fileFlows(
  paths: readonly string[],
  search: FlowSearch,
): Promise<ReadonlyMap<string, FileFlow>> {
  const texts = new Map<string, { text: string; links: Link[] }>()
  for (const path of paths) {
    const text = await search.tree.read(path)
    if (text !== null) texts.set(path, { text, links: await linksOf(path, text, search) })
  }
  const users = sourceUsers(texts, search)
  return new Map(
    [...texts].map(([path, { text, links }]) => [path, flowOf({ path, text, links }, { search, users })]),
  )
}

/** Files of the tree that a file imports when it runs, in the order of its text. */
export async function importedPaths(path: string, search: FlowSearch): Promise<string[]> {
  const text = await search.tree.read(path)
  const links = text === null ? [] : await linksOf(path, text, search)
  return links.flatMap((link) => (link.isErased || link.path === null ? [] : link.path))
}

/** Names that a file of the tree has from other files of it when it runs, each with the name that it has there. */
export async function namesFromTree(
  path: string,
  search: FlowSearch,
): Promise<{ readonly local: string; readonly imported: string; readonly path: string }[]> {
  const text = await search.tree.read(path)
  const links = text === null ? [] : await linksOf(path, text, search)
  return links.flatMap(({ local, imported, path: from, isErased }) =>
    isErased || from === null ? [] : [{ local, imported, path: from }],
  )
}

function flowOf(
  file: { readonly path: string; readonly text: string; readonly links: readonly Link[] },
  { search, users }: { readonly search: FlowSearch; readonly users: ReadonlySet<string> },
): FileFlow {
  const { path, text, links } = file
  const own = links.filter(
    (link) => link.path !== null && (search.isSource(link.path) || users.has(link.path)),
  )
  const stubbed = links.map((link) => ({
    link,
    record: search.records.find((record) => record.path === link.path),
  }))
  const sure = stubbed.filter(
    ({ link, record }) =>
      record !== undefined && (record.kind === 'file' || record.names.includes(link.imported)),
  )
  const whole = stubbed.filter(
    ({ link, record }) => record?.kind === 'appended_exports' && link.imported === '*',
  )
  // A helper that works with sources may hand on a stub.
  const handedOn = links.filter(
    (link) => search.records.length > 0 && link.path !== null && users.has(link.path),
  )
  const bound = new Set(links.filter((link) => link.path !== null).map((link) => link.local))
  const foreign = new Set([...GLOBALS].filter((name) => !bound.has(name)))
  for (const link of links) if (link.path === null) foreign.add(link.local)
  const locals = (some: readonly { readonly link: Link }[]): string[] => some.map(({ link }) => link.local)
  return {
    lines: text.split('\n'),
    foreign,
    fromSources: namesFrom(path, text, [...own.map((link) => link.local), ...fixtureNames(path, text)]),
    usesSources: users.has(path),
    fromStubs: namesFrom(path, text, [...locals(sure), ...handedOn.map((link) => link.local)]),
    fromWholeStubs: namesFrom(path, text, locals(whole)),
    stubNames: new Set(whole.flatMap(({ record }) => record?.names ?? [])),
    hasStubs: sure.length + whole.length + handedOn.length > 0,
  }
}

/** pytest hands its fixtures to tests as parameters; those that are not its own may come from the sources. */
function fixtureNames(path: string, text: string): string[] {
  if (familyOf(path) !== 'python') return []
  const parameters = [...text.matchAll(/\bdef\s+test\w*\s*\(([^)]*)\)/g)].flatMap((match) =>
    wordsIn(match[1] ?? ''),
  )
  return parameters.filter((name) => !PYTEST_FIXTURES.has(name))
}

const PYTEST_FIXTURES = new Set(
  'self cls monkeypatch tmp_path tmpdir tmp_path_factory capsys capfd caplog request recwarn pytestconfig mocker None True False int str float bool'.split(
    ' ',
  ),
)

/** Files that take something from the sources, directly or through each other. */
function sourceUsers(
  texts: ReadonlyMap<string, { readonly links: readonly Link[] }>,
  search: FlowSearch,
): ReadonlySet<string> {
  const users = new Set<string>()
  for (let before = -1; before !== users.size; ) {
    before = users.size
    for (const [path, { links }] of texts) {
      if (links.some((link) => link.path !== null && (search.isSource(link.path) || users.has(link.path)))) {
        users.add(path)
      }
    }
  }
  return users
}

async function linksOf(path: string, text: string, search: FlowSearch): Promise<Link[]> {
  return familyOf(path) === 'python'
    ? await pythonLinks(path, text, search)
    : await javascriptLinks(path, text, search)
}

async function javascriptLinks(path: string, text: string, search: FlowSearch): Promise<Link[]> {
  const links: Link[] = []
  for (const { local, specifier, imported, isErased } of bindings(path, text)) {
    const resolved = await resolveJavascript(specifier, path, search.tree)
    const missing =
      resolved.kind === 'missing'
        ? (resolved.candidates.find((candidate) => search.isOwn(candidate)) ?? null)
        : null
    links.push({ local, imported, isErased, path: resolved.kind === 'found' ? resolved.path : missing })
  }
  return links
}

async function pythonLinks(path: string, text: string, search: FlowSearch): Promise<Link[]> {
  const absolute = await importRoots(path, search.suite, search.tree)
  const stubs = search.records.map((record) => record.path)
  return pythonBindings(path, text).map(({ local, module, dots, imported, isErased }) => {
    const relative = dots === 0 ? null : relativeRoot(path, dots)
    const stubbed = dots === 0 ? rootsFromFiles({ module, names: [imported] }, stubs, search.tree) : []
    const roots = dots === 0 ? [...absolute, ...stubbed] : relative === null ? [] : [relative]
    return { local, imported, isErased, path: pythonTarget({ module, imported }, roots, search) }
  })
}

/** The submodule that a name may be comes before the package that it is taken from. */
function pythonTarget(
  { module, imported }: { readonly module: string; readonly imported: string },
  roots: readonly string[],
  search: FlowSearch,
): string | null {
  const { tree, records } = search
  const within = module === '' ? imported : `${module}.${imported}`
  for (const root of roots) {
    const submodule = imported === '*' ? null : moduleFile(root, within, tree)
    const found = submodule ?? (module === '' ? null : moduleFile(root, module, tree))
    if (found !== null) return found
  }
  const names = [within, module].filter((name) => name !== '' && !name.endsWith('*'))
  const missing = roots.flatMap((root) => names.flatMap((name) => moduleFiles(root, name)))
  return (
    missing.find((path) => records.some((record) => record.path === path)) ??
    missing.find((path) => search.isOwn(path)) ??
    null
  )
}
