import { spawnSync } from 'node:child_process'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isBranchName } from '../../src/domain/branch-name.ts'
import { openTempGit } from '../support/open-temp-git.ts'
import { tempRepo } from '../support/temp-repo.ts'

/** Few names, so that files and directories meet; some sort differently as a file and as a directory. */
const path = fc
  .array(fc.constantFrom('a', 'a.b', 'a-', 'a0', 'B', '\u00e9', '\u{1f600}'), { minLength: 1, maxLength: 3 })
  .map((names) => names.join('/'))

describe('trees', () => {
  it('are composed and compared as a plain map of paths would be', async () => {
    const repo = tempRepo()
    const git = await openTempGit(repo)
    const empty = git.repository.emptyTree
    const blob = (content: string) => ({ mode: '100644', content: Buffer.from(content) })
    const contents = fc.constantFrom('one', 'two', 'three')
    const change = fc.tuple(path, fc.option(contents))
    const steps = fc.array(fc.array(change, { maxLength: 5 }), { maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(steps, async (steps) => {
        let model = new Map<string, string>()
        let tree = empty
        for (const step of steps) {
          const changes = compatible(step)
          const next = applied(model, changes)
          const before = tree
          tree = await git.compose(
            tree,
            new Map([...changes].map(([path, text]) => [path, text === null ? null : blob(text)])),
          )
          const fresh = await git.compose(empty, new Map([...next].map(([path, text]) => [path, blob(text)])))
          expect(tree).toBe(fresh)
          expect([...(await git.files(tree)).keys()].sort()).toEqual([...next.keys()].sort())
          expect((await git.diff(before, tree)).map(({ path }) => path)).toEqual(changedPaths(model, next))
          model = next
        }
        expect(
          repo.git(`--git-dir=${repo.state}/objects.git`, 'fsck', '--strict', '--no-dangling', tree),
        ).toBe('')
      }),
      { seed: 7, numRuns: 25 },
    )
  })
})

/** Without a file and something below it in one request; the last of two changes of a path counts. */
function compatible(step: readonly (readonly [string, string | null])[]): Map<string, string | null> {
  const changes = new Map<string, string | null>()
  for (const [path, text] of step) {
    const written = [...changes].filter(([, other]) => other !== null).map(([other]) => other)
    if (text !== null && written.some((other) => isBelow(other, path) || isBelow(path, other))) continue
    changes.set(path, text)
  }
  return changes
}

function applied(
  model: ReadonlyMap<string, string>,
  changes: ReadonlyMap<string, string | null>,
): Map<string, string> {
  const next = new Map(model)
  for (const [path, text] of changes) if (text === null) next.delete(path)
  for (const [path, text] of changes) {
    if (text === null) continue
    const inTheWay = [...next.keys()].filter((other) => isBelow(other, path) || isBelow(path, other))
    for (const other of inTheWay) next.delete(other)
    next.set(path, text)
  }
  return next
}

function changedPaths(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((path) => before.get(path) !== after.get(path))
    .sort()
}

function isBelow(path: string, directory: string): boolean {
  return path.startsWith(`${directory}/`)
}

describe('isBranchName', () => {
  it('agrees with git', () => {
    const piece = fc.constantFrom(
      'a',
      '.',
      '..',
      '/',
      '-',
      '@',
      '{',
      '@{',
      '.lock',
      '~',
      '^',
      ':',
      '?',
      '*',
      '[',
      '\\',
      ' ',
      '\u007f',
      '\u00e9',
      'HEAD',
    )
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 5 }), (pieces) => {
        const name = pieces.join('')
        const { status } = spawnSync('git', ['check-ref-format', `refs/heads/${name}`])
        expect(isBranchName(name)).toBe(status === 0 && !name.startsWith('-') && name !== 'HEAD')
      }),
      { seed: 7, numRuns: 300 },
    )
  })
})
