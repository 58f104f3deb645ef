import { atMost, type Figure, median } from './figure.ts'

export const ROUNDS = 7

interface Sides {
  /** Milliseconds of each round. */
  readonly ours: readonly number[]
  readonly theirs: readonly number[]
}

/** Ours and the anchor in turns, so that whatever else the machine does meets both. */
export async function alternating(sides: {
  readonly ours: (round: number) => Promise<number>
  readonly theirs: (round: number) => number | Promise<number>
}): Promise<Sides> {
  const [ours, theirs]: [number[], number[]] = [[], []]
  for (let round = 0; round < ROUNDS; round += 1) {
    theirs.push(await sides.theirs(round))
    ours.push(await sides.ours(round))
  }
  return { ours, theirs }
}

export async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  return performance.now() - began
}

/** A duration that may be at most so many times that of the anchor. */
export function timeFigure(
  { ours, theirs }: Sides,
  said: { readonly name: string; readonly anchor: string; readonly most: number },
): Figure {
  return atMost(said.most, {
    name: said.name,
    ours: median(ours),
    unit: 'ms',
    anchor: `${said.anchor}, ms`,
    theirs: median(theirs),
    rounds: ROUNDS,
  })
}
