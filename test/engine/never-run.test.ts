import { expect, it } from 'vitest'
import { numberTask } from '../support/cli-sample.ts'
import { engineSample } from '../support/engine-sample.ts'
import { letterFiles } from '../support/letters.ts'

const KEY = 'plain-words-that-open-a-door'

const TEST = `import { test } from 'node:test'
import assert from 'node:assert/strict'
import { double } from '../src/double.js'
test('AC-1 double', () => assert.equal(double(2), 4))
`

/** In GREEN it does the same each time; its tests are good. */
function agent(green: string): string {
  return `const { symlinkSync, writeFileSync } = require('node:fs')
const KEY = process.env.DOOR_KEY
const source = 'export const double = (n) => n + n\\n'
if (process.env.TDD_STAGE.startsWith('red')) writeFileSync('test/double.test.js', ${JSON.stringify(TEST)})
else { ${green} }
`
}

it.each<[string, string, string]>([
  ['a file that holds a secret', "writeFileSync('src/double.js', source + '//' + KEY)", 'secret_found'],
  [
    'a large file that holds one',
    "writeFileSync('src/double.js', source + '//' + 'x'.repeat(2e7) + KEY)",
    'secret_found',
  ],
  [
    'a link whose target is one',
    "writeFileSync('src/double.js', source); symlinkSync(KEY, 'src/link.js')",
    'secret_found',
  ],
  [
    'a file that is named by one',
    "writeFileSync('src/double.js', source); writeFileSync('src/' + KEY + '.js', '')",
    'secret_found',
  ],
  [
    'a link to a file that no commit holds',
    "writeFileSync(process.env.HOME + '/outside.js', source); symlinkSync(process.env.HOME + '/outside.js', 'src/double.js')",
    'forbidden_path',
  ],
])('%s is refused each time that it is there', async (_, green, code) => {
  const sample = engineSample(letterFiles, {}, { DOOR_KEY: KEY })
  await using engine = await sample.open({
    'agents.command.argv': [
      process.execPath,
      '-e',
      agent(`try { ${green} } catch (e) { if (e.code !== 'EEXIST') throw e }`),
    ],
    'agents.command.passEnv': ['DOOR_KEY'],
  })
  const run = await sample.ingest(engine, { version: 1, title: 'Numbers', tasks: [numberTask('double')] })
  await sample.run(engine, {}, { name: 'command', sessionFile: null, workers: 1 })
  const { attempts } = await engine.world.store.history(run, 'DOUBLE-1')
  const ends = attempts.map(({ stage, outcome }) =>
    outcome.kind === 'refused' ? `${stage} ${outcome.refusals[0].code}` : `${stage} ${outcome.kind}`,
  )
  expect(ends).toEqual(['red accepted', ...Array.from({ length: 3 }, () => `green ${code}`)])
})
