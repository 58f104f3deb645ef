import { systemClock } from '../../src/runtime/clock.ts'
import { createVerifier } from '../../src/verify/verifier.ts'
import { verifierConformance, type WordTest } from '../conformance/verifier.ts'
import { openDirectoryLaboratory } from '../support/directory-laboratory.ts'
import { sampleSuite, sampleTask } from '../support/proof-samples.ts'

verifierConformance('the verifier', () => {
  const laboratory = openDirectoryLaboratory()
  return {
    verifier: createVerifier({ laboratory, clock: systemClock, options: { repeats: 2, baselineRepeats: 0 } }),
    suite: sampleSuite(),
    task: sampleTask({ tests: ['test/T1.test.js'], sources: ['src/T1.src'] }),
    tree: async (files) => laboratory.tree({ 'package.json': '{ "type": "module" }\n', ...files }),
    testFile: (name, tests) => ({ [`test/${name}.test.js`]: textOf(tests) }),
  }
})

function textOf(tests: readonly WordTest[]): string {
  return [
    `import test from 'node:test'`,
    `import assert from 'node:assert/strict'`,
    `import { existsSync, readFileSync } from 'node:fs'`,
    `const lines = (path) => (existsSync(path) ? readFileSync(path, 'utf8').split('\\n') : [])`,
    ...tests.map(
      ({ name, path, word }) => `test('${name}', () => assert.ok(lines('${path}').includes('${word}')))`,
    ),
    '',
  ].join('\n')
}
