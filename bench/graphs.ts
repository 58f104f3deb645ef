/** For each task the places of those before it that it depends on. */
export type Edges = readonly (readonly number[])[]

type MakeEdges = (count: number, random: () => number) => Edges

/**
 * Shapes that plans have. Where there are groups, there are about as many as each has tasks, so that a larger plan is both
 * longer and wider.
 */
export const FAMILIES: Readonly<Record<string, MakeEdges>> = {
  /** Layer after layer; a task needs one to three of the layer before. */
  layers: (count, random) => {
    const width = groupSize(count)
    return made(count, (at) => {
      const layer = Math.floor(at / width) * width
      return layer === 0
        ? []
        : picked(random, { count: 1 + below(random, 3), from: layer - width, to: layer })
    })
  },
  /** Tasks that need nothing, and at the end of the plan a chain of a tenth of all. */
  hidden_chain: (count) => made(count, (at) => (at > count * 0.9 ? [at - 1] : [])),
  /** One foundation after the other; many tasks need each of them, and one needs all of those. */
  fans: (count) => {
    const size = groupSize(count)
    return made(count, (at) => {
      const foundation = at - (at % size)
      if (at === foundation) return at === 0 ? [] : [at - size]
      const closes = at % size === size - 1 || at === count - 1
      return closes && at > foundation + 1 ? range(foundation + 1, at) : [foundation]
    })
  },
  /** Modules with mostly chains inside, and now and then a task that needs one of an earlier module. */
  modules: (count, random) => {
    const size = groupSize(count)
    return made(count, (at) => {
      const first = at - (at % size)
      const inside = at === first ? [] : [random() < 0.7 ? at - 1 : first + below(random, at - first)]
      const across = first > 0 && random() < 0.15 ? [below(random, first)] : []
      return [...inside, ...across]
    })
  },
  /** A task needs none to three of all before it. */
  sparse: (count, random) =>
    made(count, (at) => picked(random, { count: Math.min(at, below(random, 4)), from: 0, to: at })),
}

function groupSize(count: number): number {
  return Math.round(Math.sqrt(count))
}

function made(count: number, needs: (at: number) => readonly number[]): Edges {
  return range(0, count).map(needs)
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index)
}

function below(random: () => number, limit: number): number {
  return Math.floor(random() * limit)
}

function picked(
  random: () => number,
  among: { readonly count: number; readonly from: number; readonly to: number },
): number[] {
  const { count, from, to } = among
  return [...new Set(range(0, count).map(() => from + below(random, to - from)))]
}
