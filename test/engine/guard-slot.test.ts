import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { freshEvidence, openLaboratory, VERIFICATION_RANK } from '../../src/engine/laboratory.ts'
import { Meter } from '../../src/engine/meter.ts'
import { setupOf } from '../../src/engine/set-up.ts'
import { engineSample } from '../support/engine-sample.ts'

const PACKAGE = '{ "name": "sample", "type": "module", "main": "src/index.js" }\n'
const SOURCE = 'export const version = 1\n'
const CONFIG = `[[suites]]
name = "main"
runner = "node"
tests = ["test/**"]
sources = ["src/**"]
setup = [["node", "setup.mjs"]]
`

interface Project {
  /** Runs the copy that lies outside of every slot instead of the files of its tree. */
  readonly isBlind: boolean | 'at first'
  readonly title?: string
  /** Statements of the test, and what its file does before it imports the package. */
  readonly body?: string
  readonly first?: string
}

/** A project whose test takes the package by its name, as setup links it. */
async function guardedProject({ isBlind, title = 'has a version', body = '', first = '' }: Project) {
  const config = `${CONFIG}copySetup = ${isBlind === 'at first'}\n`
  const sample = engineSample({ 'package.json': PACKAGE, 'src/index.js': SOURCE, '.tdd/config.toml': config })
  const shared = join(sample.repo.directory, 'shared')
  mkdirSync(join(shared, 'src'), { recursive: true })
  writeFileSync(join(shared, 'package.json'), PACKAGE)
  writeFileSync(join(shared, 'src/index.js'), SOURCE)
  sample.repo.commit({
    'setup.mjs': `import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
mkdirSync('node_modules', { recursive: true })
writeFileSync('node_modules/installed.js', '')
const isBlind = ${isBlind === 'at first' ? `!existsSync(${JSON.stringify(join(shared, 'ran'))})` : String(isBlind)}
symlinkSync(isBlind ? ${JSON.stringify(shared)} : '..', 'node_modules/sample', 'dir')
writeFileSync(${JSON.stringify(join(shared, 'ran'))}, '')
`,
    'spoil.js': "import { writeFileSync } from 'node:fs'\nwriteFileSync('node_modules/installed.js', '')\n",
    'test/index.test.js': `${first}
import { test } from 'node:test'
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { version } from 'sample'
import '../node_modules/installed.js'
test(${JSON.stringify(title)}, () => { ${body}; assert.equal(version, 1) })
`,
  })
  const told: unknown[] = []
  return {
    told,
    /** Lends a slot once in a process of its own; answers whether it was guarded before, and whether it is afterwards. */
    lend: async () => {
      // In a sandbox nothing can be reached outside, nothing installed can be changed.
      await using engine = await sample.open({}, 'off')
      const world = { ...engine.world, onBlindSlot: async (blind: unknown) => void told.push(blind) }
      const [suite] = engine.suites
      const tree = world.setupTrust.tree
      if (suite === undefined || tree === null) throw new Error('the sample has a suite and a commit')
      const isGuarded = async (): Promise<boolean> => {
        const setup = await setupOf(world, suite, tree)
        await using proof = await world.trees.proofTree({ tree, setupKey: setup.key })
        return proof.isGuarded
      }
      const before = await isGuarded()
      const laboratory = openLaboratory(world, {
        meter: new Meter(world.clock),
        rank: VERIFICATION_RANK.stage,
        signal: new AbortController().signal,
        memory: freshEvidence(),
      })
      await laboratory.within({ suite, tree }, () => Promise.resolve())
      return { before, after: await isGuarded() }
    },
  }
}

describe('the guard of a slot', () => {
  it('remembers on disk that a broken line was noticed', async () => {
    const { lend, told } = await guardedProject({ isBlind: false })
    expect(await lend()).toEqual({ before: false, after: true })
    expect(await lend()).toMatchObject({ before: true })
    expect(told).toEqual([])
  })

  it('tells once in a process of a slot that does not notice', async () => {
    const { lend, told } = await guardedProject({ isBlind: true })
    expect(await lend()).toEqual({ before: false, after: true })
    expect(await lend()).toMatchObject({ before: false })
    expect(told).toHaveLength(2)
    expect(told[0]).toMatchObject({ suite: 'main', source: 'src/index.js', test: 'test/index.test.js' })
  })

  it('has setup run once more where it goes wrong once, although there is a copy of what it left', async () => {
    const { lend, told } = await guardedProject({ isBlind: 'at first' })
    expect(await lend()).toEqual({ before: false, after: true })
    expect(await lend()).toMatchObject({ before: true })
    expect(told).toEqual([])
  })

  it.each([
    ['nothing', { isBlind: true, body: "writeFileSync('node_modules/installed.js', '')" }],
    ['a broken line', { isBlind: false, first: "import '../spoil.js'" }],
  ])(
    'that saw %s in an installation which its own run spoilt remembers nothing of the next one',
    async (_, project) => {
      const { lend } = await guardedProject(project)
      expect(await lend()).toEqual({ before: false, after: true })
      expect(await lend()).toMatchObject({ before: false })
    },
  )

  it('is not blinded by a passing test that has the words of a broken line in its title', async () => {
    const { lend, told } = await guardedProject({ isBlind: true, title: 'a line broken on purpose' })
    await lend()
    expect(told).toHaveLength(1)
  })
})
