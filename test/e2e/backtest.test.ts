import { describe, expect, it } from 'vitest'
import { backtest, type BacktestOptions, type BacktestReport } from '../../src/engine/backtest/backtest.ts'
import { type TempFiles, type TempRepo, tempRepo } from '../support/temp-repo.ts'

describe('a replayed history', () => {
  it('proves what was built test-first and carries the rest', async () => {
    const repo = tempRepo(BEGINNING)
    const first = repo.git('rev-parse', 'HEAD')
    repo.commit(feature('twice', '(n) => n * 2', 'twice(2)', '4'), 'Add twice')
    repo.commit({ 'README.md': 'more\n' }, 'Say more')
    const late = repo.commit(
      { 'src/one.js': 'export const one = 1 // still\n', ...test('one', 'one', '1', 'is one again') },
      'Test what is there',
    )
    const report = await replay(repo, { from: first })
    expect(report).toMatchObject({
      commits: 3,
      tasks: 2,
      proven: 1,
      carried: 2,
      treeMatches: true,
      workers: 1,
    })
    expect(report.refused).toMatchObject([{ commit: late, stage: 'red', code: 'unexpected_green' }])
  })
})

const BEGINNING: TempFiles = {
  'package.json':
    '{ "name": "sample", "type": "module", "version": "1.0.0", "scripts": { "test": "node --test" } }\n',
  'src/one.js': 'export const one = 1\n',
  ...test('one', 'one', '1', 'is one'),
}

function test(name: string, actual: string, expected: string, title: string): TempFiles {
  const text = `import { test } from 'node:test'
import assert from 'node:assert/strict'
import { ${name} } from '../src/${name}.js'
test('${title}', () => assert.equal(${actual}, ${expected}))
`
  return { [`test/${name}.test.js`]: text }
}

function feature(name: string, body: string, actual: string, expected: string): TempFiles {
  return {
    [`src/${name}.js`]: `export const ${name} = ${body}\n`,
    ...test(name, actual, expected, `knows ${name}`),
  }
}

async function replay(repo: TempRepo, options: Partial<BacktestOptions>): Promise<BacktestReport> {
  const faults: unknown[] = []
  const report = await backtest({
    directory: repo.root,
    env: { ...repo.env, XDG_STATE_HOME: repo.state },
    flags: {},
    from: null,
    to: 'HEAD',
    limit: null,
    workers: 1,
    suites: null,
    keep: null,
    winding: new AbortController().signal,
    stopping: new AbortController().signal,
    onProgress: () => undefined,
    report: (thrown) => faults.push(thrown),
    ...options,
  })
  expect(faults).toEqual([])
  return report
}
