import { describe, expect, it } from 'vitest'
import { engineSample } from '../support/engine-sample.ts'

const FILES = {
  'package.json': '{ "name": "sample", "type": "module", "version": "1.0.0" }\n',
  'src/add.js': 'export const add = (a, b) => a + b\n',
  'test/add.test.js': `import { test } from 'node:test'
import assert from 'node:assert/strict'
import { add } from '../src/add.js'
test('adds', () => assert.equal(add(1, 2), 3))
`,
}

const PLAN = {
  version: 1,
  title: 'Double',
  project: { suites: [{ name: 'main', runner: 'node', tests: ['test/**'], sources: ['src/**'] }] },
  tasks: [
    {
      key: 'DOUBLE-1',
      title: 'Double a number',
      goal: 'double(n) is n + n',
      criteria: [{ id: 'AC-1', text: 'double(2) is 4' }],
      tests: ['test/double.test.js'],
      sources: ['src/double.js'],
      exports: ['double'],
    },
  ],
}

const TEST = `import { test } from 'node:test'
import assert from 'node:assert/strict'
import { double } from '../src/double.js'
test('AC-1 doubles a number', () => assert.equal(double(2), 4))
`

const SESSION = {
  version: 1,
  tasks: {
    'DOUBLE-1': {
      red: [
        [
          { write: { 'test/double.test.js': TEST } },
          { usage: { inputTokens: 100, outputTokens: 20, costUsd: 0.01 } },
        ],
      ],
      green: [[{ write: { 'src/double.js': 'export const double = (n) => n + n\n' } }]],
    },
  },
}

describe('one task', () => {
  it('lands as a merge of its tests and its sources, with evidence', async () => {
    const sample = engineSample(FILES)
    await using engine = await sample.open()
    await sample.ingest(engine, PLAN)
    const report = await sample.run(engine, SESSION)
    expect(report).toMatchObject({
      state: 'completed',
      tasks: { total: 1, completed: 1 },
      attempts: 3,
      refusals: [],
    })
    expect(report.target).toBe('tdd/double')
    const [landed] = report.landed
    const { git } = engine.world
    const merge = await git.readCommit(landed?.merge ?? '')
    expect(merge.parents).toEqual([report.base, landed?.green])
    expect((await git.readCommit(landed?.green ?? '')).parents).toEqual([landed?.red])
    expect((await git.readCommit(landed?.red ?? '')).parents).toEqual([report.base])
    expect(merge.message).toContain('TDD-Task: DOUBLE-1')
    expect(await git.readNote(merge.id)).toContain('AC-1 doubles a number')
    expect(report.spend).toMatchObject({ invocations: 2, inputTokens: 100, costUsd: 0.01 })
  })
})
