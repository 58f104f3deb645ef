import type { TestId, TreeId } from '../domain/evidence.ts'
import type { Suite } from '../domain/suite.ts'
import { namesFromTree } from './file-flow.ts'
import { treeTexts } from './stubs/tree-texts.ts'
import { testText } from './touched-tests.ts'
import type { Laboratory } from './verify.ts'

/** Names that tests of one file use of those that the file imports from the tree: what they test, as far as syntax tells. */
export async function testedNames(
  trees: Pick<Laboratory, 'files' | 'read'>,
  asked: {
    readonly suite: Suite
    readonly tree: TreeId
    readonly file: string
    readonly tests: readonly TestId[]
  },
): Promise<ReadonlySet<string>> {
  const { suite, tree, file } = asked
  const texts = treeTexts(await trees.files(tree), (path) => trees.read(tree, path))
  const text = (await texts.read(file)) ?? ''
  const names = await namesFromTree(file, {
    tree: texts,
    suite,
    records: [],
    isSource: () => true,
    isOwn: () => false,
  })
  const words = new Set(asked.tests.flatMap(({ name }) => testText(file, text, name).match(/[\w$]+/g) ?? []))
  return new Set(names.filter(({ local }) => words.has(local)).map(({ imported }) => imported))
}
