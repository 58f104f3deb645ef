import { describe, expect, it } from 'vitest'
import { OrchestratorError } from '../errors.ts'
import { parseSession } from './session-file.ts'

const actions = [
  { write: { 'test/a.test.js': 'x' } },
  { edit: { 'src/a.js': [['old', 'new']] } },
  { delete: ['b.js'] },
  { run: ['node', '-e', '1'] },
  { sleepMs: 5 },
  { say: 'working' },
  { usage: { inputTokens: 1200, costUsd: 0.01 } },
  { dispute: 'the test is wrong' },
  { fail: 'rate_limit', resetMs: 1000 },
  { hang: true },
]

describe('parseSession', () => {
  it('reads every action', () => {
    const session = {
      version: 1,
      tasks: { 'PARSE-1': { red: [actions], red_fix: [], green: [[], actions] } },
    }
    expect(parseSession(JSON.stringify(session), 'a.session.json')).toEqual(session)
  })

  it.each([
    [
      'an action that does not exist',
      { wirte: {} },
      'tasks.A.red[0][0].wirte is no action; did you mean "write"?',
    ],
    ['two actions in one', { say: 'x', hang: true }, 'tasks.A.red[0][0].hang is not known'],
    ['an empty action', {}, 'tasks.A.red[0][0] is empty'],
    ['a text as an action', 'say', 'tasks.A.red[0][0] is not an action'],
    [
      'a text of the wrong type',
      { write: { 'a.js': 1 } },
      'tasks.A.red[0][0].write["a.js"] is 1; give a text',
    ],
    ['an edit without a pair', { edit: { 'a.js': [['x']] } }, 'tasks.A.red[0][0].edit["a.js"][0]'],
    ['a failure that does not exist', { fail: 'crahs' }, 'did you mean "crash"?'],
    ['a negative sleep', { sleepMs: -1 }, 'tasks.A.red[0][0].sleepMs is -1; the least is 0'],
    ['a shell line', { run: 'rm -rf x' }, 'is not an argument array'],
  ])('refuses %s', (_, action, message) => {
    expect(refusal({ version: 1, tasks: { A: { red: [[action]] } } })).toContain(message)
  })

  it('refuses other versions and stages without an agent', () => {
    expect(refusal({ version: 2, tasks: {} })).toContain('version is 2; give 1')
    expect(refusal({ version: 1, tasks: { A: { verify: [] } } })).toContain('tasks.A.verify is not known')
  })

  it('refuses a file or task named __proto__ instead of dropping it', () => {
    const text = '{ "version": 1, "tasks": { "A": { "red": [[ { "write": { "__proto__": "x" } } ]] } } }'
    expect(() => parseSession(text, 'a.session.json')).toThrow(
      'tasks.A.red[0][0].write.__proto__ is not known',
    )
  })

  it('names the line', () => {
    const text = '{ "version": 1,\n"tasks": { "A": { "green": [ [],\n[ { "hang": 1 } ] ] } } }'
    expect(() => parseSession(text, 'a.session.json')).toThrow(
      'a.session.json:3: tasks.A.green[1][0].hang is 1',
    )
  })
})

function refusal(session: unknown): string {
  try {
    parseSession(JSON.stringify(session), 'a.session.json')
  } catch (thrown) {
    if (thrown instanceof OrchestratorError && thrown.code === 'session_invalid') return thrown.message
    throw thrown
  }
  throw new Error('the session was read')
}
