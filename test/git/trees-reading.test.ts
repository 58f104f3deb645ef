import { execFileSync } from 'node:child_process'
import { createServer } from 'node:net'
import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Git } from '../../src/git/git.ts'
import type { AgentTree } from '../../src/git/trees.ts'
import { oneAfterTheOther, openTempTrees, ROOMY, treeOf } from '../support/open-temp-trees.ts'
import { type TempFiles, tempRepo } from '../support/temp-repo.ts'

const FILES: TempFiles = { 'README.md': 'readme\n', 'src/a.ts': 'aaaa\n', 'src/b.ts': 'bbbb\n' }

async function agentOn(files: TempFiles = FILES) {
  const repo = tempRepo(files)
  const { git, trees } = await openTempTrees(repo)
  const tree = await treeOf(git)
  const lend = oneAfterTheOther(trees)
  const agent = await lend(tree)
  const at = (path: string): string => join(agent.directory, path)
  return { repo, git, lend, tree, agent, at }
}

async function readTree(agent: AgentTree): Promise<string> {
  const reading = await agent.read(ROOMY)
  if (reading.kind !== 'tree') throw new Error(reading.refusal.fact)
  return reading.tree
}

async function factOf(agent: AgentTree, limits = ROOMY): Promise<string> {
  const reading = await agent.read(limits)
  if (reading.kind !== 'forbidden') throw new Error('the tree was accepted')
  expect(reading.refusal.code).toBe('forbidden_path')
  return reading.refusal.fact
}

async function contentOf(git: Git, tree: string, path: string): Promise<string> {
  const entry = (await git.files(tree)).get(path)
  if (entry === undefined) throw new Error(`${path} is not in the tree`)
  return (await git.readBlob(entry.id)).toString('latin1')
}

describe('reading what an agent left', () => {
  it('gives the same tree when nothing was changed', async () => {
    const { agent, tree } = await agentOn()
    expect(await readTree(agent)).toBe(tree)
  })

  it('sees what was changed, added, deleted and renamed, modes and links', async () => {
    const { agent, git, tree, at } = await agentOn()
    writeFileSync(at('src/a.ts'), 'changed\n')
    renameSync(at('src/b.ts'), at('src/c.ts'))
    rmSync(at('README.md'))
    chmodSync(at('src/c.ts'), 0o755)
    symlinkSync('../nowhere', at('src/link'))
    const diff = await git.diff(tree, await readTree(agent))
    expect(diff.map(({ path, before, after }) => [path, before?.mode ?? null, after?.mode ?? null])).toEqual([
      ['README.md', '100644', null],
      ['src/a.ts', '100644', '100644'],
      ['src/b.ts', '100644', null],
      ['src/c.ts', null, '100755'],
      ['src/link', null, '120000'],
    ])
  })

  it('gives the empty tree when everything was deleted', async () => {
    const { agent, git, at } = await agentOn()
    for (const path of ['README.md', 'src', '.git']) rmSync(at(path), { recursive: true })
    expect(await readTree(agent)).toBe(git.repository.emptyTree)
  })

  it('takes a directory that was renamed in its letters alone, whatever empty one was left', async () => {
    const { agent, at } = await agentOn()
    for (const name of ['a.ts', 'b.ts']) {
      mkdirSync(at('SRC'), { recursive: true })
      renameSync(at(`src/${name}`), at(`SRC/${name}`))
    }
    expect(await agent.read(ROOMY)).toMatchObject({ kind: 'tree' })
  })

  it('takes a file for a directory and a directory for a file', async () => {
    const { agent, git, at } = await agentOn()
    rmSync(at('src'), { recursive: true })
    writeFileSync(at('src'), 'file now\n')
    rmSync(at('README.md'))
    mkdirSync(at('README.md'))
    writeFileSync(at('README.md/x'), 'x\n')
    expect([...(await git.files(await readTree(agent))).keys()]).toEqual(['README.md/x', 'src'])
  })

  it('lets no attribute change a byte and no ignore rule hide a file', async () => {
    const { agent, git, at } = await agentOn()
    writeFileSync(at('.gitattributes'), '* text eol=crlf ident filter=evil working-tree-encoding=UTF-16\n')
    writeFileSync(at('.gitignore'), '*\n')
    mkdirSync(at('src/deep'))
    writeFileSync(at('src/deep/.gitignore'), '*\n')
    writeFileSync(at('mixed.txt'), 'a\r\nb\n$Id$\xff\0', 'latin1')
    writeFileSync(
      at('.git/config'),
      '[filter "evil"]\n\tclean = touch owned; echo replaced\n\trequired = true\n',
    )
    writeFileSync(at('.git/info/exclude'), '*\n')
    const tree = await readTree(agent)
    expect(await contentOf(git, tree, 'mixed.txt')).toBe('a\r\nb\n$Id$\xff\0')
    expect([...(await git.files(tree)).keys()]).toEqual(
      [
        '.gitattributes',
        '.gitignore',
        'README.md',
        'mixed.txt',
        'src/a.ts',
        'src/b.ts',
        'src/deep/.gitignore',
      ].sort(),
    )
  })

  it('reads links as text and never what they point to', async () => {
    const { agent, git, at, repo } = await agentOn()
    const outside = join(repo.directory, 'outside')
    mkdirSync(outside)
    writeFileSync(join(outside, 'secret'), 'secret\n')
    symlinkSync('/etc/passwd', at('passwd'))
    rmSync(at('src'), { recursive: true })
    symlinkSync(outside, at('src'))
    symlinkSync('.', at('loop'))
    const tree = await readTree(agent)
    expect(await contentOf(git, tree, 'passwd')).toBe('/etc/passwd')
    expect(await contentOf(git, tree, 'src')).toBe(outside)
    expect((await git.files(tree)).has('src/secret')).toBe(false)
  })

  it('finds nothing where a link was put in place of the tree', async () => {
    const { agent, git, repo } = await agentOn()
    rmSync(agent.directory, { recursive: true })
    symlinkSync(repo.root, agent.directory)
    expect(await readTree(agent)).toBe(git.repository.emptyTree)
    expect(readFileSync(join(repo.root, 'README.md'), 'utf8')).toBe('readme\n')
  })

  it('takes a hard link for the bytes it holds', async () => {
    const { agent, git, at, repo } = await agentOn()
    writeFileSync(join(repo.directory, 'outside'), 'outside\n')
    linkSync(join(repo.directory, 'outside'), at('linked'))
    expect(await contentOf(git, await readTree(agent), 'linked')).toBe('outside\n')
  })

  it('notices an edit of the same size in the same instant, with its time of change set back', async () => {
    const { agent, git, at } = await agentOn()
    const before = lstatSync(at('src/a.ts'))
    writeFileSync(at('src/a.ts'), 'XXXX\n')
    utimesSync(at('src/a.ts'), before.atime, before.mtime)
    expect(await contentOf(git, await readTree(agent), 'src/a.ts')).toBe('XXXX\n')
  })

  it('notices such an edit each time the slot is lent', async () => {
    const { git, at, lend, tree } = await agentOn()
    for (let round = 0; round < 30; round += 1) {
      const lent = await lend(tree)
      const text = `${String(round).padStart(4, '0')}\n`
      writeFileSync(at('src/a.ts'), text)
      expect(await contentOf(git, await readTree(lent), 'src/a.ts')).toBe(text)
    }
  })

  it('leaves dependency and cache folders out, but not where the repository tracks something', async () => {
    const { agent, git, at } = await agentOn({
      ...FILES,
      'test/node_modules/dep/index.js': 'tracked\n',
      'Cargo.toml': '',
    })
    for (const folder of [
      'node_modules/x',
      'src/__pycache__',
      'target/debug',
      'lib/target',
      'test/node_modules/dep',
    ]) {
      mkdirSync(at(folder), { recursive: true })
      writeFileSync(at(`${folder}/new`), 'new\n')
    }
    const diff = await git.files(await readTree(agent))
    expect([...diff.keys()].filter((path) => path.endsWith('new'))).toEqual([
      'lib/target/new',
      'test/node_modules/dep/new',
    ])
  })

  it('reads what nobody may read', async () => {
    const { agent, git, at } = await agentOn()
    writeFileSync(at('src/new'), 'new\n')
    chmodSync(at('src/new'), 0)
    chmodSync(at('src'), 0)
    expect(await contentOf(git, await readTree(agent), 'src/new')).toBe('new\n')
  })

  it('hands large changes over in pieces', async () => {
    const { agent, git, at } = await agentOn()
    for (let file = 0; file < 5; file += 1) writeFileSync(at(`big${file}`), Buffer.alloc(9_000_000, file))
    const files = await git.files(await readTree(agent))
    expect([...files.keys()].filter((path) => path.startsWith('big'))).toHaveLength(5)
  })
})

describe('what no tree can hold', () => {
  it.each([
    ['a FIFO', (at: string) => execFileSync('mkfifo', [join(at, 'pipe')]), '"pipe" is a FIFO'],
    ['a .git below the top', (at: string) => mkdirSync(join(at, 'src/.git')), '"src/.git" is a name'],
    [
      'a .git file below the top',
      (at: string) => writeFileSync(join(at, 'src/.git'), 'gitdir: x'),
      '"src/.git"',
    ],
    ['a .GIT at the top', (at: string) => mkdirSync(join(at, '.GIT')), '".GIT" is a name'],
    ['a git~1', (at: string) => writeFileSync(join(at, 'git~1'), 'x'), '"git~1" is a name'],
    [
      'a link in place of .gitmodules',
      (at: string) => symlinkSync('x', join(at, '.gitmodules')),
      '".gitmodules"',
    ],
    [
      'a name that is no text',
      (at: string) => writeFileSync(Buffer.concat([Buffer.from(`${at}/x`), Buffer.from([0xe4])]), 'x'),
      'not text in UTF-8',
    ],
    ['a tree that nests too deep', (at: string) => deepTree(at), 'nested deeper'],
  ])('%s is refused and gone with the next use', async (_title, make, fact) => {
    const { agent, lend, tree } = await agentOn()
    make(agent.directory)
    expect(await factOf(agent)).toContain(fact)
    const again = await lend(tree)
    expect(await readTree(again)).toBe(tree)
  })

  it('a socket is refused', async () => {
    const { agent, at } = await agentOn()
    const server = createServer().listen(at('s'))
    await new Promise((resolve) => server.once('listening', resolve))
    expect(await factOf(agent)).toBe('"s" is a socket')
    await new Promise((resolve) => server.close(resolve))
  })

  it('names all of them, the first by name first', async () => {
    const { agent, at } = await agentOn()
    for (const name of ['z', 'b', 'm']) execFileSync('mkfifo', [at(name)])
    const reading = await agent.read(ROOMY)
    expect(reading).toMatchObject({
      refusal: {
        fact: '"b" is a FIFO (and 2 more)',
        details: ['"b" is a FIFO', '"m" is a FIFO', '"z" is a FIFO'],
      },
    })
  })

  it('more bytes than allowed are refused by size alone, and the space is freed with the next use', async () => {
    const { agent, at, lend, tree } = await agentOn()
    writeFileSync(at('huge'), '')
    truncateSync(at('huge'), 2 ** 30)
    expect(await factOf(agent)).toBe('the tree has more than 100000000 bytes')
    await lend(tree)
    expect(() => readFileSync(at('huge'))).toThrow('ENOENT')
  })

  it('more files than allowed are refused, and gone with the next use', async () => {
    const { agent, at, lend, tree } = await agentOn()
    mkdirSync(at('many'))
    for (let file = 0; file < 50_000; file += 1) linkSync(at('README.md'), at(`many/${file}`))
    expect(await factOf(agent)).toBe('the tree has more than 10000 files')
    const again = await lend(tree)
    expect(await readTree(again)).toBe(tree)
    expect(() => lstatSync(at('many'))).toThrow('ENOENT')
  })

  it('a path that is no text stays readable where the repository itself has it', async () => {
    const repo = tempRepo()
    writeFileSync(Buffer.concat([Buffer.from(`${repo.root}/caf`), Buffer.from([0xe9])]), 'latin\n')
    repo.commit({})
    const { git, trees } = await openTempTrees(repo)
    const tree = await treeOf(git)
    const agent = await trees.agentTree({ task: 'A', tree, base: null })
    expect(await readTree(agent)).toBe(tree)
  })
})

/** From the inside out, so that no path is ever too long. */
function deepTree(at: string): void {
  const [top, next] = [join(at, 'top'), join(at, 'next')]
  mkdirSync(top)
  for (let level = 0; level < 30; level += 1) {
    mkdirSync(next)
    renameSync(top, join(next, 'd'.repeat(200)))
    renameSync(next, top)
  }
}
