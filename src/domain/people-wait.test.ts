import { describe, expect, it } from 'vitest'
import { type PeopleWait, peopleWaitText } from './people-wait.ts'

describe('what a run waits for', () => {
  it('is said with the lines to type, and for a few tasks only', () => {
    expect(peopleWaitText([])).toBeNull()
    expect(peopleWaitText([wait('A', { person: { asks: 'verdict' } }), wait('B', {})])).toBeNull()
    expect(
      peopleWaitText([wait('A', { person: { asks: null } }), wait('B', { waitsForApproval: true })]),
    ).toBe(
      'it waits for people: A is with a person (orchestrator task submit A); B waits to be approved (orchestrator task approve B)',
    )
    const many = Array.from({ length: 7 }, (_, index) => wait(`T${index}`, { waitsForApproval: true }))
    expect(peopleWaitText(many)).toMatch(/T4 .*; and 2 other tasks: orchestrator task list$/)
  })
})

function wait(key: string, over: Partial<PeopleWait>): PeopleWait {
  return { key, person: null, waitsForApproval: false, ...over }
}
