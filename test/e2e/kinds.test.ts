import { expect, it } from 'vitest'
import { engineSample } from '../support/engine-sample.ts'
import { letterFiles, letterTest } from '../support/letters.ts'
import {
  type PlayedTasks,
  playedPlan,
  playedSession,
  refusalLines,
  writesSource,
} from '../support/played-tasks.ts'

const HEAD = `import { test } from 'node:test'
import assert from 'node:assert/strict'
`
/** Finds lines with `var`, as a linter would: one finding a line, exit code 1. */
const LINT = `import { readdirSync, readFileSync } from 'node:fs'
let found = 0
for (const name of readdirSync('src')) {
  for (const [at, line] of readFileSync('src/' + name, 'utf8').split('\\n').entries()) {
    if (!line.includes('var ')) continue
    console.log('src/' + name + ':' + (at + 1) + ': unexpected var')
    found += 1
  }
}
process.exit(found === 0 ? 0 : 1)
`

it('every kind of task lands as it says, on a base that is red already, and only what is new counts', async () => {
  const tasks: PlayedTasks = {
    LINTED: {
      green: [[{ write: { 'src/linted.js': "export var linted = () => 'linted'\n" } }]],
      fix: [writesSource('LINTED')],
    },
    KNOWN: {
      task: {
        kind: 'verify_only',
        criteria: [{ id: 'AC-1', text: 'version is 1' }],
        sources: [],
        exports: ['greet'],
      },
      red: [
        [
          {
            write: {
              'test/known.test.js': `${HEAD}import { greet } from '../src/greet.js'
test('AC-1 greets', () => assert.equal(greet(), 'hello'))
`,
            },
          },
        ],
      ],
      green: [],
    },
    MOVES: {
      task: { kind: 'maintenance', criteria: [], tests: [], sources: ['src/greet.js', 'src/words.js'] },
      red: [],
      green: [
        [
          {
            write: {
              'src/words.js': "export const hello = 'hello'\n",
              'src/greet.js': "import { hello } from './words.js'\nexport const greet = () => hello\n",
            },
          },
        ],
      ],
    },
    BUILDS: {
      task: { kind: 'scaffold', criteria: [], tests: [], sources: ['docs/**'], verify: ['docs'] },
      red: [],
      green: [[{ write: { 'docs/readme.txt': 'wrong\n' } }]],
      fix: [[{ write: { 'docs/readme.txt': 'read me\n' } }]],
    },
    ALLOWED: {
      task: { allow: ['package.json'] },
      green: [
        [
          ...writesSource('ALLOWED'),
          { edit: { 'package.json': [['"version": "1.0.0"', '"version": "1.1.0"']] } },
        ],
      ],
    },
    CONFIGURES: {
      green: [
        [...writesSource('CONFIGURES'), { write: { '.npmrc': 'node-options=--test-name-pattern=none\n' } }],
        [{ say: 'the configuration is as it was' }],
      ],
    },
  }
  const sample = engineSample({
    ...letterFiles,
    'src/greet.js': "export const greet = () => 'hello'\n",
    'src/old.js': 'export var old = 1\n',
    'docs/index.txt': 'index\n',
    'lint.mjs': LINT,
    'docs.mjs': `import { readFileSync } from 'node:fs'
process.exit(readFileSync('docs/readme.txt', 'utf8') === 'read me\\n' ? 0 : 1)
`,
    'test/red.test.js': `${HEAD}test('has been red for years', () => assert.equal(1, 2))\n`,
    'test/greet.test.js': `${HEAD}import { greet } from '../src/greet.js'
test('greets', () => assert.equal(greet(), 'hello'))
`,
  })
  await using engine = await sample.open()
  const checks = { lint: ['node', 'lint.mjs'] }
  const plan = playedPlan(tasks, { suite: { checks } }) as { tasks: { key: string; verify?: unknown }[] }
  for (const task of plan.tasks) if (task.verify !== undefined) task.verify = [['node', 'docs.mjs']]
  await sample.ingest(engine, plan)
  const report = await sample.run(engine, playedSession(tasks))
  expect(refusalLines(report).sort()).toEqual([
    'BUILDS verify verify_command_failed',
    'CONFIGURES green wrong_files',
    'LINTED verify check_failed',
  ])
  expect(report).toMatchObject({ state: 'completed', tasks: { completed: 6 } })
  const messages = sample.repo
    .git('log', '--first-parent', '--format=%B%x00', `main..${report.target}`)
    .split('\0')
  const unproven = messages.filter((message) => message.includes('TDD-Unproven: '))
  expect(
    unproven
      .map((message) => message.trim())
      .sort()
      .map((message) => message.match(/TDD-(Task|Unproven): .*/g)),
  ).toEqual([
    ['TDD-Task: BUILDS', 'TDD-Unproven: scaffold'],
    ['TDD-Task: MOVES', 'TDD-Unproven: maintenance'],
  ])
  const linted = report.refusals.find(({ task }) => task === 'LINTED')
  expect(linted?.fact).toContain('1 new findings: src/linted.js')
  expect(sample.repo.git('show', `${report.target}:package.json`)).toContain('1.1.0')
  expect(sample.repo.git('ls-tree', '-r', '--name-only', report.target ?? '').split('\n')).not.toContain(
    '.npmrc',
  )
  expect(sample.repo.git('show', `${report.target}:test/linted.test.js`)).toBe(letterTest('LINTED').trimEnd())
})
