import { expect, it } from 'vitest'
import type { TreeId } from '../../src/domain/evidence.ts'
import { freshEvidence, VERIFICATION_RANK } from '../../src/engine/laboratory.ts'
import { verifierFor } from '../../src/engine/verifier-for.ts'
import { engineSample } from '../support/engine-sample.ts'

const PACKAGE = '{ "type": "module", "main": "index.js" }'

/** A package in a folder of its own, whose dependency is put in its place by setup. */
const FILES = {
  'web/package.json': '{ "name": "web", "type": "module" }\n',
  'web/setup.mjs': `import { mkdirSync, writeFileSync } from 'node:fs'
mkdirSync('node_modules/same', { recursive: true })
writeFileSync('node_modules/same/package.json', '${PACKAGE}')
writeFileSync('node_modules/same/index.js', 'export function same(a, b) { if (a !== b) throw new Error("not the same") }')
`,
  'web/src/one.js': 'export const one = 1\n',
  'web/test/one.test.js': `import test from 'node:test'
import { same } from 'same'
import { one } from '../src/one.js'
test('one is two', () => same(one, 2))
`,
  '.tdd/config.toml': `[[suites]]
name = "main"
runner = "node"
cwd = "web"
tests = ["test/**"]
sources = ["src/**"]
setup = [["node", "setup.mjs"]]
`,
}

/** Moves the package away with its dependency, and puts one that finds everything the same in its place. */
const PLANTS = `import test from 'node:test'
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
test('plants', () => {
  process.chdir('..')
  renameSync('web', 'moved')
  mkdirSync('web/node_modules/same', { recursive: true })
  writeFileSync('web/node_modules/same/package.json', '${PACKAGE}')
  writeFileSync('web/node_modules/same/index.js', 'export function same() {}')
})
`

it('what a test put in the place of a dependency proves nothing of the next tree', async () => {
  await using engine = await engineSample(FILES).open({ 'verify.slots': 1 })
  const { world, suites } = engine
  const [suite] = suites
  const people = world.setupTrust.tree
  if (suite === undefined || people === null) throw new Error('the sample has a suite and a commit')
  const outcomes = async (tree: TreeId): Promise<Record<string, string>> => {
    const use = {
      rank: VERIFICATION_RANK.stage,
      signal: new AbortController().signal,
      memory: freshEvidence(),
    }
    const { report } = await verifierFor(world, use).baseline(suite, tree)
    return Object.fromEntries(report.tests.map(({ name, outcome }) => [name, outcome]))
  }
  const planted = { mode: '100644', content: Buffer.from(PLANTS) }
  const hostile = await world.git.compose(people, new Map([['web/test/a.test.js', planted]]))
  expect(await outcomes(people)).toEqual({ 'one is two': 'failed' })
  expect(await outcomes(hostile)).toMatchObject({ plants: 'passed' })
  expect(await outcomes(people)).toEqual({ 'one is two': 'failed' })
})
