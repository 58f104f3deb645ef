import type { TreeId } from '../domain/evidence.ts'
import type { Suite } from '../domain/suite.ts'
import { declaredIn } from './declared-names.ts'
import { namesFromTree } from './file-flow.ts'
import { wordsIn } from './source-flow.ts'
import { treeTexts } from './stubs/tree-texts.ts'
import { testBodies } from './test-bodies.ts'
import { sharedText, testText } from './touched-tests.ts'
import type { Laboratory } from './verify.ts'

/** What the tests of a file test, as far as syntax tells. */
export interface Subjects {
  /** Names that a test uses of what the tree declares. */
  readonly named: (test: string) => ReadonlySet<string>
  /** Those that the file uses around its tests: in hooks, helpers and tables. */
  readonly shared: ReadonlySet<string>
  /** Whether the file imports anything of its tree. */
  readonly usesTree: boolean
  /** Files that the names were looked for in. */
  readonly paths: ReadonlySet<string>
}

/**
 * Reads what the tests of a file may name: what they import from the tree, and the functions, classes and methods that
 * these files and the given sources declare. A default export goes by its file.
 */
export async function subjectsIn(
  trees: Pick<Laboratory, 'files' | 'read'>,
  where: {
    readonly suite: Suite
    readonly tree: TreeId
    readonly file: string
    readonly sources: readonly string[]
  },
): Promise<Subjects> {
  const { suite, tree, file, sources } = where
  const texts = treeTexts(await trees.files(tree), (path) => trees.read(tree, path))
  const text = (await texts.read(file)) ?? ''
  const search = { tree: texts, suite, records: [], isSource: () => true, isOwn: () => false }
  const links = await namesFromTree(file, search)
  const paths = new Set([...links.map(({ path }) => path), ...sources])
  const byLocal = new Map<string, string>()
  for (const path of paths) {
    const source = await texts.read(path)
    if (source !== null) for (const name of declaredIn(path, source)) byLocal.set(name, name)
  }
  for (const { local, imported, path } of links) {
    if (imported === 'default') byLocal.set(local, `${DEFAULT_OF}${path}`)
    else if (imported !== '*') byLocal.set(local, imported)
  }
  const subjectsOf = (code: string): Set<string> =>
    new Set(wordsIn(code.replaceAll(NO_USE, ' ')).flatMap((word) => byLocal.get(word) ?? []))
  const bodies = testBodies(file, text)
  return {
    named: (test) => subjectsOf(bodies === null ? text : (testText(bodies, test) ?? text)),
    shared: subjectsOf(bodies === null ? text : sharedText(bodies, text)),
    usesTree: links.length > 0,
    paths,
  }
}

/** Imports, which use nothing yet, and what stands in quotes. */
const NO_USE =
  /^\s*import\b[^;'"]*['"][^'"\n]*['"];?|^\s*(?:const|let|var)\s+[^=]+=\s*require\([^)\n]*\)|^\s*(?:from\s+\S+\s+)?import\s+(?:\([^)]*\)|[^'"\n]*)$|(['"])(?:\\.|(?!\1)[^\\\n])*\1/gm

/** Which of the subjects these files no longer speak of in a tree. */
export async function goneFrom(
  trees: Pick<Laboratory, 'files' | 'read'>,
  where: { readonly tree: TreeId; readonly paths: Iterable<string>; readonly subjects: ReadonlySet<string> },
): Promise<ReadonlySet<string>> {
  const files = await trees.files(where.tree)
  const gone = new Set([...where.subjects].filter((name) => !files.has(name.replace(DEFAULT_OF, ''))))
  for (const path of where.paths) {
    const text = files.has(path) ? await trees.read(where.tree, path) : null
    if (text !== null) for (const word of wordsIn(text)) gone.delete(word)
  }
  return gone
}

const DEFAULT_OF = 'default of '
