import { describe, expect, it } from 'vitest'
import { createTreeFactsCache, readTreeFacts, type TreeFactsCache } from '../../src/engine/tree-facts.ts'
import type { TreeFacts } from '../../src/domain/affected-suites.ts'
import { openTempGit } from '../support/open-temp-git.ts'
import { type TempFiles, type TempRepo, tempRepo } from '../support/temp-repo.ts'

describe('what the files of a tree say about who uses what', () => {
  it('are relative paths and imports by file, in whatever language', async () => {
    const { mentions } = await factsOf({
      'a/x.js': `import { y } from '../b/y.js'\nimport z from 'z'\n`,
      'go.mod': 'module x\nreplace y => ./y\n',
      'a/go.mod': 'module a\nreplace b => ../b\n',
      'a/alone.js': 'export const alone = 1\n',
    })
    expect(Object.fromEntries(mentions)).toEqual({
      'a/go.mod': { paths: ['../b'], packages: [] },
      'a/x.js': { paths: ['../b/y.js'], packages: ['z'] },
    })
  })

  it('are where a link leads', async () => {
    const { mentions } = await factsOf({ 'a/link.js': { link: '../b/y.js' } })
    expect([...mentions]).toEqual([['a/link.js', { paths: ['../b/y.js'], packages: [] }]])
  })

  it('are paths without dots only in files at the top', async () => {
    const text = '{ "paths": { "lib": ["packages/lib/src/index.ts"] } }\n'
    const { mentions } = await factsOf({ 'tsconfig.json': text, 'a/tsconfig.json': text })
    expect([...mentions.keys()]).toEqual(['tsconfig.json'])
  })

  it('are not in what is binary, large, installed, a lockfile or prose', async () => {
    const text = `'../b/y.js'\n`
    const { mentions } = await factsOf({
      'a/binary.dat': Buffer.from(`\0${text}`),
      'a/large.js': `${text}${' '.repeat(1024 * 1024)}`,
      'a/node_modules/m/index.js': text,
      'a/package-lock.json': text,
      'a/README.md': text,
    })
    expect([...mentions.keys()]).toEqual([])
  })

  it('are the manifests of packages with all that they depend on, also under another name', async () => {
    const manifest = {
      name: 'b',
      dependencies: { a: '1' },
      devDependencies: { old: 'npm:@scope/new@1' },
      peerDependencies: { c: '*' },
      optionalDependencies: { d: 'workspace:e@*' },
    }
    const { manifests } = await factsOf({ 'b/package.json': JSON.stringify(manifest) })
    expect(manifests).toEqual([
      {
        directory: 'b',
        name: 'b',
        dependencies: ['a', 'old', '@scope/new', 'c', 'd', 'e'],
        isReadable: true,
      },
    ])
  })

  it('say which manifest cannot be read, and which names decide nothing', async () => {
    const { manifests } = await factsOf({ 'a/package.json': '{ "name": ', 'b/go.mod': 'module b\n' })
    expect(manifests.toSorted((one, other) => (one.directory < other.directory ? -1 : 1))).toEqual([
      { directory: 'a', name: null, dependencies: [], isReadable: false },
      { directory: 'b', name: null, dependencies: [], isReadable: true },
    ])
  })

  it('cost a later tree only the files that differ', async () => {
    const repo = tempRepo({ 'a/x.js': `'../b'`, 'a/y.js': `'../c'` })
    const cache = createTreeFactsCache()
    const first = await read(repo, cache)
    repo.commit({ 'a/x.js': `'../d'` })
    const second = await read(repo, cache)
    expect(second.facts.mentions.get('a/x.js')?.paths).toEqual(['../d'])
    expect([first.blobs, second.blobs]).toEqual([2, 1])
    expect((await read(repo, cache)).blobs).toBe(0)
  })
})

async function factsOf(files: TempFiles): Promise<TreeFacts> {
  return (await read(tempRepo(files), createTreeFactsCache())).facts
}

async function read(repo: TempRepo, treeFacts: TreeFactsCache): Promise<{ facts: TreeFacts; blobs: number }> {
  const git = await openTempGit(repo)
  let blobs = 0
  const counted: typeof git.readSmallBlob = (blob, bytes) => {
    blobs += 1
    return git.readSmallBlob(blob, bytes)
  }
  const tree = repo.git('rev-parse', 'HEAD^{tree}')
  const facts = await readTreeFacts({ git: { ...git, readSmallBlob: counted }, treeFacts }, tree)
  if (facts === null) throw new Error('the tree is too large to be read')
  return { facts, blobs }
}
