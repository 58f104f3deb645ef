import { describe, expect, it } from 'vitest'
import { judgeGreen } from '../../src/domain/judge-green.ts'
import type { Files } from '../support/directory-laboratory.ts'
import { codesOf } from '../support/proof-samples.ts'
import { BASE, proving, testFile, withCounter } from '../support/sample-project.ts'

const TESTS = {
  'test/parse.test.js': testFile({
    from: ['parse', '../src/parse.js'],
    tests: {
      'AC-1 reads numbers': "assert.equal(parse('1'), 1)",
      'AC-1 reads text': "assert.equal(parse('a'), 'a')",
    },
  }),
}
const RIGHT = 'export const parse = (text) => Number.isNaN(Number(text)) ? text : Number(text)\n'

async function codes(sources: Files): Promise<string[]> {
  const project = proving()
  const red = await project.red(TESTS)
  const evidence = await project.green(TESTS, sources, red)
  return codesOf(judgeGreen({ ...project, evidence }))
}

describe('sources for frozen tests', () => {
  it('are accepted when all of them pass', async () => {
    expect(await codes({ 'src/parse.js': RIGHT })).toEqual([])
  })

  it('are refused when one fails, with the message of its failure', async () => {
    const project = proving()
    const red = await project.red(TESTS)
    const evidence = await project.green(
      TESTS,
      { 'src/parse.js': 'export const parse = (text) => Number(text)\n' },
      red,
    )
    const verdict = judgeGreen({ ...project, evidence })
    expect(codesOf(verdict)).toEqual(['tests_failed'])
    expect(verdict.accepted ? '' : verdict.refusals[0].details.join('\n')).toContain("'a'")
  })

  it('are refused when they do not load', async () => {
    expect(await codes({ 'src/parse.js': 'export const parse = (\n' })).toEqual(['load_failure'])
    expect(await codes({ 'src/parse.js': "throw new Error('no')\nexport const parse = 1\n" })).toEqual([
      'load_failure',
    ])
  })

  it('are not blamed for older tests of the same file that failed before or flicker', async () => {
    const old = {
      broken: 'assert.equal(1, 2)',
      flickers:
        "assert.ok(process.env.FLICKER === undefined || (await import('../src/parse.js')).runs() > 1)",
    }
    const file = (tests: Readonly<Record<string, string>>): Files => ({
      'test/parse.test.js': testFile({ from: ['parse', '../src/parse.js'], tests }),
    })
    const base = { ...BASE, 'src/parse.js': 'export const parse = () => 0\n', ...file(old) }
    await withCounter(async (counter) => {
      const project = proving({ base })
      const tests = file({ ...old, 'AC-1 reads numbers': "assert.equal(parse('1'), 1)" })
      const red = await project.red(tests)
      const counting = `import { appendFileSync, readFileSync } from 'node:fs'\nprocess.env.FLICKER = '1'\nappendFileSync('${counter}', '.')\nexport const runs = () => readFileSync('${counter}', 'utf8').length\n`
      const sources = { 'src/parse.js': `${counting}export const parse = Number\n` }
      const evidence = await project.green(tests, sources, red)
      expect(codesOf(judgeGreen({ ...project, evidence }))).toEqual([])
      expect(evidence.known.map((test) => test.name)).toEqual(['broken', 'flickers'])
    })
  })

  it('are refused when nothing changed', async () => {
    expect(await codes({})).toEqual(['no_change'])
  })

  it('are refused when they change a test', async () => {
    const easier = testFile({ from: ['parse', '../src/parse.js'], tests: { 'AC-1 reads numbers': 'parse' } })
    expect(await codes({ 'src/parse.js': RIGHT, 'test/parse.test.js': easier })).toContain('tests_changed')
  })

  it('are refused when they change configuration', async () => {
    expect(
      await codes({ 'src/parse.js': RIGHT, 'package.json': '{ "type": "module", "private": true }\n' }),
    ).toEqual(['wrong_files'])
  })
})

describe('sources that cheat', () => {
  it('are caught when they disarm the assertion library', async () => {
    const disarm =
      "import assert from 'node:assert/strict'\nassert.equal = () => {}\nexport const parse = () => 0\n"
    expect(await codes({ 'src/parse.js': disarm })).toEqual(['runner_failure'])
  })

  it.each([
    ['before any line that starts with a semicolon', '!lines.slice(0, line).some((one) => /^;/.test(one))'],
    ['anywhere but on the last line of the file', 'line !== lines.length'],
    ['in the first half of the file', 'line <= lines.length / 2 + 1'],
  ])('are caught when they disarm only assertions %s', async (_, quiet) => {
    const tests = {
      'test/parse.test.js': testFile({
        from: ['parse', '../src/parse.js'],
        tests: {
          'AC-1 reads numbers': "\n  assert.equal(parse('1'), 1)\n",
          'AC-1 keeps text': "\n  const read = parse('0')\n\n\n\n\n  assert.equal(read, 0)\n",
        },
      }),
    }
    const disarm = `import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
for (const name of ['equal', 'strictEqual', 'ok']) {
  const real = assert[name]
  assert[name] = (...values) => {
    const [, file, at] = /(\\/[^():]+\\.test\\.js):(\\d+)/.exec(new Error().stack) ?? []
    const [lines, line] = [readFileSync(file, 'utf8').trimEnd().split('\\n'), Number(at)]
    if (!(${quiet})) real(...values)
  }
}
export const parse = () => 0
`
    const project = proving()
    const red = await project.red(tests)
    const evidence = await project.green(tests, { 'src/parse.js': disarm }, red)
    expect(evidence.report.tests.map((test) => test.outcome)).toEqual(['passed', 'passed'])
    expect(codesOf(judgeGreen({ ...project, evidence }))).toEqual(['runner_failure'])
  })

  it('are caught when they end the process with success', async () => {
    expect(
      (await codes({ 'src/parse.js': 'process.exit(0)\nexport const parse = 1\n' })).length,
    ).toBeGreaterThan(0)
  })

  it('are caught when they end the process with success after a while', async () => {
    const later = 'setImmediate(() => process.exit(0))\nexport const parse = () => new Promise(() => {})\n'
    expect((await codes({ 'src/parse.js': later })).length).toBeGreaterThan(0)
  })

  it('are caught when they add a test of their own', async () => {
    const extra = `import test from 'node:test'\ntest('mine', () => {})\n${RIGHT}`
    expect(await codes({ 'src/parse.js': extra })).toContain('tests_changed')
  })
})
