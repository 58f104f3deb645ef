import { describe, expect, it } from 'vitest'
import { judgeFull } from '../../src/domain/judge-full.ts'
import { judgeGreen } from '../../src/domain/judge-green.ts'
import { judgeRed } from '../../src/domain/judge-red.ts'
import { canonicalEvidence } from '../../src/verify/canonical.ts'
import { proving, testFile } from '../support/sample-project.ts'

const TESTS = {
  'test/parse.test.js': testFile({
    from: ['parse', '../src/parse.js'],
    tests: { 'AC-1 reads numbers': "assert.equal(parse('1'), 1)" },
  }),
}
const SOURCES = { 'src/parse.js': 'export const parse = (text) => Number(text)\n' }

describe('an honest task', () => {
  it('is proven from its tests to its landing, and no run is made twice', async () => {
    const { task, suite, laboratory, red, green, full } = proving({ repeats: 3 })
    const redEvidence = await red(TESTS)
    expect(judgeRed({ task, suite, evidence: redEvidence })).toEqual({ accepted: true })
    expect(redEvidence.touched).toMatchObject([
      {
        name: 'AC-1 reads numbers',
        criteria: ['AC-1'],
        standing: { kind: 'fails', reason: 'stub', perFile: false },
      },
    ])
    expect(redEvidence.stubs).toEqual([{ path: 'src/parse.js', names: ['parse'], kind: 'file' }])

    const greenEvidence = await green(TESTS, SOURCES, redEvidence)
    expect(judgeGreen({ task, suite, evidence: greenEvidence })).toEqual({ accepted: true })

    const fullEvidence = await full(TESTS, SOURCES, redEvidence)
    expect(judgeFull({ task, suite, evidence: fullEvidence })).toEqual({ accepted: true })
    expect(fullEvidence.repeats).toMatchObject([{ outcomes: ['passed', 'passed', 'passed'] }])

    const runs = laboratory.commands.length
    const again = await full(TESTS, SOURCES, redEvidence)
    expect(laboratory.commands.length).toBe(runs)
    const canonical = canonicalEvidence({ task, suite, red: redEvidence, full: fullEvidence })
    expect(canonicalEvidence({ task, suite, red: redEvidence, full: again })).toEqual(canonical)
    expect(canonical.digest).toMatch(/^sha256:[0-9a-f]{64}$/)
  })
})

describe('tests that use the sources while their file loads', () => {
  const head =
    "import test from 'node:test'\nimport assert from 'node:assert/strict'\nimport { parse } from '../src/parse.js'\n"

  it.each([
    [
      'known by its name',
      "const one = parse('1')\ntest('AC-1 reads numbers', () => assert.equal(one, 1))\n",
      'AC-1 reads numbers',
    ],
    [
      'known by its file alone',
      "for (const text of ['AC-1 reads'].concat([String(parse('1'))])) test(text, () => assert.equal(parse('1'), 1))\n",
      'test/parse.test.js',
    ],
  ])('are judged as one test, %s', async (_, body, name) => {
    const tests = { 'test/parse.test.js': head + body }
    const { task, suite, red, green, full } = proving({ repeats: 3 })
    const redEvidence = await red(tests)
    expect(redEvidence.touched).toMatchObject([
      { name, standing: { kind: 'fails', reason: 'stub', perFile: true } },
    ])
    expect(judgeRed({ task, suite, evidence: redEvidence })).toEqual({ accepted: true })
    const greenEvidence = await green(tests, SOURCES, redEvidence)
    expect(judgeGreen({ task, suite, evidence: greenEvidence })).toEqual({ accepted: true })
    const fullEvidence = await full(tests, SOURCES, redEvidence)
    expect(judgeFull({ task, suite, evidence: fullEvidence })).toEqual({ accepted: true })
    expect(fullEvidence.repeats).toMatchObject([{ outcomes: ['passed', 'passed', 'passed'] }])
    const empty = { 'src/parse.js': 'export const parse = () => process.exit(0)\n' }
    expect(judgeGreen({ task, suite, evidence: await green(tests, empty, redEvidence) }).accepted).toBe(false)
  })
})

describe('a task that only verifies', () => {
  it('is proven without sources of its own', async () => {
    const paths = {
      tests: ['test/add.test.js'],
      sources: ['src/add.js'],
      locks: ['test/add.test.js', 'src/add.js'],
    }
    const { task, suite, red, full } = proving({ task: { kind: 'verify_only', exports: ['add'], ...paths } })
    const tests = {
      'test/add.test.js': testFile({
        from: ['add', '../src/add.js'],
        tests: { adds: 'assert.equal(add(1, 2), 3)', 'AC-1 adds more': 'assert.equal(add(2, 2), 4)' },
      }),
    }
    const redEvidence = await red(tests)
    expect(judgeRed({ task, suite, evidence: redEvidence })).toEqual({ accepted: true })
    const fullEvidence = await full(tests, {}, redEvidence)
    expect(judgeFull({ task, suite, evidence: fullEvidence })).toEqual({ accepted: true })
    expect(fullEvidence.removal.standings).toMatchObject([
      { name: 'AC-1 adds more', standing: { kind: 'fails', reason: 'stub' } },
    ])
  })
})
