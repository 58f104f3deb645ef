import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readTranscriptFile } from '../../src/observe/transcript-tail.ts'
import { askingAgent } from '../support/asking-agent.ts'
import { numberSource, numberTask, numberTest } from '../support/cli-sample.ts'
import { engineSample } from '../support/engine-sample.ts'
import { letterFiles } from '../support/letters.ts'

const PLAN = { version: 1, title: 'Numbers', tasks: [numberTask('double')] }

describe('the tools that an agent has', () => {
  it('run the tests of its task in its own tree, and land what it makes of that', async () => {
    const { report, transcripts } = await worked({
      red: [{ call: 'run_tests' }, numberTest('double'), { call: 'run_tests' }],
      green: [
        numberSource('double', '3'),
        { call: 'run_tests' },
        { call: 'run_tests', input: { files: ['../../secret.test.js', 'src/double.js', '--eval'] } },
        numberSource('double'),
        { call: 'run_tests', input: { files: ['test/double.test.js'] } },
      ],
    })
    expect(report.state).toBe('completed')
    const [red = '', green = ''] = transcripts
    expect(red).toContain('None of the tests of the task is there yet')
    expect(red).toContain('test/double.test.js could not be loaded')
    expect(green).toContain('0 passed, 1 failed')
    expect(green).toContain('AC-1 double')
    expect(green).toContain('No test files of the suite')
    expect(green).toContain('1 passed, 0 failed')
    expect(green).toContain('not the verdict')
  })

  it('write and remove what tests report where the agent, which is at work meanwhile, cannot put a link', async () => {
    const where = `import { test } from 'node:test'
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
test('AC-1 double', () => {
  assert.equal('reports here: ' + readdirSync(process.env.TMPDIR).filter((name) => name.includes('.report')), '')
})
`
    const { transcripts } = await worked({
      red: [{ write: { 'test/double.test.js': where } }, { call: 'run_tests' }],
    })
    expect(transcripts[0]).toContain('reports here: ')
    expect(transcripts[0]).not.toContain('.report')
  })

  it('take its word that it cannot go on for an attempt, and for a reason that a person reads', async () => {
    const reason = `the service is not there, sk-ant-${'x'.repeat(30)}`
    const { report, attempts, state } = await worked({
      red: [numberTest('double'), { call: 'report_blocked', input: { reason } }],
    })
    expect(report.state).not.toBe('completed')
    expect(attempts.length).toBeGreaterThan(1)
    for (const { outcome } of attempts)
      expect(outcome).toEqual({
        kind: 'gave_up',
        cause: 'blocked',
        detail: 'the service is not there, [redacted]',
      })
    expect(state).toMatchObject({ state: 'failed' })
    expect(JSON.stringify(state)).toContain('the service is not there, [redacted]')
  })
})

async function worked(script: unknown) {
  const sample = engineSample(letterFiles)
  const argv = [process.execPath, await askingAgent(), JSON.stringify(script), '{prompt_file}']
  await using engine = await sample.open({ 'agents.command.argv': argv })
  const run = await sample.ingest(engine, PLAN)
  const report = await sample.run(engine, {}, { name: 'command', sessionFile: null, workers: 1 })
  const { store } = engine.world
  const { attempts } = await store.history(run, 'DOUBLE-1')
  const db = join(engine.stateDirectory, 'store.db')
  const transcripts = attempts.map(({ id }) => JSON.stringify(readTranscriptFile(db, { run, attempt: id })))
  const state = (await store.task(run, 'DOUBLE-1'))?.state
  return { report, attempts, transcripts, state }
}
