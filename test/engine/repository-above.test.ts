import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { freshEvidence, VERIFICATION_RANK } from '../../src/engine/laboratory.ts'
import { verifierFor } from '../../src/engine/verifier-for.ts'
import { engineSample } from '../support/engine-sample.ts'

/** What a program of git obeys that an agent without a sandbox left beside the slots. */
function leaveRepository(directory: string, started: string): void {
  const git = join(directory, '.git')
  for (const folder of ['objects', 'refs']) mkdirSync(join(git, folder), { recursive: true })
  writeFileSync(join(git, 'HEAD'), 'ref: refs/heads/main\n')
  const hook = join(directory, 'hook')
  writeFileSync(hook, `#!/bin/sh\ntouch ${started}\n`)
  chmodSync(hook, 0o755)
  writeFileSync(join(git, 'config'), `[core]\n\tfsmonitor = ${hook}\n`)
}

it('setup finds no repository above its slot', async () => {
  const sample = engineSample({
    'package.json': '{ "type": "module" }\n',
    'setup.mjs': `import { spawnSync } from 'node:child_process'
const { status } = spawnSync('git', ['status'])
if (status === 0) process.exit(1)
`,
    '.tdd/config.toml': `[[suites]]
name = "main"
runner = "node"
tests = ["test/**"]
sources = ["src/**"]
setup = [["node", "setup.mjs"]]
`,
  })
  await using engine = await sample.open({}, 'off')
  const { world, suites, stateDirectory } = engine
  const [suite] = suites
  const tree = world.setupTrust.tree
  if (suite === undefined || tree === null) throw new Error('the sample has a suite and a commit')
  const started = join(sample.repo.directory, 'started')
  for (const above of [join(stateDirectory, 'slots'), dirname(stateDirectory)])
    leaveRepository(above, started)
  const use = { rank: VERIFICATION_RANK.stage, signal: new AbortController().signal, memory: freshEvidence() }
  await verifierFor(world, use).ready(suite, tree)
  expect(existsSync(started)).toBe(false)
})
