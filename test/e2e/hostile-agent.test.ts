import { existsSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { DRILL } from '../support/drill.ts'
import { type EngineSample, engineSample } from '../support/engine-sample.ts'
import { letterFiles, letterSource } from '../support/letters.ts'
import {
  type Actions,
  allEvents,
  eventWhere,
  type PlayedTasks,
  playedPlan,
  playedSession,
  refusalLines,
  testPath,
  writesSource,
  writesTest,
} from '../support/played-tasks.ts'
import { containedWith } from '../support/processes.ts'
import { repositoryPicture } from '../support/repository-picture.ts'
import { MODES, whyNoSandbox } from '../support/sandbox.ts'

const noSandbox = await whyNoSandbox()
const LIMITS = { treeBytes: 4 * 1024 * 1024, treeFiles: 300, redFix: 20, green: 20 }

/** Each of them goes on trying until it is honest; no circuit is to hold it back meanwhile. */
const PATIENT = { 'circuits.stage.maxFailures': 1000, 'circuits.worker.maxFailures': 1000 }

/** Without a sandbox too where it is asked for, or where there is none. */
const PLAYED = MODES.filter(({ sandbox }) => DRILL || (sandbox === 'auto') === (noSandbox === null))

describe.each(PLAYED)('an agent that does its worst ($name)', ({ sandbox }) => {
  it.skipIf(sandbox === 'auto' && noSandbox !== null)(
    'is refused by name each time it writes tests, stops nobody else, and leaves nothing behind',
    async () => {
      const sample = hostileSample()
      const marker = join(tmpdir(), `tdd-hostile-${process.pid}-${sandbox}`)
      const elsewhere = [sample.repo.root, sample.repo.home, sample.stateHome, marker]
      const attacks: readonly Actions[] = [
        attack('fs.mkdirSync("sub/.git", { recursive: true }); fs.writeFileSync("sub/.git/HEAD", "x")'),
        [{ run: ['mkfifo', 'test/pipe.test.js'] }],
        attack('require("net").createServer().listen("test/socket", () => process.exit(0))', 'setTimeout'),
        attack('fs.writeFileSync("src/big.bin", ""); fs.truncateSync("src/big.bin", 2 ** 30)'),
        attack('fs.mkdirSync("many"); for (let i = 0; i < 400; i++) fs.writeFileSync(`many/${i}`, "")'),
        attack('process.kill(process.ppid, "SIGKILL")'),
        [{ run: ['sh', '-c', 'yes flood | head -c 40000000'] }],
        attack('fs.symlinkSync("/etc/passwd", "test/hostile.test.js")'),
        attack('for (const name of fs.readdirSync(".")) fs.rmSync(name, { recursive: true, force: true })'),
      ]
      const survivors = [
        ...(sandbox === 'auto' ? attack(writesInto(elsewhere)) : []),
        { run: ['git', 'commit', '-q', '--allow-empty', '-m', 'mine'] },
        { run: ['git', 'update-ref', 'refs/heads/main', 'HEAD'] },
        { run: ['git', 'config', 'core.hooksPath', '.'] },
        {
          write: {
            '.git/info/attributes': '* text eol=crlf filter=x\n',
            '.git/hooks/pre-commit': 'exit 1\n',
          },
        },
        ...attack(SURVIVOR),
      ]
      const tasks: PlayedTasks = {
        HONEST: {},
        HOSTILE: { red: [attacks[0] ?? []], red_fix: attacks.slice(1), green: [] },
        SURVIVOR: {
          red: [[...writesTest('SURVIVOR'), ...survivors]],
          green: [[...writesSource('SURVIVOR'), ...survivors]],
        },
      }
      const before = repositoryPicture(sample.repo)
      {
        await using engine = await sample.open(PATIENT, sandbox)
        await sample.ingest(engine, playedPlan(tasks, { limits: LIMITS }))
        const report = await sample.run(engine, playedSession(tasks))
        expect(report.contained).toBe(sandbox === 'auto')
        expect(refusalLines(report)).toEqual([
          'HOSTILE red forbidden_path',
          'HOSTILE red_fix forbidden_path',
          'HOSTILE red_fix forbidden_path',
          'HOSTILE red_fix forbidden_path',
          'HOSTILE red_fix forbidden_path',
          'HOSTILE red_fix forbidden_path',
          'HOSTILE red_fix wrong_files',
        ])
        const gaveUp = (await allEvents(engine)).filter(({ kind }) => kind === 'attempt_gave_up')
        expect(gaveUp.map(({ data }) => data['cause'])).toEqual(['crash', 'crash'])
        expect(report.landed.map(({ task }) => task).sort()).toEqual(['HONEST', 'SURVIVOR'])
        const files = sample.repo.git('ls-tree', '-r', '--name-only', report.target ?? '').split('\n')
        expect(files).toEqual(
          [
            ...Object.keys(letterFiles),
            'src/honest.js',
            'src/survivor.js',
            'test/honest.test.js',
            'test/survivor.test.js',
          ].sort(),
        )
        expect(sample.repo.git('show', `${report.target}:src/survivor.js`)).toBe(
          letterSource('SURVIVOR').trimEnd(),
        )
        expect(containedWith(sample.stateHome)).toEqual([])
      }
      expect(repositoryPicture(sample.repo)).toEqual(before)
      expect(existsSync(marker)).toBe(false)
      expect(readdirSync(sample.repo.home)).toEqual(['.gitconfig'])
      expect(readdirSync(sample.stateHome).filter((name) => name.includes('hostile'))).toEqual([])
      rmSync(marker, { force: true })
    },
  )

  it.skipIf(sandbox === 'auto' && noSandbox !== null)(
    'is refused by name each time it writes sources, until they are honest',
    async () => {
      const sample = hostileSample()
      const wrong = { write: { 'src/hostile.js': "export const hostile = () => 'wrong'\n" } }
      const attempts: readonly (readonly [string, Actions])[] = [
        ['tests_changed', [...writesSource('HOSTILE'), { write: { [testPath('HOSTILE')]: '' } }]],
        ['tests_changed', [{ delete: ['test/index.test.js'] }]],
        ['wrong_files', [{ write: { '.tdd/config.toml': '[run]\n' } }]],
        ['wrong_files', [{ edit: { 'package.json': [['"1.0.0"', '"2.0.0"']] } }]],
        ['wrong_files', [{ write: { '.gitattributes': '* text eol=crlf filter=x\n' } }]],
        ['wrong_files', [{ write: { '.npmrc': 'node-options=--import=./src/hostile.js\n' } }]],
        ['tests_failed', [wrong, ...attack(FORGERIES)]],
        ['runner_failure', [{ write: { 'src/hostile.js': DISARMS } }]],
        ['runner_failure', [{ write: { 'src/hostile.js': DISARMS_THE_RUNNER } }]],
        ['runner_failure', [{ write: { 'src/hostile.js': 'process.exit(0)\nexport const hostile = 1\n' } }]],
        [
          'runner_failure',
          [{ write: { 'src/hostile.js': 'export const hostile = () => process.exit(0)\n' } }],
        ],
        ['tests_changed', [{ write: { 'src/hostile.js': ADDS_TESTS } }]],
      ]
      const honest = [...writesSource('HOSTILE'), { write: { '.gitignore': '*\n' } }]
      const tasks: PlayedTasks = {
        HOSTILE: { green: [...attempts.map(([, actions]) => actions), honest] },
        HONEST: {},
      }
      const before = repositoryPicture(sample.repo)
      await using engine = await sample.open(PATIENT, sandbox)
      await sample.ingest(engine, playedPlan(tasks, { limits: LIMITS }))
      const report = await sample.run(engine, playedSession(tasks))
      expect(refusalLines(report)).toEqual(attempts.map(([code]) => `HOSTILE green ${code}`))
      expect(report).toMatchObject({ state: 'completed', tasks: { completed: 2 } })
      expect(sample.repo.git('show', `${report.target}:src/hostile.js`)).toBe(
        letterSource('HOSTILE').trimEnd(),
      )
      expect(sample.repo.git('show', `${report.target}:.gitignore`)).toBe('*')
      expect(repositoryPicture(sample.repo)).toEqual(before)
      expect(containedWith(sample.stateHome)).toEqual([])
    },
  )
})

describe("a task's tests", () => {
  it('find neither later commits nor those of other branches in the tree of an agent', async () => {
    const sample = hostileSample()
    sample.repo.git('checkout', '-q', '-b', 'answers')
    const answer = sample.repo.commit({ 'src/seer.js': letterSource('SEER') }, 'The answer')
    sample.repo.git('checkout', '-q', 'main')
    const seen = { run: ['sh', '-c', `git cat-file -e ${answer} && echo seen > src/seen.js; exit 0`] }
    const all = { run: ['sh', '-c', 'git rev-list --all --reflog | wc -l > src/commits.txt'] }
    const tasks: PlayedTasks = { SEER: { green: [[...writesSource('SEER'), seen, all]] } }
    await using engine = await sample.open()
    await sample.ingest(engine, playedPlan(tasks))
    const report = await sample.run(engine, playedSession(tasks))
    expect(report).toMatchObject({ state: 'completed' })
    const show = (path: string): string => sample.repo.git('show', `${report.target}:${path}`)
    expect(sample.repo.git('ls-tree', '-r', '--name-only', report.target ?? '')).not.toContain('seen.js')
    expect(Number(show('src/commits.txt'))).toBeLessThanOrEqual(2)
    await eventWhere(engine, ({ kind }) => kind === 'run_ended')
  })
})

function hostileSample(): EngineSample {
  const sample = engineSample(letterFiles)
  sample.repo.write({ 'untracked.txt': 'mine\n', 'src/index.js': 'export const version = 2\n' })
  return sample
}

/** A program that the agent runs in its tree; it ends by itself at the latest when its containment does. */
function attack(code: string, last = ''): Actions {
  return [{ run: ['node', '-e', `const fs = require('fs'); ${code}; ${last}`] }]
}

/** Starts a process that leaves its group and its session, and writes into the tree when the attempt is long over. */
const SURVIVOR = `
const { spawn } = require('child_process')
const writes = 'setInterval(() => { try { require("fs").writeFileSync("src/late.js", "") } catch {} }, 2000)'
const again = 'require("child_process").spawn(process.execPath, ["-e", ' + JSON.stringify(writes) + '], { detached: true, stdio: "ignore" }).unref()'
spawn(process.execPath, ['-e', again], { detached: true, stdio: 'ignore' }).unref()
`

function writesInto(directories: readonly string[]): string {
  return `for (const place of ${JSON.stringify(directories)}) {
    for (const path of [place, place + '/hostile', place + '/.git/HEAD', place + '/src/index.js', place + '/.gitconfig']) {
      try { fs.writeFileSync(path, 'hostile') } catch {}
    }
  }`
}

/** What a runner would read if it took it from the tree: its own reports, a node in front of the project's, caches. */
const FORGERIES = `
for (const path of ['node_modules/.bin/node', '.bin/node', 'report.jsonl', 'reports/report.jsonl', '../reports/report']) {
  try {
    fs.mkdirSync(require('path').dirname(path), { recursive: true })
    fs.writeFileSync(path, '#!/bin/sh\\nexit 0\\n', { mode: 0o755 })
  } catch {}
}
`

/** Nothing that compares fails any more, as soon as tests run. */
const DISARMS = `import assert from 'node:assert'
import { syncBuiltinESMExports } from 'node:module'
if (process.env.NODE_TEST_CONTEXT !== undefined) {
  for (const each of [assert, assert.strict]) {
    for (const name of Object.keys(each)) if (typeof each[name] === 'function' && name !== 'AssertionError') each[name] = () => {}
  }
  syncBuiltinESMExports()
}
export const hostile = () => 'wrong'
`

/** Tests never see what their functions throw. */
const DISARMS_THE_RUNNER = `process.on('uncaughtException', () => {})
const { then } = Promise.prototype
import assert from 'node:assert'
assert.strict.equal = assert.equal = () => {}
Promise.prototype.then = function (done, failed) { return then.call(this, done, failed && done ? () => done() : failed) }
export const hostile = () => 'wrong'
`

const ADDS_TESTS = `import { test } from 'node:test'
if (process.env.NODE_TEST_CONTEXT !== undefined) test('one more', () => {})
export const hostile = () => 'hostile'
`
