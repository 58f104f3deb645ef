import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { oneAfterTheOther, openTempTrees, ROOMY, treeOf } from '../support/open-temp-trees.ts'
import { type TempRepo, tempRepo } from '../support/temp-repo.ts'

type Action =
  | { readonly do: 'write'; readonly path: string; readonly text: string; readonly mode: number }
  | { readonly do: 'link'; readonly path: string; readonly text: string }
  | { readonly do: 'delete'; readonly path: string }
  | { readonly do: 'directory'; readonly path: string }

/** Few names, so that files, links and directories come to stand in each other's place. */
const path = fc
  .array(fc.constantFrom('a', 'b', 'a.b', 'C', 'a-b', 'ä'), { minLength: 1, maxLength: 3 })
  .map((names) => names.join('/'))
const text = fc.constantFrom('', 'x', 'same', 'same\n', 'line\r\n', '$Id$')

const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({ do: fc.constant('write' as const), path, text, mode: fc.constantFrom(0o644, 0o755) }),
  fc.record({ do: fc.constant('link' as const), path, text: fc.constantFrom('a', '../b', '/nowhere') }),
  fc.record({ do: fc.constant('delete' as const), path }),
  fc.record({ do: fc.constant('directory' as const), path }),
)

it('reads the tree that git itself makes of the same files, and lends exactly what is asked for', async () => {
  const repo = tempRepo({ a: 'a\n', 'b/a': 'same', 'b/a-b': 'x', 'ä/C/b': { link: 'a' } })
  const { git, trees } = await openTempTrees(repo)
  const lend = oneAfterTheOther(trees)
  const first = await treeOf(git)
  const made = [first]
  const rounds = fc.sample(fc.array(action, { minLength: 1, maxLength: 12 }), { numRuns: 60, seed: 4_711 })
  for (const [index, actions] of rounds.entries()) {
    const tree = made[(index * 7) % made.length] ?? first
    const agent = await lend(tree)
    expect(treeByGit(repo, agent.directory)).toBe(tree)
    for (const each of actions) carryOut(agent.directory, each)
    const reading = await agent.read(ROOMY)
    expect(reading).toEqual({ kind: 'tree', tree: treeByGit(repo, agent.directory) })
    if (reading.kind === 'tree') made.push(reading.tree)
  }
})

function carryOut(root: string, action: Action): void {
  const place = join(root, action.path)
  try {
    if (action.do !== 'delete') mkdirSync(dirname(place), { recursive: true })
    if (action.do !== 'directory') rmSync(place, { recursive: true, force: true })
    if (action.do === 'directory') mkdirSync(place, { recursive: true })
    if (action.do === 'link') symlinkSync(action.text, place)
    if (action.do === 'write') {
      writeFileSync(place, action.text)
      chmodSync(place, action.mode)
    }
  } catch {
    // A file or a link stands where a directory would have to be: the action does nothing.
  }
}

/** With an index and objects of its own, as a person's `git add` would. */
function treeByGit(repo: TempRepo, directory: string): string {
  const gitDir = join(repo.directory, 'oracle.git')
  const git = (...args: string[]): string =>
    execFileSync('git', [`--git-dir=${gitDir}`, `--work-tree=${directory}`, ...args], {
      cwd: directory,
      env: repo.env,
      encoding: 'utf8',
      stdio: 'pipe',
    }).trim()
  rmSync(gitDir, { recursive: true, force: true })
  execFileSync('git', ['init', '--quiet', '--bare', gitDir], { env: repo.env })
  git('-c', 'core.bare=false', 'add', '--all', '--force', '.')
  return git('write-tree')
}
