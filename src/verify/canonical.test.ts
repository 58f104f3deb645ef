import { describe, expect, it } from 'vitest'
import {
  failure,
  fullEvidence,
  greenEvidence,
  redEvidence,
  sampleSuite,
  sampleTask,
  testReport,
  testResult,
  touchedTest,
} from '../../test/support/proof-samples.ts'
import { canonicalEvidence } from './canonical.ts'
import { readCanonical } from './read-canonical.ts'

const BASIS = { task: sampleTask(), suite: sampleSuite(), red: redEvidence(), full: fullEvidence() }

function noisy(message: string, durationMs: number): typeof BASIS.full {
  const result = testResult('old', 'failed', { durationMs, failure: failure({ message }) })
  const standing = { kind: 'fails', reason: 'assertion', message, perFile: false } as const
  return fullEvidence({
    green: greenEvidence({ report: testReport([result], { durationMs, output: message }) }),
    removal: { standings: [touchedTest('AC-1 reads numbers', standing)], stubs: [] },
  })
}

describe('canonical evidence', () => {
  it('is the same whatever the machine, the time and the messages were', () => {
    const one = canonicalEvidence({ ...BASIS, full: noisy('at /tmp/a:1', 5) })
    expect(canonicalEvidence({ ...BASIS, full: noisy('at /srv/b:2', 7) })).toEqual(one)
    expect(one.text).not.toContain('/tmp')
  })

  it('does not depend on the order in which members were written', () => {
    const task = Object.fromEntries(Object.entries(BASIS.task).toReversed()) as unknown as typeof BASIS.task
    expect(canonicalEvidence({ ...BASIS, task })).toEqual(canonicalEvidence(BASIS))
  })

  it('changes with what was proven', () => {
    const { digest } = canonicalEvidence(BASIS)
    expect(canonicalEvidence({ ...BASIS, suite: sampleSuite({ args: ['--x'] }) }).digest).not.toBe(digest)
    expect(canonicalEvidence({ ...BASIS, red: redEvidence({ touched: [] }) }).digest).not.toBe(digest)
    expect(canonicalEvidence({ ...BASIS, trees: { base: 'b' } }).digest).not.toBe(digest)
  })

  it('holds what measuring again needs', () => {
    const held = JSON.parse(canonicalEvidence({ ...BASIS, trees: { red: 'r1' } }).text) as Record<
      string,
      unknown
    >
    expect(held).toMatchObject({
      version: 1,
      suite: { runner: 'node', tests: ['test/**'] },
      task: { key: 'PARSE-1', kind: 'implement', tests: ['test/parse.test.js'], exports: [], verify: [] },
      trees: { red: 'r1' },
      tests: [
        { name: 'AC-1 reads numbers', bodyHash: 'b0', standing: { kind: 'fails', reason: 'assertion' } },
      ],
    })
  })

  it('is read back as the task, the suite and the tests that it proves', () => {
    const { text } = canonicalEvidence({ ...BASIS, trees: { red: 'r1' } })
    const read = readCanonical(text)
    const again = {
      task: read.task,
      suite: read.suite,
      red: { ...redEvidence(), touched: read.tests },
      full: BASIS.full,
      trees: read.trees,
    }
    expect(canonicalEvidence(again).text).toBe(text)
  })

  it.each(['', 'no json', '{}', '{"version":99}'])('refuses to read "%s"', (text) => {
    expect(() => readCanonical(text)).toThrow(expect.objectContaining({ code: 'evidence_missing' }))
  })
})
