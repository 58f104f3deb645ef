import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findCycles, linkProblems, pathProblems } from './plan-check.ts'

const links = fc
  .integer({ min: 1, max: 12 })
  .chain((size) =>
    fc.array(fc.array(fc.nat(size - 1), { maxLength: 3 }), { minLength: size, maxLength: size }),
  )

function tasksOf(
  lists: readonly (readonly number[])[],
): { index: number; key: string; dependsOn: string[] }[] {
  return lists.map((list, index) => ({
    index,
    key: `T${index}`,
    dependsOn: [...new Set(list)].map((to) => `T${to}`),
  }))
}

describe('findCycles', () => {
  it('finds a cycle exactly when there is no order, and every cycle it names is one', () => {
    fc.assert(
      fc.property(links, (lists) => {
        const tasks = tasksOf(lists)
        const cycles = findCycles(tasks)
        expect(cycles.length > 0).toBe(!hasOrder(tasks))
        const needs = new Map(tasks.map(({ key, dependsOn }) => [key, dependsOn]))
        for (const cycle of cycles) {
          for (const [at, key] of cycle.entries()) {
            expect(needs.get(key)).toContain(cycle[(at + 1) % cycle.length])
          }
        }
      }),
      { seed: 5, numRuns: 500 },
    )
  })

  it('names cycles that have nothing to do with each other', () => {
    const tasks = tasksOf([[1], [0], [3], [2], [0, 2]])
    expect(findCycles(tasks)).toEqual([
      ['T0', 'T1'],
      ['T2', 'T3'],
    ])
  })

  it('follows a chain of 200,000 tasks without a stack', () => {
    const tasks = Array.from({ length: 200_000 }, (_, index) => ({
      key: `T${index}`,
      dependsOn: [`T${index + 1}`],
    }))
    expect(findCycles(tasks)).toEqual([])
  })
})

describe('linkProblems', () => {
  it('has nothing to say about tasks in an order', () => {
    expect(linkProblems(tasksOf([[], [0], [0, 1]]))).toEqual([])
  })

  it('shortens the names of a very long cycle', () => {
    const lists = Array.from({ length: 500 }, (_, index) => [(index + 1) % 500])
    const [problem] = linkProblems(tasksOf(lists))
    expect(problem?.what).toContain('T0 needs T1')
    expect(problem?.what).toContain('450 more needs T0')
    expect(problem?.path).toEqual(['tasks', 499, 'dependsOn', 0])
  })
})

describe('pathProblems', () => {
  it('lets tests stand beside the sources that they test', () => {
    expect(pathProblems({ index: 0, tests: ['src/a.test.js'], sources: ['src/**', 'src/a.js'] })).toEqual([])
  })

  it('knows the same file in another letter case', () => {
    expect(pathProblems({ index: 2, tests: ['Test/a.js'], sources: ['x.js', 'test/A.js'] })).toMatchObject([
      { path: ['tasks', 2, 'sources', 1] },
    ])
  })
})

/** Kahn's algorithm: an order exists when every task can be taken away. */
function hasOrder(tasks: readonly { key: string; dependsOn: readonly string[] }[]): boolean {
  let left = [...tasks]
  for (let before = -1; before !== left.length; ) {
    before = left.length
    const keys = new Set(left.map(({ key }) => key))
    left = left.filter(({ dependsOn }) => dependsOn.some((key) => keys.has(key)))
  }
  return left.length === 0
}
