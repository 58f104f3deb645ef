import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { areNotFew, withTask } from './failed-tasks.ts'

describe('tasks that failed', () => {
  it.each<[boolean, readonly string[], { asked: number; workable: readonly string[] }]>([
    [false, ['A', 'B'], { asked: 3, workable: ['C'] }],
    [true, ['A', 'B', 'C'], { asked: 3, workable: ['A', 'D', 'E'] }],
    [true, ['A', 'B'], { asked: 3, workable: ['A', 'B'] }],
    [true, ['A', 'B'], { asked: 3, workable: [] }],
    [false, ['A'], { asked: 3, workable: ['A'] }],
    [false, ['A'], { asked: 2, workable: [] }],
    [true, ['A'], { asked: 1, workable: ['A', 'B'] }],
    [true, [], { asked: 0, workable: ['A', 'B'] }],
  ])('are more than a few: %j, %j of %j', (enough, failed, among) => {
    expect(areNotFew(failed, among)).toBe(enough)
  })

  it('are judged alike by all that can be worked, and by as many of them as are asked for', () => {
    const tasks = fc.uniqueArray(fc.constantFrom('A', 'B', 'C', 'D', 'E', 'F', 'G', 'H'), { maxLength: 8 })
    fc.assert(
      fc.property(tasks, tasks, fc.nat(6), (failed, workable, asked) => {
        const some = workable.slice(0, asked)
        expect(areNotFew(failed, { asked, workable: some })).toBe(areNotFew(failed, { asked, workable }))
      }),
    )
  })

  it('are kept once each, and no more than are asked for', () => {
    expect(withTask(['A'], 'A', 3)).toEqual(['A'])
    expect(withTask(['A'], 'B', 3)).toEqual(['A', 'B'])
    expect(withTask(['A', 'B', 'C'], 'D', 3)).toEqual(['A', 'B', 'C'])
    expect(withTask([], 'A', 1)).toEqual([])
  })
})
