import { describe, expect, it } from 'vitest'
import type { TreeId } from '../../src/domain/evidence.ts'
import type { Git } from '../../src/git/git.ts'
import type { Trees } from '../../src/git/trees.ts'

/** Slots over a repository, and a way to look into their directories as an agent does. */
export interface TreesPlace {
  readonly git: Git
  readonly trees: Trees
  /** Every file below a directory of a slot, by path. */
  readonly textsIn: (directory: string) => Readonly<Record<string, string>>
  /** Null takes it away. */
  readonly write: (directory: string, path: string, text: string | null) => void
}

const FILES = { 'README.md': 'read me\n', 'src/a.src': 'a\n', 'src/deep/b.src': 'b\n' }
const LIMITS = { files: 1_000, bytes: 1_000_000 }

/** What the engine relies on of slots. */
export function treesConformance(
  name: string,
  open: (files: Readonly<Record<string, string>>) => Promise<TreesPlace>,
): void {
  describe(`${name} keep the promises of slots`, () => {
    const prepared = async () => {
      const place = await open(FILES)
      const { git } = place
      const { tree } = await git.readCommit((await git.resolve('main')) ?? '')
      const changed = (files: Readonly<Record<string, string | null>>): Promise<TreeId> =>
        git.compose(
          tree,
          new Map(
            Object.entries(files).map(([path, text]) => [
              path,
              text === null ? null : { mode: '100644', content: Buffer.from(text) },
            ]),
          ),
        )
      return { ...place, tree, changed }
    }

    it('give an agent the files of a tree, and read what it made of them', async () => {
      const { trees, tree, changed, textsIn, write } = await prepared()
      await using agent = await trees.agentTree({ task: 'T1', tree, base: null })
      expect(textsIn(agent.directory)).toEqual(FILES)
      expect(await agent.read(LIMITS)).toEqual({ kind: 'tree', tree })
      write(agent.directory, 'src/a.src', 'changed\n')
      write(agent.directory, 'src/new/c.src', 'new\n')
      write(agent.directory, 'src/deep/b.src', null)
      const expected = await changed({
        'src/a.src': 'changed\n',
        'src/new/c.src': 'new\n',
        'src/deep/b.src': null,
      })
      expect(await agent.read(LIMITS)).toEqual({ kind: 'tree', tree: expected })
    })

    it('keep two agents apart, and give the next one nothing of the last', async () => {
      const { trees, tree, changed, textsIn, write } = await prepared()
      {
        await using one = await trees.agentTree({ task: 'T1', tree, base: null })
        await using other = await trees.agentTree({ task: 'T2', tree, base: null })
        write(one.directory, 'src/a.src', 'of one\n')
        expect(textsIn(other.directory)).toEqual(FILES)
        expect(one.directory).not.toBe(other.directory)
      }
      const next = await changed({ 'src/a.src': 'next\n' })
      await using agent = await trees.agentTree({ task: 'T3', tree: next, base: null })
      expect(textsIn(agent.directory)).toEqual({ ...FILES, 'src/a.src': 'next\n' })
    })

    it('lend a proof the files of its tree, and of another one that is put in its place', async () => {
      const { trees, tree, changed, textsIn, write } = await prepared()
      await using proof = await trees.proofTree({ tree, setupKey: '' })
      expect(textsIn(proof.directory)).toEqual(FILES)
      write(proof.directory, 'src/a.src', 'of a run\n')
      write(proof.directory, 'left.txt', 'of a run\n')
      await proof.fill(await changed({ 'README.md': null }))
      const { 'README.md': _, ...others } = FILES
      expect(textsIn(proof.directory)).toEqual(others)
    })
  })
}
