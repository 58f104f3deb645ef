import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { oneAfterTheOther, openTempTrees, ROOMY, treeOf } from '../support/open-temp-trees.ts'
import { type TempFiles, tempRepo } from '../support/temp-repo.ts'

const FILES: TempFiles = {
  'README.md': 'readme\n',
  'src/a.ts': 'export const a = 1\n',
  'src/deep/b.ts': 'export const b = 2\n',
  'bin/tool': { script: '#!/bin/sh\necho tool\n' },
  'link-to-a': { link: 'src/a.ts' },
}

async function agentOn(files: TempFiles = FILES) {
  const repo = tempRepo(files)
  const { git, trees } = await openTempTrees(repo)
  const base = repo.git('rev-parse', 'HEAD')
  const tree = await treeOf(git)
  const slot = oneAfterTheOther(trees)
  const lend = (of = tree, from: string | null = base) => slot(of, from)
  return { repo, git, trees, base, tree, lend, agent: await lend() }
}

/** Runs git as an agent would, without any configuration of a person. */
function gitIn(directory: string, ...args: string[]): string {
  return execFileSync('git', args, {
    cwd: directory,
    encoding: 'utf8',
    stdio: 'pipe',
    env: { PATH: process.env['PATH'] ?? '', HOME: directory, GIT_CONFIG_NOSYSTEM: '1', LC_ALL: 'C' },
  }).trimEnd()
}

function listing(directory: string, prefix = ''): string[] {
  return readdirSync(directory, { withFileTypes: true })
    .flatMap((entry) => {
      if (prefix === '' && entry.name === '.git') return []
      const path = prefix + entry.name
      return entry.isDirectory() ? [`${path}/`, ...listing(join(directory, entry.name), `${path}/`)] : [path]
    })
    .sort()
}

const LISTED = [
  'README.md',
  'bin/',
  'bin/tool',
  'link-to-a',
  'src/',
  'src/a.ts',
  'src/deep/',
  'src/deep/b.ts',
]

describe('an agent tree', () => {
  it('holds exactly the files of its tree at a fixed path', async () => {
    const { repo, agent } = await agentOn()
    expect(agent.directory).toBe(join(repo.state, 'slots/agent_1/tree'))
    expect(listing(agent.directory)).toEqual(LISTED)
    expect(readFileSync(join(agent.directory, 'src/a.ts'), 'utf8')).toBe('export const a = 1\n')
    expect(readlinkSync(join(agent.directory, 'link-to-a'))).toBe('src/a.ts')
    expect(statSync(join(agent.directory, 'bin/tool')).mode & 0o111).not.toBe(0)
    expect(statSync(join(agent.directory, 'README.md')).mode & 0o111).toBe(0)
  })

  it.each(['sha1', 'sha256'] as const)('has a git in which an agent can work (%s)', async (objectFormat) => {
    const repo = tempRepo(FILES, { objectFormat })
    const { git, trees } = await openTempTrees(repo)
    const base = repo.git('rev-parse', 'HEAD')
    const tree = await git.compose(
      await treeOf(git),
      new Map([['test/a.test.ts', { mode: '100644', content: Buffer.from('test\n') }]]),
    )
    const agent = await trees.agentTree({ task: 'A', tree, base })
    const run = (...args: string[]) => gitIn(agent.directory, ...args)
    expect(run('status', '--porcelain', '--branch')).toBe('## work')
    expect(run('log', '--format=%s')).toBe('Where this stage starts\nThe base of the task')
    expect(run('diff', '--name-only', 'HEAD~1')).toBe('test/a.test.ts')
    expect(run('fsck', '--strict')).toBe('')
    writeFileSync(join(agent.directory, 'src/a.ts'), 'changed\n')
    expect(run('diff', '--stat')).toContain('src/a.ts')
    run('stash')
    expect(run('status', '--porcelain')).toBe('')
    run('stash', 'pop')
    run('commit', '-qam', 'Mine')
    expect(run('rev-list', '--count', 'HEAD')).toBe('3')
  })

  it('needs no reading of files to know that nothing changed', async () => {
    const { agent } = await agentOn()
    const debug = gitIn(agent.directory, 'ls-files', '--debug', 'src/a.ts')
    const stats = lstatSync(join(agent.directory, 'src/a.ts'), { bigint: true })
    expect(debug).toContain(`ctime: ${stats.ctimeNs / 1_000_000_000n}:${stats.ctimeNs % 1_000_000_000n}`)
    expect(debug).toContain(`mtime: ${stats.mtimeNs / 1_000_000_000n}:${stats.mtimeNs % 1_000_000_000n}`)
    expect(debug).toContain(`ino: ${stats.ino & 0xffffffffn}`)
    expect(debug).toContain(`size: ${stats.size}`)
  })

  it('knows the objects of its trees and no others: no future, no alternates, nothing of the person', async () => {
    const repo = tempRepo(FILES)
    const base = repo.git('rev-parse', 'HEAD')
    const future = repo.commit({ 'src/a.ts': 'the answer\n' }, 'The future')
    const { git, trees } = await openTempTrees(repo)
    const agent = await trees.agentTree({ task: 'A', tree: await treeOf(git, base), base })
    const known = gitIn(
      agent.directory,
      'cat-file',
      '--batch-all-objects',
      '--batch-check=%(objectname)',
    ).split('\n')
    const own = repo.git('rev-list', '--objects', '--no-object-names', base).split('\n')
    const head = gitIn(agent.directory, 'rev-parse', 'HEAD')
    expect(known.sort()).toEqual([...own.filter((id) => id !== base), head].sort())
    expect(known).not.toContain(future)
    expect(existsSync(join(agent.directory, '.git/objects/info/alternates'))).toBe(false)
    expect(existsSync(join(agent.directory, '.git/hooks'))).toBe(false)
    expect(gitIn(agent.directory, 'log', '--format=%an <%ae>')).not.toContain('ada')
    expect(readFileSync(join(agent.directory, '.git/config'), 'utf8')).not.toContain(repo.root)
  })

  it('is built anew whatever the agent made of its git', async () => {
    const { repo, agent, lend } = await agentOn()
    const victim = join(repo.directory, 'victim')
    mkdirSync(victim)
    writeFileSync(join(victim, 'precious'), 'precious\n')
    const dotGit = join(agent.directory, '.git')
    writeFileSync(join(dotGit, 'config'), '[core]\n\tfsmonitor = touch /tmp/owned\n')
    mkdirSync(join(dotGit, 'hooks'))
    writeFileSync(join(dotGit, 'hooks/post-checkout'), 'x')
    rmSync(join(dotGit, 'objects/pack'), { recursive: true })
    symlinkSync(victim, join(dotGit, 'objects/pack'))
    await lend()
    expect(gitIn(agent.directory, 'status', '--porcelain')).toBe('')
    expect(gitIn(agent.directory, 'fsck', '--strict')).toBe('')
    expect(existsSync(join(dotGit, 'hooks'))).toBe(false)
    expect(readdirSync(victim)).toEqual(['precious'])
    rmSync(dotGit, { recursive: true })
    symlinkSync(victim, dotGit)
    await lend()
    expect(gitIn(agent.directory, 'status', '--porcelain')).toBe('')
    expect(readdirSync(victim)).toEqual(['precious'])
    chmodSync(join(dotGit, 'objects'), 0)
    chmodSync(dotGit, 0)
    await lend()
    expect(gitIn(agent.directory, 'status', '--porcelain')).toBe('')
  })

  it('gets a new copy of a pack that the agent wrote into, and other slots are not touched by it', async () => {
    const { agent, lend, trees, tree, base } = await agentOn()
    const packs = join(agent.directory, '.git/objects/pack')
    const pack = join(packs, readdirSync(packs).find((name) => name.endsWith('.pack')) ?? '')
    const good = readFileSync(pack)
    chmodSync(pack, 0o644)
    writeFileSync(pack, Buffer.alloc(good.length))
    const other = await trees.agentTree({ task: 'B', tree, base })
    expect(gitIn(other.directory, 'fsck', '--strict')).toBe('')
    await lend()
    expect(readFileSync(pack).equals(good)).toBe(true)
    expect(gitIn(agent.directory, 'fsck', '--strict')).toBe('')
  })

  it('cannot be read any more once it was given back', async () => {
    const { agent, lend } = await agentOn()
    await lend()
    await expect(agent.read(ROOMY)).rejects.toMatchObject({ code: 'internal' })
  })

  it('holds paths of every kind', async () => {
    const odd = {
      'with space/and "quotes"': '1',
      'new\nline': '2',
      '-dash': '3',
      'ä/日本/\u{1f600}': '4',
      '*glob?[x]': '5',
      'back\\slash': '6',
      '#hash': '7',
      "it's": '8',
      ' lead': '9',
    }
    const { agent, tree } = await agentOn(odd)
    expect(gitIn(agent.directory, 'status', '--porcelain')).toBe('')
    expect(
      listing(agent.directory)
        .filter((path) => !path.endsWith('/'))
        .sort(),
    ).toEqual(Object.keys(odd).sort())
    expect(await agent.read(ROOMY)).toEqual({ kind: 'tree', tree })
  })

  it('has an empty directory for a submodule', async () => {
    const { git, tree, lend } = await agentOn()
    const withModule = await git.compose(tree, new Map([['mod', { mode: '160000', id: '1'.repeat(40) }]]))
    const agent = await lend(withModule)
    expect(readdirSync(join(agent.directory, 'mod'))).toEqual([])
    expect(gitIn(agent.directory, 'status', '--porcelain')).toBe('')
    expect(await agent.read(ROOMY)).toEqual({ kind: 'tree', tree: withModule })
    writeFileSync(join(agent.directory, 'mod/x'), 'x')
    expect(await agent.read(ROOMY)).toMatchObject({ kind: 'forbidden' })
  })
})

describe('an agent slot that is filled again', () => {
  it('writes only what differs', async () => {
    const { git, tree, agent, lend } = await agentOn()
    const before = lstatSync(join(agent.directory, 'README.md'), { bigint: true })
    const next = await git.compose(
      tree,
      new Map([['src/a.ts', { mode: '100644', content: Buffer.from('new\n') }]]),
    )
    // A file that was written in the tick of the hand-out is written again; let that tick pass.
    await agent.read(ROOMY)
    await lend(next)
    const after = lstatSync(join(agent.directory, 'README.md'), { bigint: true })
    expect([after.ino, after.ctimeNs]).toEqual([before.ino, before.ctimeNs])
    expect(readFileSync(join(agent.directory, 'src/a.ts'), 'utf8')).toBe('new\n')
  })

  it('repairs all that an agent changed, added, deleted and replaced', async () => {
    const { agent, lend, tree } = await agentOn()
    const at = (path: string) => join(agent.directory, path)
    writeFileSync(at('README.md'), 'forged')
    rmSync(at('bin'), { recursive: true })
    writeFileSync(at('bin'), 'a file now')
    rmSync(at('link-to-a'))
    mkdirSync(at('link-to-a/empty/dirs'), { recursive: true })
    chmodSync(at('src/a.ts'), 0o755)
    execFileSync('mkfifo', [at('src/pipe')])
    mkdirSync(at('src/.git/objects'), { recursive: true })
    const again = await lend()
    expect(listing(agent.directory)).toEqual(LISTED)
    expect(await again.read(ROOMY)).toEqual({ kind: 'tree', tree })
    expect(gitIn(agent.directory, 'status', '--porcelain')).toBe('')
  })

  it('is whole again after everything was deleted, and after the tree itself was', async () => {
    const { agent, lend, repo } = await agentOn()
    for (const name of readdirSync(agent.directory)) rmSync(join(agent.directory, name), { recursive: true })
    await lend()
    expect(listing(agent.directory)).toEqual(LISTED)
    rmSync(agent.directory, { recursive: true })
    const victim = join(repo.directory, 'victim')
    mkdirSync(victim)
    writeFileSync(join(victim, 'precious'), 'precious\n')
    symlinkSync(victim, agent.directory)
    await lend()
    expect(lstatSync(agent.directory).isDirectory()).toBe(true)
    expect(listing(agent.directory)).toEqual(LISTED)
    expect(listing(victim)).toEqual(['precious'])
  })

  it('touches nothing outside when a directory was replaced by a link to one', async () => {
    const { agent, lend, repo } = await agentOn()
    const victim = join(repo.directory, 'victim')
    mkdirSync(join(victim, 'deep'), { recursive: true })
    for (const path of ['a.ts', 'deep/b.ts', 'other']) writeFileSync(join(victim, path), 'precious\n')
    rmSync(join(agent.directory, 'src'), { recursive: true })
    symlinkSync(victim, join(agent.directory, 'src'))
    for (const around of [agent.home, agent.temp]) {
      rmSync(around, { recursive: true })
      symlinkSync(victim, around)
    }
    await lend()
    expect(listing(victim)).toEqual(['a.ts', 'deep/', 'deep/b.ts', 'other'])
    expect(readFileSync(join(victim, 'a.ts'), 'utf8')).toBe('precious\n')
    expect(listing(agent.directory)).toEqual(LISTED)
    expect(lstatSync(agent.home).isDirectory()).toBe(true)
  })

  it('does not write through a hard link or a link to a file', async () => {
    const { agent, lend, repo, git, tree } = await agentOn()
    const outside = join(repo.directory, 'outside')
    writeFileSync(outside, 'precious\n')
    rmSync(join(agent.directory, 'src/a.ts'))
    linkSync(outside, join(agent.directory, 'src/a.ts'))
    rmSync(join(agent.directory, 'README.md'))
    symlinkSync(outside, join(agent.directory, 'README.md'))
    await lend(
      await git.compose(tree, new Map([['src/a.ts', { mode: '100644', content: Buffer.from('other\n') }]])),
    )
    expect(readFileSync(outside, 'utf8')).toBe('precious\n')
    expect(readFileSync(join(agent.directory, 'src/a.ts'), 'utf8')).toBe('other\n')
    expect(readFileSync(join(agent.directory, 'README.md'), 'utf8')).toBe('readme\n')
  })

  it('removes directories that nobody may enter and that lie deeper than a path can name', async () => {
    const { agent, lend, trees } = await agentOn()
    const locked = join(agent.directory, 'locked')
    mkdirSync(join(locked, 'inner'), { recursive: true })
    writeFileSync(join(locked, 'inner/file'), 'x')
    chmodSync(join(locked, 'inner'), 0)
    chmodSync(locked, 0)
    chmodSync(join(agent.directory, 'src'), 0)
    // From the inside out, so that no path is ever too long.
    const [top, next] = [join(agent.directory, 'top'), join(agent.directory, 'next')]
    mkdirSync(top)
    for (let level = 0; level < 60; level += 1) {
      mkdirSync(next)
      renameSync(top, join(next, 'd'.repeat(200)))
      renameSync(next, top)
    }
    const again = await lend()
    expect(listing(agent.directory)).toEqual(LISTED)
    expect((await again.read(ROOMY)).kind).toBe('tree')
    await trees.close()
    expect(readdirSync(join(agent.directory, '..')).sort()).toEqual(['home', 'reports', 'tmp', 'tree'])
  })

  it('keeps folders of dependencies, hides them from git, and empties HOME and TMPDIR', async () => {
    const { agent, lend, tree } = await agentOn()
    mkdirSync(join(agent.directory, 'src/node_modules/x'), { recursive: true })
    writeFileSync(join(agent.directory, 'src/node_modules/x/index.js'), 'x')
    writeFileSync(join(agent.home, '.bashrc'), 'x')
    writeFileSync(join(agent.temp, 'x'), 'x')
    expect(await agent.read(ROOMY)).toEqual({ kind: 'tree', tree })
    await lend()
    expect(existsSync(join(agent.directory, 'src/node_modules/x/index.js'))).toBe(true)
    expect(gitIn(agent.directory, 'status', '--porcelain')).toBe('')
    expect([...readdirSync(agent.home), ...readdirSync(agent.temp)]).toEqual([])
  })

  it('says in its own words what the file system refuses', async () => {
    const { lend, repo } = await agentOn()
    rmSync(join(repo.state, 'slots'), { recursive: true })
    writeFileSync(join(repo.state, 'slots'), 'a file')
    await expect(lend()).rejects.toMatchObject({
      code: 'slot_failed',
      message: expect.stringContaining('slot agent_1'),
    })
  })

  it('starts from what is on disk when another process filled the slot', async () => {
    const { agent, repo, tree, trees } = await agentOn()
    await trees.close()
    writeFileSync(join(agent.directory, 'src/a.ts'), 'forged while nobody looked')
    renameSync(join(agent.directory, 'bin'), join(agent.directory, 'bon'))
    const { trees: next } = await openTempTrees(repo)
    const again = await next.agentTree({ task: 'A', tree, base: null })
    expect(listing(agent.directory)).toEqual(LISTED)
    expect(await again.read(ROOMY)).toEqual({ kind: 'tree', tree })
  })
})
