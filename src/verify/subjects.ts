import type { StubRecord, TreeId } from '../domain/evidence.ts'
import { classifyPath } from '../domain/path-class.ts'
import type { Suite } from '../domain/suite.ts'
import { declaredIn, functionsIn } from './declared-names.ts'
import { namesFromTree } from './file-flow.ts'
import { type TreeTexts, treeTexts } from './stubs/tree-texts.ts'
import { familyOf, holdsIndex, parseFile, type Span, spanOf } from './syntax.ts'
import { testBodies } from './test-bodies.ts'
import { placesOfTest } from './touched-tests.ts'
import { type UsedName, usedNames } from './used-names.ts'
import type { Laboratory } from './verify.ts'

/** What the tests of a file test, as far as syntax tells. */
export interface Subjects {
  /** Names that a test uses of what the tree declares. */
  readonly named: (test: string) => ReadonlySet<string>
  /** What a test asks of them: names with the arguments of each call. */
  readonly calls: (test: string) => readonly Call[]
  /** Those that the file uses around its tests: in hooks, helpers and tables. */
  readonly shared: ReadonlySet<string>
  /** Whether the file imports anything of its tree. */
  readonly usesTree: boolean
}

export interface Call {
  readonly name: string
  readonly given: string
}

interface Where {
  readonly suite: Suite
  readonly tree: TreeId
  readonly file: string
  /** Files whose members count although this file does not import them. */
  readonly sources: readonly string[]
}

/**
 * Reads what the tests of a file name: what they import from the tree, and members that those files and the given sources
 * declare. A default export goes by its file. What test files declare counts where nothing else is named.
 */
export async function subjectsIn(trees: Pick<Laboratory, 'files' | 'read'>, where: Where): Promise<Subjects> {
  const { tree, file } = where
  const texts = treeTexts(await trees.files(tree), (path) => trees.read(tree, path))
  const text = (await texts.read(file)) ?? ''
  const known = await knownNames(texts, where)
  const code = readCode(file, text)
  const found = code.used.flatMap((used) => {
    const subject = subjectOf(used, known)
    return subject === null ? [] : [{ ...used, subject }]
  })
  const within = (test: string): typeof found => {
    const places = code.placesOf(test)
    return found.filter(({ at }) => holdsIndex(places, at))
  }
  return {
    named: (test) => namesOf(within(test)),
    calls: (test) =>
      within(test).flatMap(({ subject: { name, isTests }, call }) => {
        const given = isTests ? null : call()
        return given === null ? [] : [{ name, given }]
      }),
    shared: namesOf(found.filter(({ at }) => !holdsIndex(code.tests, at))),
    usesTree: known.usesTree,
  }
}

interface Code {
  readonly used: readonly UsedName[]
  readonly tests: readonly Span[]
  /** Where a test of that name says something: itself, and the functions beside the tests that it uses. */
  placesOf(test: string): readonly Span[]
}

function readCode(file: string, text: string): Code {
  const [root, family, bodies] = [parseFile(file, text), familyOf(file), testBodies(file, text)]
  if (root === null || family === null || bodies === null) return { used: [], tests: [], placesOf: () => [] }
  const used = usedNames(root, family)
  const tests = [...bodies.tests, ...bodies.dynamicTests].map(({ node }) => spanOf(node))
  const functions = functionsIn(root, family)
    .map(({ name, node }) => ({ name, place: spanOf(node) }))
    .filter(({ place }) => !holdsIndex(tests, place.start))
  const byName = Map.groupBy(functions, ({ name }) => name)
  return {
    used,
    tests,
    placesOf: (test) => {
      const places = new Set(placesOfTest(bodies, test).map(spanOf))
      // What is added on the way is visited as well.
      for (const place of places)
        for (const { name } of used.filter(({ at }) => holdsIndex([place], at)))
          for (const found of byName.get(name) ?? []) places.add(found.place)
      return [...places]
    },
  }
}

interface Subject {
  readonly name: string
  /** Whether it belongs to the tests: a helper, a fixture. */
  readonly isTests: boolean
}

interface KnownNames {
  /** By the name that the file has for it. */
  readonly imported: ReadonlyMap<string, Subject>
  /** Names of whole modules, and whether these belong to the tests. */
  readonly modules: ReadonlyMap<string, boolean>
  readonly declared: ReadonlyMap<string, Subject>
  /** Whether it takes all names of some module. */
  readonly takesAll: boolean
  readonly usesTree: boolean
}

async function knownNames(texts: TreeTexts, { suite, file, sources }: Where): Promise<KnownNames> {
  const search = { tree: texts, suite, records: [], isSource: () => true, isOwn: () => false }
  const links = await namesFromTree(file, search)
  const isTests = (path: string): boolean => !['source', 'free'].includes(classifyPath(path, [suite]))
  const imported = new Map<string, Subject>()
  const modules = new Map<string, boolean>()
  for (const { local, imported: name, path } of links) {
    if (name === '*') modules.set(local, isTests(path))
    else imported.set(local, { name: subjectName(path, name), isTests: isTests(path) })
  }
  const declared = new Map<string, Subject>()
  const paths = new Set([...links.map(({ path }) => path), ...sources])
  for (const path of [...paths].toSorted((left, right) => Number(isTests(right)) - Number(isTests(left)))) {
    for (const name of declaredIn(path, (await texts.read(path)) ?? ''))
      declared.set(name, { name, isTests: isTests(path) })
  }
  const takesAll = TAKES_ALL.test((await texts.read(file)) ?? '')
  return { imported, modules, declared, takesAll, usesTree: links.length > 0 || takesAll }
}

/** `from calc import *` of Python, which gives no name that syntax could tell. */
const TAKES_ALL = /^\s*from\s+\S+\s+import\s+\*/m

function subjectOf({ name, of }: UsedName, known: KnownNames): Subject | null {
  if (of === null)
    return known.imported.get(name) ?? (known.takesAll ? (known.declared.get(name) ?? null) : null)
  const isTests = known.modules.get(of)
  return isTests === undefined ? (known.declared.get(name) ?? null) : { name, isTests }
}

function namesOf(found: readonly { readonly subject: Subject }[]): ReadonlySet<string> {
  const own = found.filter(({ subject }) => !subject.isTests)
  return new Set((own.length > 0 ? own : found).map(({ subject }) => subject.name))
}

/** What tests miss where a stub had to be made. */
export function missedSubjects({ path, names, kind }: StubRecord): string[] {
  const missed = kind === 'file' ? ['default', ...names] : names
  return missed.map((name) => subjectName(path, name))
}

/** A default export has the name that each importer gives it. */
function subjectName(path: string, name: string): string {
  return name === 'default' ? `default of ${path}` : name
}
