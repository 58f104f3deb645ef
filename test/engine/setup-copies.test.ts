import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
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
import type { TempFiles } from '../support/temp-repo.ts'

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

const NPM_CI = ['npm', 'ci']

/** Files beside which a package manager may do more than to install packages, and what is said of them. */
const MORE_THAN_PACKAGES: readonly (readonly [string, TempFiles, RegExp])[] = [
  ...[
    'preinstall',
    'install',
    'postinstall',
    'prepublish',
    'preprepare',
    'prepare',
    'postprepare',
    'dependencies',
  ].map(
    (name) =>
      [
        `a script ${name}`,
        { 'packages/a/package.json': JSON.stringify({ scripts: { [name]: 'run' } }) },
        new RegExp(`packages/a/package\\.json has a script "${name}"`),
      ] as const,
  ),
  [
    'a script behind a byte order mark',
    { 'packages/a/package.json': '\uFEFF{ "scripts": { "postinstall": "run" } }' },
    /packages\/a\/package\.json (has a script|cannot be read)/,
  ],
  [
    'a manifest with comments',
    { 'packages/a/package.json': '{ /* c */ "scripts": {} }' },
    /packages\/a\/package\.json cannot be read/,
  ],
  [
    'a manifest that is a link',
    { 'packages/a/package.json': { link: '../../package.json' } },
    /packages\/a\/package\.json cannot be read/,
  ],
  [
    'a .yarnrc.yml in a form that is not known',
    { '.yarnrc.yml': '{ plugins: [./plugin.cjs] }\n' },
    /\.yarnrc\.yml may start something/,
  ],
  ['a yarn of its own', { '.yarnrc.yml': 'yarnPath: ./own.cjs\n' }, /\.yarnrc\.yml may start something/],
  ['a yarn 1 of its own', { '.yarnrc': 'yarn-path "./own.js"\n' }, /\.yarnrc may start something/],
  ['options of Node', { '.npmrc': 'node-options=--require ./own.js\n' }, /\.npmrc may start something/],
  [
    'a compiler of its own',
    { '.cargo/config.toml': '[build]\nrustc-wrapper = "./own"\n' },
    /\.cargo\/config\.toml may start something/,
  ],
  ['something that node-gyp builds', { 'packages/a/binding.gyp': '{}' }, /binding\.gyp is built/],
  ['plugins of yarn', { '.yarnrc.yml': 'plugins:\n  - ./plugin.cjs\n' }, /\.yarnrc\.yml may start something/],
]

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
  expect(await proof(people)).toBe(first)
})

it.each([
  ['may do more than install', ''],
  ['is not to be copied', 'copySetup = false'],
])('setup that %s runs in each slot', async (_, more) => {
  await using engine = await engineSample(project(more)).open()
  const { people, proof, agent } = await opened(engine)
  expect(await proof(people)).not.toBe(await agent(people))
})

it.each<[string, TempFiles, RegExp | null, readonly string[]]>([
  ['packages alone', { '.yarnrc.yml': '# ours\nnodeLinker: node-modules\n' }, null, NPM_CI],
  [
    'packages of a registry',
    {
      '.npmrc':
        'registry=https://registry.example/\n//registry.example/:_authToken=${NPM_TOKEN}\nsave-exact=true\n',
    },
    null,
    ['npm', 'ci', '--prefix', '../..', '--no-audit'],
  ],
  ['with a shell of its own', {}, /more than to install/, ['npm', 'ci', '--script-shell=./own.sh']],
  ['elsewhere', {}, /more than to install/, ['npm', 'install', '--prefix', '/elsewhere']],
  ...MORE_THAN_PACKAGES.map(([what, files, says]): [string, TempFiles, RegExp, readonly string[]] => [
    what,
    files,
    says,
    NPM_CI,
  ]),
  ['what a program of the project makes', {}, /more than to install/, ['make', 'deps']],
])('a setup that may install %s is copied where that is as good', async (_, files, reason, argv) => {
  const sample = engineSample(project(''))
  sample.repo.commit(files)
  await using engine = await sample.open()
  const { world, suites } = engine
  const suite: Suite | undefined = suites.map((found) => ({ ...found, setup: [argv] }))[0]
  const people = world.setupTrust.tree
  if (suite === undefined || people === null) throw new Error('the sample has a suite and a commit')
  const why = await whyNotCopied(world, suite, people)
  if (reason === null) expect(why).toBe(null)
  else expect(why).toMatch(reason)
  const tornDown = { ...world, places: { ...world.places, teardown: { main: [['true']] } } }
  expect(await whyNotCopied(tornDown, suite, people)).not.toBe(null)
  const said = { ...world, places: { ...world.places, copySetup: { main: true } } }
  expect(await whyNotCopied(said, suite, people)).toBe(null)
  const both = { ...tornDown, places: { ...tornDown.places, copySetup: { main: true } } }
  expect(await whyNotCopied(both, suite, people), 'what is torn down is never copied').not.toBe(null)
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

it('setup is another where another program is started, version managers say so, or trees have other files', async () => {
  const sample = engineSample(project(''))
  await using engine = await sample.open()
  const { world, suites } = engine
  const [suite] = suites
  const { people } = await opened(engine)
  if (suite === undefined) throw new Error('the sample has a suite')
  const at = (path: string): string => join(sample.repo.directory, path)
  const put = (path: string, text: string): void => {
    mkdirSync(dirname(at(path)), { recursive: true })
    writeFileSync(at(path), text, { mode: 0o755 })
  }
  const keyWith = async (environment: Readonly<Record<string, string>>, digest = ''): Promise<string> => {
    const asked = {
      ...world,
      environment: { ...world.environment, PATH: at('bin'), ...environment },
      included: { ...world.included, digest },
    }
    return (await setupOf(asked, { ...suite, setup: [['install']] }, people)).key
  }
  const keys: string[] = []
  put('bin/node', 'one')
  keys.push(await keyWith({}))
  expect(await keyWith({})).toBe(keys[0])
  put('bin/node', 'another')
  keys.push(await keyWith({}), await keyWith({ VOLTA_HOME: at('volta') }))
  put('volta/tools/user/platform.json', '{ "node": 22 }')
  keys.push(await keyWith({ VOLTA_HOME: at('volta') }), await keyWith({ RUSTUP_TOOLCHAIN: 'nightly' }))
  put('bin/install', 'one')
  keys.push(await keyWith({}), await keyWith({}, 'of other files'))
  put('bin/install', 'another')
  keys.push(await keyWith({}))
  expect(new Set(keys).size).toBe(keys.length)
})
