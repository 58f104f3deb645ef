import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { TreeId } from '../../src/domain/evidence.ts'
import { freshEvidence, openLaboratory, VERIFICATION_RANK } from '../../src/engine/laboratory.ts'
import { Meter } from '../../src/engine/meter.ts'
import type { Engine } from '../../src/engine/open.ts'
import { agentSetup } from '../../src/engine/agent-setup.ts'
import { setupOf } from '../../src/engine/set-up.ts'
import { whyNotCopied } from '../../src/engine/why-not-copied.ts'
import type { Suite } from '../../src/domain/suite.ts'
import { engineSample } from '../support/engine-sample.ts'

/** A project whose setup leaves another number each time that it runs. */
const project = (more: string) => ({
  'package.json': '{ "name": "sample", "type": "module" }\n',
  'setup.mjs': `import { mkdirSync, writeFileSync } from 'node:fs'
mkdirSync('node_modules', { recursive: true })
writeFileSync('node_modules/number', String(process.hrtime.bigint()))
writeFileSync(process.env.HOME + '/made', '')
`,
  '.tdd/config.toml': `[[suites]]
name = "main"
runner = "node"
tests = ["test/**"]
sources = ["src/**"]
setup = [["node", "setup.mjs"]]
${more}
`,
})

const MANIFEST_WITH_SCRIPT = {
  'packages/a/package.json': '{ "scripts": { "prepare": "husky" } }\n',
}

async function opened(engine: Engine) {
  const { world, suites } = engine
  const [suite] = suites
  const people = world.setupTrust.tree
  if (suite === undefined || people === null) throw new Error('the sample has a suite and a commit')
  const signal = new AbortController().signal
  const meter = new Meter(world.clock)
  const laboratory = openLaboratory(world, {
    meter,
    rank: VERIFICATION_RANK.stage,
    signal,
    memory: freshEvidence(),
  })
  let tasks = 0
  const numberIn = (directory: string): string => readFileSync(join(directory, 'node_modules/number'), 'utf8')
  return {
    people,
    compose: (path: string, text: string) => laboratory.compose(people, new Map([[path, text]])),
    proof: (tree: TreeId) =>
      laboratory.within({ suite, tree }, (place) => Promise.resolve(numberIn(place.directory))),
    /** In a slot that no other task worked in. */
    agent: async (tree: TreeId) => {
      const setup = await agentSetup(world, { meter, signal }, { suite, tree })
      await using agent = await world.trees.agentTree({ task: `T${++tasks}`, tree, base: null, ...setup })
      return numberIn(agent.directory)
    },
  }
}

it('what setup installs among files of people is copied to other slots, also after a restart', async () => {
  const sample = engineSample(project('copySetup = true'))
  const first = await (async () => {
    await using engine = await sample.open()
    const { people, proof, agent, compose } = await opened(engine)
    const number = await proof(people)
    expect(await agent(people)).toBe(number)
    expect(await proof(await compose('src/index.js', 'export {}\n'))).toBe(number)
    // Whose manifest is not theirs is set up among its own files, and shared with nobody.
    const changed = await compose('package.json', '{ "name": "other", "type": "module" }\n')
    const untrusted = await proof(changed)
    expect(untrusted).not.toBe(number)
    expect(await agent(changed)).not.toBe(untrusted)
    return number
  })()
  await using engine = await sample.open()
  const { people, agent, proof } = await opened(engine)
  expect(await agent(people)).toBe(first)
  expect(await proof(people)).toBe(first)
})

it('slots of agents get copies among files of a later HEAD, too', async () => {
  const sample = engineSample(project('copySetup = true'))
  const first = await (async () => {
    await using engine = await sample.open()
    const { people, proof } = await opened(engine)
    return await proof(people)
  })()
  sample.repo.commit({ 'src/index.js': 'export {}\n' })
  await using engine = await sample.open()
  const { people, proof, agent } = await opened(engine)
  // What a slot of proofs has is good as long as the manifests are.
  expect(await proof(people)).toBe(first)
  const number = await agent(people)
  expect(number).not.toBe(first)
  expect(await agent(people)).toBe(number)
})

it.each([
  ['may do more than install', ''],
  ['is not to be copied', 'copySetup = false'],
])('setup that %s runs in each slot', async (_, more) => {
  await using engine = await engineSample(project(more)).open()
  const { people, proof, agent } = await opened(engine)
  expect(await proof(people)).not.toBe(await agent(people))
})

it.each<[string, Partial<Suite>, Readonly<Record<string, string>>, RegExp | null]>([
  ['installs packages', {}, {}, null],
  ['starts a script of the project', {}, MANIFEST_WITH_SCRIPT, /package\.json has a script "prepare"/],
  ['runs a program of the project', { setup: [['make', 'deps']] }, {}, /more than to install/],
])('a setup that %s is copied where that is as good', async (_, over, files, reason) => {
  const sample = engineSample({ ...project(''), ...files })
  await using engine = await sample.open()
  const { world, suites } = engine
  const suite: Suite | undefined = suites.map((found) => ({ ...found, setup: [['npm', 'ci']], ...over }))[0]
  const people = world.setupTrust.tree
  if (suite === undefined || people === null) throw new Error('the sample has a suite and a commit')
  const why = await whyNotCopied(world, suite, people)
  if (reason === null) expect(why).toBe(null)
  else expect(why).toMatch(reason)
  const tornDown = { ...world, places: { ...world.places, teardown: { main: [['true']] } } }
  expect(await whyNotCopied(tornDown, suite, people)).not.toBe(null)
  const said = { ...tornDown, places: { ...tornDown.places, copySetup: { main: true } } }
  expect(await whyNotCopied(said, suite, people)).toBe(null)
})

it('a setup that writes more than it may is ended', async () => {
  const sample = engineSample({
    ...project(''),
    'setup.mjs': `import { writeFileSync } from 'node:fs'
writeFileSync('large', Buffer.alloc(64 * 1024 * 1024, 1))
await new Promise((resolve) => setTimeout(resolve, 60_000))
`,
  })
  await using engine = await sample.open({ 'limits.setupDiskBytes': 8 * 1024 * 1024 })
  const { people, proof } = await opened(engine)
  await expect(proof(people)).rejects.toThrow('more on the disk than limits.setupDiskBytes allows')
})

it('setup is another where another program stands at the same place of the PATH', async () => {
  const sample = engineSample(project(''))
  await using engine = await sample.open()
  const { world, suites } = engine
  const [suite] = suites
  const { people } = await opened(engine)
  if (suite === undefined) throw new Error('the sample has a suite')
  const bin = join(sample.repo.directory, 'bin')
  mkdirSync(bin)
  const keyWith = async (text: string): Promise<string> => {
    writeFileSync(join(bin, 'node'), text, { mode: 0o755 })
    const { key } = await setupOf(
      { ...world, environment: { ...world.environment, PATH: bin } },
      suite,
      people,
    )
    return key
  }
  expect(await keyWith('one')).not.toBe(await keyWith('another'))
})
