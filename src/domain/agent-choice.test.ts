import { describe, expect, it } from 'vitest'
import { type AgentChoice, agentChoice } from './agent-choice.ts'

const NOTHING: AgentChoice = { name: null, sessionFile: null, withoutSleep: false }
const PLAYED: AgentChoice = { name: 'scripted', sessionFile: '/a.json', withoutSleep: true }

describe('the agent of a run that goes on', () => {
  it.each<[string, AgentChoice, AgentChoice | null, AgentChoice]>([
    ['is the configured one where nobody chose another', NOTHING, null, NOTHING],
    ['is the one that it was started with', NOTHING, PLAYED, PLAYED],
    ['is what is asked now', PLAYED, { ...NOTHING, name: 'command' }, PLAYED],
    [
      'plays the same session where only the driver is asked',
      { ...NOTHING, name: 'scripted' },
      PLAYED,
      PLAYED,
    ],
    [
      'plays another session as it is asked for',
      { ...NOTHING, sessionFile: '/b.json' },
      PLAYED,
      { name: 'scripted', sessionFile: '/b.json', withoutSleep: false },
    ],
    [
      'leaves out the waits of its session',
      { ...NOTHING, withoutSleep: true },
      { ...PLAYED, withoutSleep: false },
      PLAYED,
    ],
  ])('%s', (_title, asked, before, expected) => {
    expect(agentChoice(asked, before)).toEqual(expected)
  })
})
