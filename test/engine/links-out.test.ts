import { expect, it } from 'vitest'
import { neverRun } from '../../src/engine/never-run.ts'
import type { Git, TreeFiles } from '../../src/git/git.ts'
import { openTempGit } from '../support/open-temp-git.ts'
import { type TempFiles, tempRepo } from '../support/temp-repo.ts'

const HOLDS_NO_SECRET = { values: [], certain: [] }

/** What is refused of the second of two commits, and what was asked of git for it. */
async function judged(base: TempFiles, change: TempFiles): Promise<{ details: string[]; asked: Asked }> {
  const repo = tempRepo(base)
  const [from, to] = [repo.git('rev-parse', 'HEAD'), repo.commit(change)]
  const git = await openTempGit(repo)
  const [before, after] = [(await git.readCommit(from)).tree, (await git.readCommit(to)).tree]
  const asked: Asked = { blobs: 0, walks: 0 }
  const refusals = await neverRun({ git: counted(git, asked), secrets: HOLDS_NO_SECRET }, before, after)
  for (const { code } of refusals) expect(code).toBe('forbidden_path')
  return { details: refusals.flatMap(({ details }) => details), asked }
}

interface Asked {
  blobs: number
  /** How often all files of a tree were gone through. */
  walks: number
}

function counted(git: Git, asked: Asked): Git {
  return {
    ...git,
    readBlob: (id) => {
      asked.blobs += 1
      return git.readBlob(id)
    },
    files: async (tree) => {
      const files: TreeFiles = await git.files(tree)
      return new Proxy(files, {
        get: (map, key) => {
          if (key === Symbol.iterator || key === 'entries' || key === 'forEach') asked.walks += 1
          const value: unknown = Reflect.get(map, key)
          return typeof value === 'function' ? (value.bind(map) as unknown) : value
        },
      })
    },
  }
}

const refused = async (base: TempFiles, change: TempFiles): Promise<string[]> =>
  (await judged(base, change)).details

it('a link that nobody touched is refused when another one on its way is made or changed', async () => {
  const base = { 'README.md': '', 'p/d/file': '', 'p/L': { link: 'd/../../README.md' } }
  expect(await refused({ 'p/d/file': '' }, base)).toEqual([])
  expect(await refused(base, { 'p/d': { link: '..' } })).toEqual(['"p/L" leads to "../../README.md"'])
  const through = { 'a/inside/file': '', way: { link: 'a/inside' }, 'a/L': { link: '../way/../../up' } }
  expect(await refused(through, { way: { link: 'a' } })).toEqual(['"a/L" leads to "../up"'])
})

it('a link ends at a zero byte, as file systems read it', async () => {
  const repo = tempRepo({ 'README.md': '' })
  const base = repo.git('rev-parse', 'HEAD')
  repo.write({ L: '..\0x' })
  const blob = repo.git('hash-object', '-w', '--no-filters', 'L')
  repo.git('update-index', '--add', '--cacheinfo', `120000,${blob},L`)
  const git = await openTempGit(repo)
  const [before, after] = [(await git.readCommit(base)).tree, repo.git('write-tree')]
  const refusals = await neverRun({ git, secrets: HOLDS_NO_SECRET }, before, after)
  expect(refusals.map(({ code }) => code)).toEqual(['forbidden_path'])
})

it('a link of people may lead out as it did, and nowhere else', async () => {
  const base = {
    'a/b/L': { link: '../../../shared/x' },
    'packages/hosts': { link: '/etc/hosts' },
    out: { link: '../outside' },
    y: { link: 'out/y' },
  }
  expect(await refused(base, { 'more.md': '', inside: { link: 'a' } })).toEqual([])
  expect(await refused(base, { L: { link: '../../../shared/x' } }), 'the same text from elsewhere').toEqual([
    '"L" leads to "../../../shared/x"',
  ])
  expect(await refused(base, { hosts: { link: '/etc/hosts' }, 'packages/hosts': null })).toEqual([
    '"hosts" leads to "/etc/hosts"',
  ])
  expect(await refused(base, { 'packages/hosts': { link: '/etc/passwd' } })).toEqual([
    '"packages/hosts" leads to "/etc/passwd"',
  ])
  expect(await refused(base, { x: { link: 'out/secret' } }), 'through one of people').toEqual([
    '"x" leads to "../outside/secret"',
  ])
  expect(await refused(base, { out: { link: '../other' } }), 'all that lead through it').toEqual([
    '"out" leads to "../other"',
    '"y" leads to "../other/y"',
  ])
  expect(await refused(base, { out: null, 'out/y': 'own\n' })).toEqual([])
})

it('a link into what git keeps for itself is refused, however a file system lets its name be written', async () => {
  const links = ['.GIT/config', 'git~1/config', '.git./config', 'src/../.g\u200cit/config']
  const change = Object.fromEntries(links.map((link, at) => [`links/${at}`, { link: `../${link}` }]))
  expect(await refused({ 'README.md': '' }, change)).toHaveLength(links.length)
})

it('a link is refused that leads out only where letter case is ignored', async () => {
  const base = { 'p/d': { link: '..' }, 'README.md': '' }
  expect(await refused(base, { 'p/L': { link: 'D/../../README.md' } })).toEqual([
    '"p/L" leads to "../../README.md"',
  ])
})

it('a link whose bytes are no text is judged by its bytes', async () => {
  const repo = tempRepo({ 'README.md': '' })
  const git = await openTempGit(repo)
  const { tree } = await git.readCommit(repo.git('rev-parse', 'HEAD'))
  const named = (bytes: number[]): Promise<string> =>
    git.compose(
      tree,
      new Map([
        ['p/\udcfe', { mode: '120000', content: Buffer.from('..') }],
        ['p/L', { mode: '120000', content: Buffer.from([...bytes, ...Buffer.from('/../../README.md')]) }],
      ]),
    )
  const ask = async (bytes: number[]): Promise<number> =>
    (await neverRun({ git, secrets: HOLDS_NO_SECRET }, tree, await named(bytes))).length
  expect([await ask([0xfe]), await ask([0xff])]).toEqual([1, 0])
})

it('costs what the links cost, and nothing where all links are as they were', async () => {
  const many = (count: number, file: (at: number) => TempFiles[string]): TempFiles =>
    Object.fromEntries(Array.from({ length: count }, (_, at) => [`many/${at}`, file(at)]))
  const base = { ...many(300, (at) => `${at}\n`), old: { link: 'many/1' } }
  const links = Object.fromEntries(
    Array.from({ length: 40 }, (_, at) => [`links/${at}`, { link: `/gone/${at}` }]),
  )
  const { details, asked } = await judged(base, links)
  expect(details).toHaveLength(40)
  expect(asked).toEqual({ blobs: 41, walks: 2 })
  expect(await judged(base, { 'many/1': 'changed\n', 'many/2': null })).toEqual({
    details: [],
    asked: { blobs: 0, walks: 0 },
  })
})
