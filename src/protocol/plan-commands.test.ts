import { describe, expect, it } from 'vitest'
import type { Suite } from '../domain/suite.ts'
import { DEFAULT_SUITE_LIMITS } from '../domain/suite.ts'
import { planCommands } from './plan-commands.ts'
import { parsePlan } from './read-plan.ts'

const configured: Suite = {
  name: 'main',
  runner: 'node',
  cwd: '.',
  tests: ['test/**'],
  sources: ['src/**'],
  fixtures: [],
  setup: [['npm', 'ci']],
  build: [],
  checks: { types: ['npx', 'tsc'] },
  env: {},
  command: null,
  args: [],
  report: null,
  limits: DEFAULT_SUITE_LIMITS,
}

describe('planCommands', () => {
  it('is empty for a plan that only uses what is configured', () => {
    expect(brought({}, [{ key: 'A', title: 'A', verify: ['types', ['npm', 'ci']] }])).toEqual([])
    expect(
      brought({ project: { suites: [{ name: 'other', runner: 'node', setup: [['npm', 'ci']] }] } }),
    ).toEqual([])
  })

  it('lists each command that the plan brings once', () => {
    const suites = [
      {
        runner: 'node',
        setup: [['npm', 'ci'], ['make']],
        build: [['make']],
        checks: { lint: ['lint'] },
        command: ['runner'],
        args: ['-x'],
      },
    ]
    const tasks = [{ key: 'A', title: 'A', verify: [['make'], ['e2e']] }]
    expect(brought({ project: { suites } }, tasks)).toEqual([['make'], ['lint'], ['runner', '-x'], ['e2e']])
  })

  it('counts arguments and environment that a plan adds', () => {
    const suites = [{ runner: 'node', env: { NODE_PATH: 'x' }, args: ['--import', './x.js'] }]
    expect(brought({ project: { suites } })).toEqual([['env', 'NODE_PATH=x', 'node', '--import', './x.js']])
  })

  it('does not take a command of one directory for the same words in another', () => {
    const suites = [
      { runner: 'node', cwd: 'packages/a', tests: ['t'], sources: ['s'], setup: [['npm', 'ci']] },
    ]
    expect(brought({ project: { suites } })).toEqual([['npm', 'ci']])
  })
})

function brought(fields: object, tasks: readonly object[] = [{ key: 'A', title: 'A' }]): unknown {
  const text = JSON.stringify({ version: 1, ...fields, tasks })
  return planCommands(parsePlan(text, { fileName: 'plan.json', configuredSuites: [configured] }), [
    configured,
  ])
}
