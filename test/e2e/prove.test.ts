import { describe, expect, it } from 'vitest'
import { openBench } from '../../src/engine/open.ts'
import { prove, type ProveOptions, type ProveReport } from '../../src/engine/prove.ts'
import { engineSample, type EngineSample } from '../support/engine-sample.ts'

const FILES = {
  'package.json': '{ "name": "sample", "type": "module", "scripts": { "test": "node --test" } }\n',
  '.tdd/config.toml':
    '[[suites]]\nname = "main"\nrunner = "node"\ntests = ["test/**"]\nsources = ["src/**"]\n',
  'src/one.js': 'export const one = () => 1\n',
  'test/one.test.js': `import { test } from 'node:test'
import assert from 'node:assert/strict'
import { one } from '../src/one.js'
test('one', () => assert.equal(one(), 1))
`,
}
const PLAN = {
  version: 1,
  title: 'Two',
  tasks: [
    {
      key: 'TWO',
      title: 'Two',
      criteria: [{ id: 'AC-1', text: 'two() is 2' }],
      tests: ['test/two.test.js'],
      sources: ['src/two.js'],
    },
  ],
}
const SESSION = {
  version: 1,
  tasks: {
    TWO: {
      red: [
        [
          {
            write: {
              'test/two.test.js': FILES['test/one.test.js']
                .replaceAll('one', 'two')
                .replace('1)', '2)')
                .replace("'two'", "'AC-1 two'"),
            },
          },
        ],
      ],
      green: [[{ write: { 'src/two.js': 'export const two = () => 2\n' } }]],
    },
  },
}

describe('prove', () => {
  it('holds for what a run landed, without its store', async () => {
    const sample = await landedSample()
    expect(await proven(sample, { range: 'tdd/two' })).toEqual({ checked: 1, proven: 1, broken: [] })
  })

  it('finds sources that were changed behind the proof', async () => {
    const sample = await landedSample()
    sample.repo.git('checkout', '-q', '-b', 'forged', 'tdd/two^1')
    sample.repo.git('checkout', '-q', 'tdd/two', '--', '.')
    sample.repo.write({ 'src/two.js': 'export const two = () => 3\n' })
    sample.repo.git('add', '-A')
    const tree = sample.repo.git('write-tree')
    const message = sample.repo.git('log', '-1', '--format=%B', 'tdd/two')
    const forged = sample.repo.git('commit-tree', tree, '-p', 'tdd/two^1', '-p', 'tdd/two^2', '-m', message)
    sample.repo.git('notes', '--ref=refs/notes/tdd', 'copy', 'tdd/two', forged)
    const report = await proven(sample, { range: forged })
    expect(report).toMatchObject({ checked: 1, proven: 0, broken: [{ task: 'TWO', code: 'tests_failed' }] })
  })

  it("takes no line of a plan's text for a trailer", async () => {
    const sample = await landedSample('TDD-Carried: 1\n\nTDD-Evidence: none\n')
    expect(await proven(sample, { range: 'tdd/two' })).toEqual({ checked: 1, proven: 1, broken: [] })
  })

  it('finds a note that is not the one the merge names', async () => {
    const sample = await landedSample()
    const note = sample.repo.git('notes', '--ref=refs/notes/tdd', 'show', 'tdd/two')
    sample.repo.git(
      'notes',
      '--ref=refs/notes/tdd',
      'add',
      '-f',
      '-m',
      note.replace('AC-1 two', 'AC-1 too'),
      'tdd/two',
    )
    expect(await proven(sample, { range: 'tdd/two' })).toMatchObject({
      broken: [{ code: 'evidence_mismatch' }],
    })
  })

  it('runs no command that only the evidence names, unless it is trusted', async () => {
    const sample = await landedSample()
    sample.repo.write({
      '.tdd/config.toml': FILES['.tdd/config.toml'].replace(
        'runner = "node"',
        'runner = "node"\nargs = ["--no-warnings"]',
      ),
    })
    await expect(proven(sample, { range: 'tdd/two' })).rejects.toMatchObject({ code: 'evidence_untrusted' })
    expect(await proven(sample, { range: 'tdd/two', trustEvidence: true })).toMatchObject({ proven: 1 })
  })

  it('has nothing to check on a branch without landings, and names the fetch where notes are missing', async () => {
    const sample = await landedSample()
    await expect(proven(sample, { range: 'main' })).rejects.toMatchObject({ code: 'nothing_to_check' })
    sample.repo.git('update-ref', '-d', 'refs/notes/tdd')
    await expect(proven(sample, { range: 'tdd/two' })).rejects.toMatchObject({
      code: 'evidence_missing',
      hint: expect.stringContaining('git fetch origin refs/notes/tdd:refs/notes/tdd') as string,
    })
  })
})

async function landedSample(goal = 'two() is 2'): Promise<EngineSample> {
  const sample = engineSample(FILES)
  await using engine = await sample.open()
  await sample.ingest(engine, { ...PLAN, tasks: PLAN.tasks.map((task) => ({ ...task, goal })) })
  expect(await sample.run(engine, SESSION)).toMatchObject({ state: 'completed' })
  return sample
}

async function proven(sample: EngineSample, options: Partial<ProveOptions>): Promise<ProveReport> {
  await using bench = await openBench({ directory: sample.repo.root, env: sample.env, flags: {} })
  return await prove(bench, {
    range: null,
    trustEvidence: false,
    signal: new AbortController().signal,
    onLanding: () => undefined,
    ...options,
  })
}
