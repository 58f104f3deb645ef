import fc from 'fast-check'
import { expect, it } from 'vitest'
import { longestChains } from './longest-chains.ts'

it('gives each task the weight of the longest chain that begins with it', () => {
  const edges = { from: Int32Array.of(0, 0, 1), to: Int32Array.of(1, 2, 3) }
  expect([...longestChains(Float64Array.of(1, 2, 10, 4), edges)]).toEqual([11, 6, 10, 4])
})

it('gives what a search of every chain finds', () => {
  const graphs = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 12 })
  fc.assert(
    fc.property(graphs, fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 20 }), (tasks, pairs) => {
      const weights = Float64Array.from(tasks)
      const forward = pairs
        .map(([one, other]) => [one % tasks.length, other % tasks.length] as const)
        .flatMap(([one, other]) =>
          one === other ? [] : [[Math.min(one, other), Math.max(one, other)] as const],
        )
      const edges = {
        from: Int32Array.from(forward, ([from]) => from),
        to: Int32Array.from(forward, ([, to]) => to),
      }
      const longest = (task: number): number =>
        (weights[task] ?? 0) +
        Math.max(0, ...forward.filter(([from]) => from === task).map(([, to]) => longest(to)))
      expect([...longestChains(weights, edges)]).toEqual(tasks.map((_, task) => longest(task)))
    }),
    { seed: 5 },
  )
})
