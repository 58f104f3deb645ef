import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type GraphTask, claimOrder, criticalPaths } from './graph.ts'

describe('criticalPaths', () => {
  it('walks a chain of 100,000 tasks', () => {
    const tasks = Array.from({ length: 100_000 }, (_, index) =>
      task(`T${index}`, index === 0 ? [] : [`T${index - 1}`]),
    )
    expect(criticalPaths(tasks).get('T0')).toBe(100_000)
  })

  it('gives every task at least its own time, and at least that of each dependant more', () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.nat(40), { maxLength: 4 }), { maxLength: 40 }), (rows) => {
        const tasks = rows.map((row, index) =>
          task(
            `T${index}`,
            row.filter((at) => at < index).map((at) => `T${at}`),
          ),
        )
        const lengths = criticalPaths(tasks)
        for (const { key, dependsOn } of tasks) {
          for (const before of dependsOn) expect(lengths.get(before)).toBeGreaterThan(lengths.get(key) ?? 0)
        }
      }),
      { seed: 1 },
    )
  })
})

describe('claimOrder', () => {
  it('takes a task without an estimate for as long as those that have one are in the mean', () => {
    const hour = 3_600_000
    const tasks = [
      { ...task('half', []), estimateMs: hour / 2 },
      { ...task('two', []), estimateMs: 2 * hour },
      { ...task('three', []), estimateMs: 3 * hour },
      { ...task('head', []), estimateMs: null },
      { ...task('tail', ['head']), estimateMs: null },
    ]
    expect(claimOrder(tasks)).toEqual(['head', 'three', 'two', 'tail', 'half'])
  })

  it('keeps the order of the plan between chains of which nothing is estimated', () => {
    const unknown = (key: string, dependsOn: readonly string[]): GraphTask => ({
      ...task(key, dependsOn),
      estimateMs: null,
    })
    const tasks = [unknown('short', []), unknown('one', []), unknown('two', ['one']), unknown('last', [])]
    expect(claimOrder(tasks)).toEqual(['one', 'short', 'two', 'last'])
  })

  it('puts the longest remaining chain first, whatever the order of the plan', () => {
    const tasks = [task('short', []), task('end', ['middle']), task('middle', ['head']), task('head', [])]
    expect(claimOrder(tasks)).toEqual(['head', 'middle', 'short', 'end'])
  })

  it('puts a higher priority before a longer chain', () => {
    expect(
      claimOrder([task('head', []), task('tail', ['head']), { ...task('urgent', []), priority: 1 }])[0],
    ).toBe('urgent')
  })
})

function task(key: string, dependsOn: readonly string[]): GraphTask {
  return { key, dependsOn, estimateMs: 1, priority: 0 }
}
