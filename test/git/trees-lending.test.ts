import { execFileSync } from 'node:child_process'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import type { OpenTreesOptions } from '../../src/git/open-trees.ts'
import { slotPlace } from '../../src/git/slot-place.ts'
import { SlotTree } from '../../src/git/slot-tree.ts'
import type { AgentTree } from '../../src/git/trees.ts'
import { openTempGit } from '../support/open-temp-git.ts'
import { openTempTrees, ROOMY, treeOf } from '../support/open-temp-trees.ts'
import { tempRepo } from '../support/temp-repo.ts'

const FILES = { 'README.md': 'readme\n', 'src/a.ts': 'a\n', 'src/deep/b.ts': 'b\n' }

async function slots(options: Partial<OpenTreesOptions> = { agentSlots: 2 }) {
  const repo = tempRepo(FILES)
  const { git, trees } = await openTempTrees(repo, options)
  const base = repo.git('rev-parse', 'HEAD')
  const tree = await treeOf(git)
  const lend = (task: string, of = tree): Promise<AgentTree> => trees.agentTree({ task, tree: of, base })
  const withFile = (path: string, text: string, on = tree): Promise<string> =>
    git.compose(on, new Map([[path, { mode: '100644', content: Buffer.from(text) }]]))
  return { repo, git, trees, base, tree, lend, withFile }
}

async function giveBack(agent: AgentTree): Promise<void> {
  await agent[Symbol.asyncDispose]()
}

/** Reads what was left and gives it back, as a stage does before that is judged. */
async function handIn(agent: AgentTree): Promise<string> {
  const reading = await agent.read(ROOMY)
  await giveBack(agent)
  if (reading.kind !== 'tree') throw new Error(reading.refusal.fact)
  return reading.tree
}

function gitIn(directory: string, ...args: string[]): string {
  return execFileSync('git', args, {
    cwd: directory,
    encoding: 'utf8',
    stdio: 'pipe',
    env: { PATH: process.env['PATH'] ?? '', HOME: directory, GIT_CONFIG_NOSYSTEM: '1', LC_ALL: 'C' },
  }).trimEnd()
}

/** Every file below a directory with its inode: one that was written again has another. */
function inodes(directory: string): Record<string, bigint> {
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' })
  const found = names.flatMap((name): [string, bigint][] => {
    const stats = lstatSync(join(directory, name), { bigint: true })
    return stats.isDirectory() ? [] : [[name, stats.ino]]
  })
  return Object.fromEntries(found)
}

/** Resolves when the slot's `.git` starts from a tree. */
async function untilReady(slot: string, tree: string): Promise<void> {
  await vi.waitFor(() => expect(gitIn(join(slot, 'tree'), 'rev-parse', 'HEAD^{tree}')).toBe(tree), {
    timeout: 60_000,
    interval: 250,
  })
}

describe('agent slots', () => {
  it('are as many as agents work at once, and one more when they are not enough', async () => {
    const { lend } = await slots({ agentSlots: 1 })
    const [first, second] = [await lend('A'), await lend('B')]
    expect([first.slot, second.slot]).toEqual(['agent_1', 'agent_2'])
    await giveBack(first)
    expect((await lend('C')).slot).toBe('agent_1')
  })

  it('bring a task back to the slot it worked in, whoever asks and whoever asked in between', async () => {
    const { lend, withFile } = await slots()
    const first = await lend('A')
    mkdirSync(join(first.directory, 'node_modules/x'), { recursive: true })
    writeFileSync(join(first.directory, 'node_modules/x/index.js'), 'installed\n')
    await handIn(first)
    const other = await lend('B')
    expect(other.slot).toBe('agent_2')
    await handIn(other)
    const before = inodes(first.directory)
    const again = await lend('A', await withFile('src/new.ts', 'new\n'))
    expect(again.slot).toBe('agent_1')
    const after = inodes(again.directory)
    const written = Object.keys(after).filter((path) => after[path] !== before[path])
    expect(written.filter((path) => !path.startsWith('.git/'))).toEqual(['src/new.ts'])
    expect(readFileSync(join(again.directory, 'node_modules/x/index.js'), 'utf8')).toBe('installed\n')
  })

  it('are taken from a task only where there is no other, and then from the one that worked longest ago', async () => {
    const { lend, withFile } = await slots({ agentSlots: 3 })
    const near = await withFile('src/near.ts', 'near\n')
    const lent = [await lend('A'), await lend('B', near)]
    for (const agent of lent) await giveBack(agent)
    const third = await lend('C', near)
    expect(third.slot).toBe('agent_3')
    expect((await lend('D', near)).slot).toBe('agent_1')
  })

  it('keep nothing beside the tree once they are given back, nor of a process that was killed', async () => {
    const { lend, repo, trees } = await slots({ agentSlots: 1 })
    const agent = await lend('A')
    const outside = join(repo.home, 'mine')
    writeFileSync(outside, 'mine\n')
    rmSync(agent.home, { recursive: true })
    symlinkSync(repo.home, agent.home)
    writeFileSync(join(agent.temp, 'large'), 'large\n')
    await giveBack(agent)
    await vi.waitFor(() => expect(readdirSync(agent.temp)).toEqual([]))
    expect(readFileSync(outside, 'utf8')).toBe('mine\n')
    await trees.close()
    writeFileSync(join(agent.temp, 'large'), 'large\n')
    await openTempTrees(repo, { agentSlots: 1 })
    expect(readdirSync(agent.temp)).toEqual([])
  })

  it('hold nothing of an agent that filled the disk, not for its own task either', async () => {
    const { lend } = await slots({ agentSlots: 1 })
    const agent = await lend('A')
    const files = inodes(agent.directory)
    mkdirSync(join(agent.directory, 'node_modules'))
    for (const folder of [join(agent.directory, 'node_modules'), agent.home, agent.temp])
      writeFileSync(join(folder, 'large'), 'large\n')
    await agent.clear()
    for (const folder of [agent.directory, agent.home, agent.temp]) expect(readdirSync(folder)).toEqual([])
    await giveBack(agent)
    const again = await lend('A')
    const sources = (paths: object): string[] =>
      Object.keys(paths).filter((path) => !path.startsWith('.git/'))
    expect(sources(inodes(again.directory))).toEqual(sources(files))
  })

  it.each([
    ['put a link in place of its tree', (tree: string, mine: string) => symlinkSync(mine, tree)],
    ['removed its tree', () => undefined],
  ])('are emptied where an agent that filled the disk %s, and nothing else is', async (_what, instead) => {
    const { lend, repo } = await slots({ agentSlots: 1 })
    const mine = join(repo.home, 'mine')
    mkdirSync(mine)
    writeFileSync(join(mine, 'thesis'), 'mine\n')
    const agent = await lend('A')
    writeFileSync(join(agent.temp, 'large'), 'large\n')
    rmSync(agent.directory, { recursive: true })
    instead(agent.directory, mine)
    await agent.clear()
    expect(readFileSync(join(mine, 'thesis'), 'utf8')).toBe('mine\n')
    for (const folder of [agent.directory, agent.temp]) expect(readdirSync(folder)).toEqual([])
  })

  it('hold nothing of the agent of another task', async () => {
    const { lend, tree, repo } = await slots({ agentSlots: 1 })
    const first = await lend('A')
    const at = (path: string): string => join(first.directory, path)
    for (const folder of ['node_modules/.bin', 'src/deep/node_modules', '.venv/bin', '.git/hooks']) {
      mkdirSync(at(folder), { recursive: true })
      writeFileSync(at(`${folder}/planted`), 'planted\n')
    }
    writeFileSync(at('.gitignore'), '*.log\n')
    writeFileSync(at('src/planted.log'), 'ignored\n')
    writeFileSync(at('.git/info/exclude'), '*\n')
    writeFileSync(at('.git/config'), '[alias]\n\tplanted = log\n')
    gitIn(
      first.directory,
      '-c',
      'user.name=A',
      '-c',
      'user.email=a@a',
      'commit',
      '-q',
      '--allow-empty',
      '-m',
      'planted',
    )
    gitIn(first.directory, 'tag', 'planted')
    const object = gitIn(first.directory, 'hash-object', '-w', 'src/planted.log')
    writeFileSync(join(first.home, 'planted'), 'planted\n')
    writeFileSync(join(first.temp, 'planted'), 'planted\n')
    await handIn(first)
    const second = await lend('B')
    expect(second.slot).toBe('agent_1')
    const places = ['tree', 'home', 'tmp', 'reports'].map((name) => join(repo.state, 'slots/agent_1', name))
    const left = places.flatMap((place) => readdirSync(place, { recursive: true, encoding: 'utf8' }))
    expect(left.filter((path) => /planted|node_modules|\.venv|\.gitignore/.test(path))).toEqual([])
    const git = join(second.directory, '.git')
    for (const file of ['config', 'info/exclude', 'HEAD', 'packed-refs']) {
      expect(existsSync(join(git, file)) ? readFileSync(join(git, file), 'utf8') : '').not.toMatch(
        /planted|^\*$/m,
      )
    }
    expect(gitIn(second.directory, 'rev-list', '--all', '--count')).toBe('1')
    expect(() => gitIn(second.directory, 'cat-file', '-e', object)).toThrow()
    expect(await handIn(second)).toBe(tree)
  })

  it('are not believed by another process: what lies there is looked at, and nothing beside the tree stays', async () => {
    const { repo, lend, trees, tree } = await slots({ agentSlots: 1 })
    const agent = await lend('A')
    mkdirSync(join(agent.directory, 'node_modules'))
    await handIn(agent)
    await trees.close()
    // As a kill in the middle of a preparation leaves it.
    rmSync(join(agent.directory, 'src/a.ts'))
    writeFileSync(join(agent.directory, 'README.md'), 'half writ')
    mkdirSync(join(agent.directory, '../staging/objects'), { recursive: true })
    rmSync(join(agent.directory, '.git/HEAD'))
    writeFileSync(join(agent.home, 'left'), 'left\n')
    const { trees: next } = await openTempTrees(repo, { agentSlots: 1 })
    const again = await next.agentTree({ task: 'A', tree, base: null })
    expect(existsSync(join(again.directory, 'node_modules'))).toBe(false)
    expect(readdirSync(again.home)).toEqual([])
    expect(gitIn(again.directory, 'status', '--porcelain')).toBe('')
    expect(await handIn(again)).toBe(tree)
  })
})

describe('a slot that was given back', () => {
  it('is made ready for what goes on from there, and its next use writes nothing more', async () => {
    const { repo, lend } = await slots()
    const first = await lend('A')
    writeFileSync(join(first.directory, 'src/a.test.ts'), 'test\n')
    writeFileSync(join(first.home, 'left'), 'left\n')
    const tree = await handIn(first)
    const slot = join(repo.state, 'slots/agent_1')
    await untilReady(slot, tree)
    expect(readdirSync(first.home)).toEqual([])
    const prepared = inodes(first.directory)
    const again = await lend('A', tree)
    expect(again.slot).toBe('agent_1')
    expect(inodes(again.directory)).toEqual(prepared)
    expect(gitIn(again.directory, 'diff', '--name-only', 'HEAD~1')).toBe('src/a.test.ts')
    expect(gitIn(again.directory, 'status', '--porcelain')).toBe('')
    expect(await handIn(again)).toBe(tree)
  })

  it('is brought to where another task begins when its own gives it up, and goes to whoever claims that', async () => {
    const { repo, git, trees, lend, withFile } = await slots()
    const first = await lend('A', await withFile('src/work.ts', 'work\n'))
    mkdirSync(join(first.directory, 'node_modules'))
    await handIn(first)
    const head = repo.commit({ 'src/landed.ts': 'landed\n' })
    const headTree = await treeOf(git, head)
    trees.prepare({ after: 'A', tree: headTree, base: head })
    await untilReady(join(repo.state, 'slots/agent_1'), headTree)
    const prepared = inodes(first.directory)
    const next = await trees.agentTree({ task: 'B', tree: headTree, base: head })
    expect(next.slot).toBe('agent_1')
    expect(inodes(next.directory)).toEqual(prepared)
    expect(existsSync(join(next.directory, 'node_modules'))).toBe(false)
    expect(await handIn(next)).toBe(headTree)
  })

  it('is right for whoever is lent it while it is prepared for something else', async () => {
    const { git, trees, base, tree, lend } = await slots({ agentSlots: 1 })
    const many = new Map(
      Array.from({ length: 2_000 }, (_, index) => [
        `many/${index % 20}/${index}.ts`,
        { mode: '100644', content: Buffer.from(`${index}\n`) },
      ]),
    )
    const big = await git.compose(tree, many)
    let task = 'A'
    await giveBack(await lend(task))
    for (let round = 0; round < 5; round += 1) {
      trees.prepare({ after: task, tree: big, base })
      // At another point of the preparation each time.
      for (let turn = 0; turn < round * 40; turn += 1) await new Promise(setImmediate)
      task = `task-${round}`
      const agent = await lend(task, round % 2 === 0 ? tree : big)
      expect(gitIn(agent.directory, 'status', '--porcelain')).toBe('')
      expect(await handIn(agent)).toBe(round % 2 === 0 ? tree : big)
    }
    await trees.close()
  })

  it('is left alone once the slots are closed', async () => {
    const { repo, git, trees, tree, base, lend, withFile } = await slots()
    await giveBack(await lend('A'))
    trees.prepare({ after: 'A', tree: await withFile('src/x.ts', 'x\n'), base })
    await trees.close()
    trees.prepare({ after: 'A', tree, base })
    const left = inodes(join(repo.state, 'slots'))
    await git.files(tree)
    expect(inodes(join(repo.state, 'slots'))).toEqual(left)
    expect(readdirSync(join(repo.state, 'slots/agent_1')).sort()).toEqual(['home', 'reports', 'tmp', 'tree'])
    await expect(lend('B')).rejects.toMatchObject({ code: 'interrupted' })
  })
})

describe('a fill that is stopped', () => {
  it.each([
    ['files that are known', { touched: false, deletes: false }],
    ['files that are unknown', { touched: true, deletes: false }],
    ['files to be removed', { touched: false, deletes: true }],
  ])('writes and removes nothing more, and is gone on with (%s)', async (_title, { touched, deletes }) => {
    const repo = tempRepo(FILES)
    const git = await openTempGit(repo)
    const [from, to] = [
      await treeOf(git),
      await treeOf(
        git,
        repo.commit({ 'README.md': 'new\n', 'src/c.ts': 'c\n', ...(deletes ? { 'src/a.ts': null } : {}) }),
      ),
    ]
    const place = slotPlace(join(repo.state, 'slots'), 'agent_1')
    const slot = new SlotTree(git, place, { hasGit: true })
    expect(await slot.fill(from)).toBe(true)
    await slot.handOut()
    if (touched) writeFileSync(join(place.tree, 'README.md'), 'touched\n')
    expect(await slot.fill(to, 'all', AbortSignal.abort())).toBe(false)
    expect(slot.tree).toBeNull()
    expect(existsSync(join(place.tree, 'src/c.ts'))).toBe(false)
    expect(existsSync(join(place.tree, 'src/a.ts'))).toBe(true)
    expect(readFileSync(join(place.tree, 'README.md'), 'utf8')).toBe(touched ? 'touched\n' : 'readme\n')
    expect(await slot.fill(to)).toBe(true)
    expect(await slot.read(to, ROOMY)).toEqual({ kind: 'tree', tree: to })
    expect(readFileSync(join(place.tree, 'README.md'), 'utf8')).toBe('new\n')
  })
})
