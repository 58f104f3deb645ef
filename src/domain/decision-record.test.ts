import { describe, expect, it } from 'vitest'
import { decisionOf, isDecisionRecord } from './decision-record.ts'

describe('isDecisionRecord', () => {
  it.each([
    ['docs/adr/0001-a.md', true],
    ['docs/decisions/0001-a.md', true],
    ['packages/x/doc/adr/2.md', true],
    ['doc/architecture/decisions/2.md', true],
    ['docs/adr/README.md', false],
    ['docs/adr/template.md', false],
    ['docs/adr.md', false],
    ['docs/adr/0001.txt', false],
  ])('of %s is %s', (path, is) => {
    expect(isDecisionRecord(path)).toBe(is)
  })
})

describe('decisionOf', () => {
  it('is the title with the first paragraph of what was decided', () => {
    const text =
      '# 7. Money is counted in cents\n\nStatus: accepted\n\n## Context\n\nFloats.\n\n## Decision\n\nAll amounts\nare integers.\n\nMore.\n'
    expect(decisionOf(text)).toEqual({
      title: '7. Money is counted in cents',
      decision: 'All amounts are integers.',
    })
  })

  it('leaves out what no longer holds, and knows titles alone', () => {
    expect(decisionOf('# A\n\n## Status\n\nSuperseded by 8\n\n## Decision\n\nNo.')).toBeNull()
    expect(decisionOf('# A\n\n## Decision\n\n## Next\n')).toEqual({ title: 'A', decision: '' })
    expect(decisionOf('no title')).toBeNull()
    expect(decisionOf(`# A\n## Decision\n${'x'.repeat(900)}`)?.decision).toHaveLength(401)
  })
})
