import { spawnSync } from 'node:child_process'
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { backtest, type BacktestOptions } from '../../src/engine/backtest/backtest.ts'
import type { BacktestReport } from '../../src/protocol/output/backtest-report.ts'
import { openBench } from '../../src/engine/open.ts'
import { prove } from '../../src/engine/prove.ts'
import { DRILL } from '../support/drill.ts'
import { ONCE } from '../support/engine-sample.ts'
import { printedDocuments } from '../support/printed-documents.ts'
import { type TempFiles, type TempRepo, tempRepo } from '../support/temp-repo.ts'

describe('orchestrator backtest', () => {
  it('prints one document on stdout and its progress on stderr', () => {
    const repo = tempRepo(BEGINNING)
    repo.commit({ 'README.md': 'more\n' }, 'Say more')
    const { status, stdout, stderr } = commandLine(repo, ['--limit', '1', '--workers', '2', '--json'])
    expect([status, JSON.parse(stdout)]).toMatchObject([
      0,
      {
        commits: 1,
        tasks: 0,
        proven: 0,
        carried: 1,
        refused: [],
        conflicts: 0,
        treeMatches: true,
        workers: 2,
      },
    ])
    expect(stderr).toContain('[1/1] carried')
  })

  it('takes the suites of a file, and refuses one with mistakes', () => {
    const repo = tempRepo({ 'one.js': 'export const one = 1\n' })
    repo.commit({ 'one.js': 'export const one = 2\n' })
    const suite = { runner: 'node', tests: ['spec/**'], sources: ['*.js'] }
    const config = join(repo.directory, 'suites.json')
    writeFileSync(config, JSON.stringify({ project: { suites: [suite] } }))
    const taken = commandLine(repo, ['--config', config, '--json'])
    expect([taken.status, JSON.parse(taken.stdout)]).toMatchObject([0, { commits: 1, carried: 1 }])
    writeFileSync(config, JSON.stringify({ project: { suites: [{ ...suite, test: [] }] } }))
    const refused = commandLine(repo, ['--config', config, '--json'])
    expect([refused.status, JSON.parse(refused.stdout)]).toMatchObject([
      2,
      { error: { code: 'config_invalid' } },
    ])
    expect(JSON.parse(refused.stdout).error.message).toContain('project.suites[0].test')
  })
})

describe('a replayed history', () => {
  it.runIf(DRILL)(
    'comes to the same tree and the same counts with one worker and with four, and leaves the repository as it was',
    async () => {
      const repo = historyOfMany()
      const before = stateOf(repo)
      const one = await replay(repo, { from: 'start', workers: 1 })
      expect(one).toMatchObject({
        commits: 13,
        tasks: 10,
        proven: 8,
        carried: 5,
        conflicts: 0,
        treeMatches: true,
      })
      expect(one.refused).toMatchObject([
        { commit: repo.git('rev-parse', 'gone'), stage: 'red' },
        { commit: repo.git('rev-parse', 'passes'), stage: 'red', code: 'unexpected_green' },
      ])
      const told: string[] = []
      const four = await replay(repo, { from: 'start', workers: 4, onProgress: (line) => told.push(line) })
      expect(four).toEqual({ ...one, workers: 4, wallMs: four.wallMs, engineMs: four.engineMs })
      expect(stateOf(repo)).toEqual(before)
      expect(leftIn(repo)).toEqual([])
    },
  )

  it.runIf(DRILL)('tries a task again that was refused on a base without what it needs', async () => {
    const repo = tempRepo(BEGINNING)
    repo.commit(
      feature(
        'slow',
        'async () => await new Promise((done) => setTimeout(done, 2000, 1))',
        'await slow()',
        '1',
      ),
      'Add slow',
    )
    repo.commit(
      {
        'src/other.js': "import { slow } from './slow.js'\nexport const other = () => typeof slow\n",
        ...test('other', 'other()', "'function'", 'needs slow'),
      },
      'Use slow',
    )
    const told: string[] = []
    const report = await replay(repo, { workers: 2, onProgress: (line) => told.push(line) })
    expect(report).toMatchObject({ tasks: 2, proven: 2, refused: [], treeMatches: true })
    expect(told.filter((line) => line.includes('once more'))).toMatchObject([
      expect.stringContaining('green load_failure'),
    ])
  })

  it('can be left behind, with landings that can be proven again', async () => {
    const repo = tempRepo(BEGINNING)
    repo.commit(feature('twice', '(n) => n * 2', 'twice(2)', '4'), 'Add twice')
    repo.commit({ 'README.md': 'more\n' }, 'Say more')
    const keep = join(repo.directory, 'kept')
    const report = await replay(repo, { limit: 2, keep })
    expect(report).toMatchObject({ commits: 2, tasks: 1, proven: 1, carried: 1, treeMatches: true })
    await using bench = await openBench({
      directory: join(keep, 'repository'),
      env: { ...repo.env, XDG_STATE_HOME: repo.state },
      flags: ONCE,
    })
    const proven = await prove(bench, {
      range: 'tdd/backtest',
      trustEvidence: false,
      signal: new AbortController().signal,
      onLanding: () => undefined,
    })
    expect(proven).toEqual({ checked: 1, proven: 1, waived: [], broken: [] })
  })

  it('counts a helper beside the tests to them where no source pattern takes it', async () => {
    const helper = "import assert from 'node:assert/strict'\nexport const check = assert.equal\n"
    const repo = tempRepo({ ...BEGINNING, 'tools/check.js': helper })
    repo.commit(
      {
        ...feature('twice', '(n) => n * 2', 'twice(2)', '4'),
        'test/same.test.js': `import { test } from 'node:test'
import { assertSame } from '../tools/check.js'
import { twice } from '../src/twice.js'
test('is twice as much', () => assertSame(twice(1), 2))
`,
        'tools/check.js': `${helper}export const assertSame = check\n`,
      },
      'Add twice',
    )
    expect(await replay(repo, {})).toMatchObject({ tasks: 1, proven: 1, refused: [], treeMatches: true })
  })

  it.each([
    ['a revision that nobody has', { from: 'nowhere' }, 'revision_unknown'],
    ['a beginning that is no ancestor of the end', { from: 'HEAD', to: 'HEAD~1' }, 'usage'],
    ['a range without commits', { from: 'HEAD' }, 'nothing_to_check'],
  ])('refuses %s', async (_, range, code) => {
    const repo = tempRepo(BEGINNING)
    repo.commit({ 'README.md': 'more\n' })
    const before = stateOf(repo)
    await expect(replay(repo, range)).rejects.toMatchObject({ code })
    expect(stateOf(repo)).toEqual(before)
  })

  it('refuses to keep anything inside the repository or among the files of somebody', async () => {
    const repo = tempRepo(BEGINNING)
    repo.commit({ 'README.md': 'more\n' })
    const linked = join(repo.directory, 'linked')
    repo.git('worktree', 'add', '--quiet', '--detach', linked)
    for (const keep of [join(repo.root, 'kept'), join(linked, 'kept'), repo.home]) {
      await expect(replay(repo, { keep })).rejects.toMatchObject({ code: 'usage' })
    }
    expect([readdirSync(repo.root).includes('kept'), readdirSync(repo.home)]).toEqual([false, ['.gitconfig']])
  })

  it('begins where a shallow clone ends, and says how to get the history where nothing is left', async () => {
    const origin = tempRepo(BEGINNING)
    for (const text of ['more\n', 'and more\n']) origin.commit({ 'README.md': text }, 'Say more')
    const repo = tempRepo({})
    const cloned = (depth: number): void => {
      repo.git('fetch', '--quiet', `--depth=${depth}`, `file://${origin.root}`, 'main')
      repo.git('checkout', '--quiet', '--detach', 'FETCH_HEAD')
    }
    cloned(1)
    await expect(replay(repo, {})).rejects.toMatchObject({
      code: 'nothing_to_check',
      hint: expect.stringContaining('git fetch --unshallow') as string,
    })
    cloned(2)
    expect(await replay(repo, {})).toMatchObject({ commits: 1, carried: 1, treeMatches: true })
  })

  it('refuses a directory that is not there', async () => {
    const repo = tempRepo(BEGINNING)
    const directory = join(repo.directory, 'elsewhere')
    await expect(replay(repo, { directory })).rejects.toMatchObject({ code: 'repository_missing' })
  })

  it('ends before it begins where setup works at neither end of the history, and says why', async () => {
    const noise = Array.from({ length: 9 }, (_, index) => `console.error('step ${index}')`).join('\n')
    const says = `console.error('ERROR: nothing provides left-pad')\n${noise}\nprocess.exit(1)\n`
    const repo = tempRepo({ ...BEGINNING, 'setup.mjs': says })
    repo.commit(feature('twice', '(n) => n * 2', 'twice(2)', '4'), 'Add twice')
    const suites: BacktestOptions['suites'] = (found) =>
      found.map((suite) => ({ ...suite, setup: [['node', 'setup.mjs']] }))
    const told: string[] = []
    const replayed = (): Promise<unknown> => replay(repo, { suites, onProgress: (line) => told.push(line) })
    await expect(replayed()).rejects.toMatchObject({
      code: 'setup_failed',
      message: expect.stringMatching(/nothing provides left-pad[^]*step 8/) as string,
      hint: expect.stringContaining('--config') as string,
    })
    expect([told, leftIn(repo)]).toEqual([['Making suite main ready: node setup.mjs'], []])
    const manifest = '{ "name": "sample", "type": "module", "version": "2.0.0" }\n'
    repo.commit({ 'setup.mjs': '', 'package.json': manifest }, 'Mend setup')
    expect(await replay(repo, { suites })).toMatchObject({ tasks: 1, proven: 0, treeMatches: true })
  })

  it('refuses a repository in which no suite is found', async () => {
    const repo = tempRepo({ 'README.md': 'words\n' })
    repo.commit({ 'README.md': 'more\n' })
    await expect(replay(repo, {})).rejects.toMatchObject({ code: 'suite_unknown' })
    expect(leftIn(repo)).toEqual([])
  })
})

const BEGINNING: TempFiles = {
  'package.json':
    '{ "name": "sample", "type": "module", "version": "1.0.0", "scripts": { "test": "node --test" } }\n',
  'src/one.js': 'export const one = 1\n',
  ...test('one', 'one', '1', 'is one'),
}

/** Thirteen commits along first parents after `start`, of every kind, in a checkout that is not clean. */
function historyOfMany(): TempRepo {
  const repo = tempRepo(BEGINNING)
  repo.git('tag', 'start')
  repo.commit(feature('twice', '(n) => n * 2', 'twice(2)', '4'), 'Add twice')
  repo.commit(test('one', 'one', '1', 'is still one'), 'Test one differently')
  repo.commit({ 'README.md': 'words\n' }, 'Say something')
  repo.commit(
    {
      'src/one.js': null,
      'src/first.js': 'export const first = 1\n',
      'test/one.test.js': null,
      ...test('first', 'first', '1', 'is one'),
    },
    'Rename one',
  )
  repo.commit(
    {
      ...feature('tool', '() => 7', 'tool()', '7'),
      'bin/tool': { script: '#!/bin/sh\necho 7\n' },
      latest: { link: 'bin/tool' },
      'logo.png': Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0xff]),
    },
    'Add a tool with a link, a script and a picture',
  )
  repo.commit({ ...feature('old', '() => 1', 'old()', '1') }, 'Add what goes again')
  repo.commit(
    { 'src/old.js': null, 'test/old.test.js': null, 'src/first.js': 'export const first = 0 + 1\n' },
    'Take it away',
  )
  repo.git('tag', 'gone')
  repo.commit(
    { 'src/first.js': 'export const first = 1\n', ...test('first', 'first', '1', 'is one, as before') },
    'Test what is there',
  )
  repo.git('tag', 'passes')
  repo.commit(
    {
      'src/four.js': "import { twice } from './twice.js'\nexport const four = () => twice(2)\n",
      ...test('four', 'four()', '4', 'is twice two'),
    },
    'Use twice without touching it',
  )
  repo.commit(feature('twice', '(n, times = 1) => n * 2 ** times', 'twice(2, 2)', '8'), 'Let twice go on')
  repo.commit(
    feature('twice', '(n, times = 1) => n * 2 ** Math.max(0, times)', 'twice(2, -1)', '2'),
    'Bound twice',
  )
  repo.git('switch', '--quiet', '--create', 'side', 'HEAD~2')
  repo.commit(feature('half', '(n) => n / 2', 'half(2)', '1'), 'Add half')
  repo.commit({ 'notes.md': 'on the side\n' }, 'Note it')
  repo.git('switch', '--quiet', 'main')
  repo.git('merge', '--quiet', '--no-ff', '-m', 'Merge half', 'side')
  repo.commit({ 'bin/tool': '#!/bin/sh\necho 7\n', latest: null }, 'Take the mode and the link away')
  repo.git('update-index', '--chmod=-x', 'bin/tool')
  repo.git('commit', '--quiet', '--amend', '--no-edit', '--allow-empty')
  repo.write({ 'README.md': 'not committed\n', 'left.txt': 'untracked\n', 'staged.txt': 'staged\n' })
  repo.git('add', 'staged.txt')
  return repo
}

function test(name: string, actual: string, expected: string, title: string): TempFiles {
  const text = `import { test } from 'node:test'
import assert from 'node:assert/strict'
import { ${name} } from '../src/${name}.js'
test('${title}', async () => assert.equal(${actual}, ${expected}))
`
  return { [`test/${name}.test.js`]: text }
}

function feature(name: string, body: string, actual: string, expected: string): TempFiles {
  return {
    [`src/${name}.js`]: `export const ${name} = ${body}\n`,
    ...test(name, actual, expected, `knows ${name}: ${actual}`),
  }
}

function commandLine(
  repo: TempRepo,
  args: readonly string[],
): { status: number | null; stdout: string; stderr: string } {
  const main = join(import.meta.dirname, '../../src/cli/main.ts')
  const env = { ...repo.env, XDG_STATE_HOME: repo.state }
  const called = ['backtest', repo.root, ...args]
  const end = spawnSync(process.execPath, [main, ...called], { env, encoding: 'utf8' })
  printedDocuments(called, { ...end, code: end.status })
  return end
}

/** Files that are left in the state directory. */
function leftIn(repo: TempRepo): string[] {
  return readdirSync(repo.state, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name))
}

/** Everything in the repository that a run could have changed. */
function stateOf(repo: TempRepo): Record<string, string> {
  const inGit = (name: string): string => readFileSync(join(repo.root, '.git', name), 'base64')
  return {
    refs: repo.git('for-each-ref'),
    head: inGit('HEAD'),
    index: inGit('index'),
    config: inGit('config'),
    names: readdirSync(join(repo.root, '.git')).join(' '),
    objects: repo.git('count-objects', '-v'),
    files: readdirSync(repo.root).join(' '),
    status: repo.git('-c', 'core.optionalLocks=false', 'status', '--porcelain'),
  }
}

async function replay(repo: TempRepo, options: Partial<BacktestOptions>): Promise<BacktestReport> {
  const faults: unknown[] = []
  const report = await backtest({
    directory: repo.root,
    env: { ...repo.env, XDG_STATE_HOME: repo.state },
    flags: ONCE,
    from: null,
    to: 'HEAD',
    limit: null,
    workers: 1,
    suites: null,
    keep: null,
    winding: new AbortController().signal,
    stopping: new AbortController().signal,
    onProgress: (line) => {
      if (process.env['TDD_TEST_TRACE'] !== undefined) process.stderr.write(`${line}\n`)
    },
    report: (thrown) => faults.push(thrown),
    ...options,
  })
  expect(faults).toEqual([])
  return report
}
