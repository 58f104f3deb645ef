import { describe, expect, it } from 'vitest'
import { AGENT_STAGES } from '../domain/stage.ts'
import { idsIn } from '../verify/criteria.ts'
import { renderStagePrompt, renderTemplate } from './render.ts'

describe('renderTemplate', () => {
  it('replaces placeholders once: braces in a fact stay as they are', () => {
    expect(renderTemplate('Do {{goal}}.', { goal: 'f({{goal}}) {x}' })).toBe('Do f({{goal}}) {x}.')
  })

  it('refuses a missing fact and an unused one', () => {
    expect(() => renderTemplate('{{a}}', {})).toThrow('a')
    expect(() => renderTemplate('x', { a: '1' })).toThrow('a')
  })
})

describe('renderStagePrompt', () => {
  it.each([...AGENT_STAGES])('has a template for %s that says what may be changed', (stage) => {
    const facts = { task: 'TASK-TEXT', refusals: 'REFUSAL-TEXT', dispute: 'DISPUTE-TEXT', note: 'NOTE-TEXT' }
    const text = renderStagePrompt(stage, facts)
    for (const fact of Object.values(facts)) expect(text).toContain(fact)
    expect(text).toMatch(/change/i)
  })

  it.each(['red', 'red_fix'] as const)('says in %s how a test of Python names a criterion', (stage) => {
    const text = renderStagePrompt(stage, { task: '', refusals: '', dispute: '', note: '' })
    const [, name] = /`(test_\w+)` in Python/.exec(text) ?? []
    expect(idsIn(name ?? '', ['AC-1'])).toEqual(['AC-1'])
    expect(text).toContain('TDD_CLAIMS_FILE')
  })
})
