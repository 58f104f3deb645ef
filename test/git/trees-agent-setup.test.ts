import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { AgentSetup, AgentTree } from '../../src/git/trees.ts'
import { openTempTrees, ROOMY, treeOf } from '../support/open-temp-trees.ts'
import { tempRepo } from '../support/temp-repo.ts'

const INSTALLED = 'packages/a/node_modules/lib/index.js'

/** One slot, whose setup counts how often it ran. */
async function slotWithSetup() {
  const repo = tempRepo({ 'packages/a/index.js': 'a\n' })
  const { git, trees } = await openTempTrees(repo, { agentSlots: 1 })
  const tree = await treeOf(git)
  let runs = 0
  const repositories: boolean[] = []
  /** What lay around the tree when setup began. */
  const around: string[][] = []
  const setup = (key: string): AgentSetup => ({
    key,
    tree,
    install: async ({ directory, home, temp }) => {
      runs += 1
      around.push([...readdirSync(home), ...readdirSync(temp)])
      repositories.push(existsSync(join(directory, '.git')))
      mkdirSync(join(directory, 'packages/a/node_modules/lib'), { recursive: true })
      writeFileSync(join(directory, INSTALLED), 'installed\n')
      writeFileSync(join(directory, 'packages/a/built.js'), 'of a build\n')
      writeFileSync(join(home, 'tool'), 'of HOME\n')
    },
  })
  return {
    repo,
    runs: () => runs,
    repositories,
    around,
    use: async (task: string, work: (agent: AgentTree) => unknown, key = 'one') => {
      await using agent = await trees.agentTree({ task, tree, base: null, setup: setup(key) })
      return await work(agent)
    },
    tree,
  }
}

const installed = ({ directory }: AgentTree): string => readFileSync(join(directory, INSTALLED), 'utf8')

describe('setup in the slot of an agent', () => {
  it('leaves its folders and HOME, and no work: what is read is what the agent was given', async () => {
    const slot = await slotWithSetup()
    await slot.use('A', async (agent) => {
      expect(installed(agent)).toBe('installed\n')
      expect(readFileSync(join(agent.home, 'tool'), 'utf8')).toBe('of HOME\n')
      expect(existsSync(join(agent.directory, 'packages/a/built.js'))).toBe(false)
      expect(await agent.read(ROOMY)).toEqual({ kind: 'tree', tree: slot.tree })
    })
  })

  it('finds nothing around the tree of what the last agent left', async () => {
    const slot = await slotWithSetup()
    await slot.use('A', ({ home, temp }) => {
      writeFileSync(join(home, '.npmrc'), 'of the agent')
      writeFileSync(join(temp, 'left'), '')
    })
    await slot.use('B', () => undefined, 'two')
    expect(slot.around).toEqual([[], []])
  })

  it('runs once for all tasks that change nothing of it, and what they add is gone', async () => {
    const slot = await slotWithSetup()
    await slot.use('A', ({ directory, home }) => {
      writeFileSync(join(directory, 'packages/a/node_modules/lib/more.js'), '')
      mkdirSync(join(directory, 'node_modules'))
      writeFileSync(join(home, 'more'), '')
    })
    await slot.use('B', (agent) => {
      expect(installed(agent)).toBe('installed\n')
      for (const left of ['packages/a/node_modules/lib/more.js', 'node_modules'])
        expect(existsSync(join(agent.directory, left))).toBe(false)
      expect(existsSync(join(agent.home, 'more'))).toBe(false)
    })
    expect(slot.runs()).toBe(1)
  })

  it.each<[string, (agent: AgentTree) => void]>([
    ['changed what it installed', ({ directory }) => writeFileSync(join(directory, INSTALLED), 'spoilt\n')],
    ['changed HOME', ({ home }) => writeFileSync(join(home, 'tool'), 'spoilt\n')],
    [
      'took a folder of it',
      ({ directory }) => rmSync(join(directory, 'packages/a/node_modules'), { recursive: true }),
    ],
  ])('runs again for another task after one that %s', async (_, spoil) => {
    const slot = await slotWithSetup()
    await slot.use('A', spoil)
    await slot.use('B', (agent) => {
      expect(installed(agent)).toBe('installed\n')
      expect(readFileSync(join(agent.home, 'tool'), 'utf8')).toBe('of HOME\n')
    })
    expect(slot.runs()).toBe(2)
  })

  it('finds no repository of the agent that was there before: programs obey what stands in one', async () => {
    const slot = await slotWithSetup()
    await slot.use('A', ({ directory }) => {
      writeFileSync(join(directory, '.git/evil'), '')
      writeFileSync(join(directory, INSTALLED), 'spoilt\n')
    })
    await slot.use('B', () => undefined)
    expect(slot.runs()).toBe(2)
    expect(slot.repositories).toEqual([false, false])
  })

  it('runs again for another key, and for the same task where its agent took a folder away', async () => {
    const slot = await slotWithSetup()
    await slot.use('A', () => undefined)
    await slot.use('A', () => undefined, 'two')
    expect(slot.runs()).toBe(2)
    await slot.use(
      'A',
      ({ directory }) => rmSync(join(directory, 'packages/a/node_modules'), { recursive: true }),
      'two',
    )
    await slot.use('A', (agent) => expect(installed(agent)).toBe('installed\n'), 'two')
    expect(slot.runs()).toBe(3)
  })

  it('touches nothing elsewhere where an agent put links in place of its folders', async () => {
    const slot = await slotWithSetup()
    const outside = join(slot.repo.directory, 'outside')
    mkdirSync(join(outside, 'node_modules/lib'), { recursive: true })
    writeFileSync(join(outside, 'node_modules/theirs'), 'theirs\n')
    await slot.use('A', ({ directory, home }) => {
      rmSync(join(directory, 'packages/a'), { recursive: true })
      symlinkSync(outside, join(directory, 'packages/a'))
      rmSync(home, { recursive: true })
      symlinkSync(outside, home)
    })
    await slot.use('B', (agent) => expect(installed(agent)).toBe('installed\n'))
    expect(readFileSync(join(outside, 'node_modules/theirs'), 'utf8')).toBe('theirs\n')
    expect(existsSync(join(outside, 'tool'))).toBe(false)
  })
})
