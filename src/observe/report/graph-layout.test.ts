import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { graphLayout } from './graph-layout.ts'

const task = (key: string, ...dependsOn: string[]) => ({ key, dependsOn })

describe('the layout of a graph', () => {
  it('puts each task right of all that it needs, and those alone below', () => {
    const { placed, alone, layers } = graphLayout([
      task('D', 'B', 'C'),
      task('A'),
      task('B', 'A'),
      task('C', 'A'),
      task('X'),
    ])
    expect(layers).toBe(3)
    expect(alone).toEqual(['X'])
    expect(Object.fromEntries(placed.map(({ key, layer }) => [key, layer]))).toEqual({
      A: 0,
      B: 1,
      C: 1,
      D: 2,
    })
  })

  it('orders the rows of a layer so that few lines cross', () => {
    const { placed } = graphLayout([task('A'), task('B'), task('x', 'B'), task('y', 'A')])
    const row = (key: string) => placed.find((node) => node.key === key)?.row ?? -1
    expect(row('A') < row('B')).toBe(row('y') < row('x'))
  })

  it('leaves out dependencies that are not drawn', () => {
    expect(graphLayout([task('A', 'GONE')])).toEqual({ placed: [], alone: ['A'], layers: 0, rows: 0 })
  })

  it('gives every task of any plan one place of its own', () => {
    const plans = fc
      .array(fc.array(fc.nat(30), { maxLength: 4 }), { maxLength: 30 })
      .map((needs) =>
        needs.map((list, index) =>
          task(`T${index}`, ...new Set(list.filter((other) => other < index).map((other) => `T${other}`))),
        ),
      )
    fc.assert(
      fc.property(plans, (tasks) => {
        const { placed, alone } = graphLayout(tasks)
        expect([...placed.map(({ key }) => key), ...alone].toSorted()).toEqual(
          tasks.map(({ key }) => key).toSorted(),
        )
        expect(new Set(placed.map(({ layer, row }) => `${layer} ${row}`)).size).toBe(placed.length)
        const layer = new Map(placed.map((node) => [node.key, node.layer]))
        for (const { key, dependsOn } of tasks) {
          for (const other of dependsOn) expect(layer.get(other)).toBeLessThan(layer.get(key) ?? -1)
        }
      }),
      { seed: 11, numRuns: 100 },
    )
  })
})
