/** Tasks by their index: `from[i]` has to end before `to[i]` begins. */
export interface Edges {
  readonly from: Int32Array<ArrayBuffer>
  readonly to: Int32Array<ArrayBuffer>
}

/**
 * For each task the weight of the longest chain that begins with it, its own included. Arrays, because a run may have a
 * million tasks. No chain is a circle.
 */
export function longestChains(weights: Float64Array, edges: Edges): Float64Array<ArrayBuffer> {
  const { first, next } = edgesByEnd(weights.length, edges)
  const waiting = new Int32Array(weights.length)
  for (const from of edges.from) waiting[from] = at(waiting, from) + 1
  const lengths = weights.slice()
  const ready: number[] = []
  for (let task = 0; task < weights.length; task += 1) if (waiting[task] === 0) ready.push(task)
  for (let task = ready.pop(); task !== undefined; task = ready.pop()) {
    for (let edge = at(first, task); edge >= 0; edge = at(next, edge)) {
      const before = at(edges.from, edge)
      lengths[before] = Math.max(at(lengths, before), at(weights, before) + at(lengths, task))
      waiting[before] = at(waiting, before) - 1
      if (waiting[before] === 0) ready.push(before)
    }
  }
  freeArrays(first, next, waiting)
  return lengths
}

/**
 * Frees the memory of arrays that are needed no more. Of a million tasks they are megabytes each, and a thread that otherwise
 * allocates little collects its garbage late.
 */
export function freeArrays(
  ...arrays: readonly (Float64Array<ArrayBuffer> | Int32Array<ArrayBuffer>)[]
): void {
  for (const { buffer } of arrays) buffer.transfer(0)
}

/** A list for each task of the edges that end at it: `first[task]`, then `next[edge]`, until -1. */
function edgesByEnd(
  tasks: number,
  { to }: Edges,
): { readonly first: Int32Array<ArrayBuffer>; readonly next: Int32Array<ArrayBuffer> } {
  const first = new Int32Array(tasks).fill(-1)
  const next = new Int32Array(to.length)
  for (let edge = 0; edge < to.length; edge += 1) {
    const end = at(to, edge)
    next[edge] = at(first, end)
    first[end] = edge
  }
  return { first, next }
}

function at(array: Int32Array | Float64Array, index: number): number {
  return array[index] ?? 0
}
