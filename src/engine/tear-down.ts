import type { Command, Suite } from '../domain/suite.ts'
import { messageOf } from '../errors.ts'
import type { SlotDirectories } from '../git/trees.ts'
import type { PlaceResult } from '../verify/verify.ts'
import type { Workshop } from './context.ts'
import { Meter } from './meter.ts'
import { placeRunner } from './place-runner.ts'

/**
 * Runs the teardown of each suite in each slot that it used; what failed is told, a line each, and is no reason to stop.
 * Who stops it meanwhile is told what was left out; what was stopped at once before is given less time.
 */
export async function tearDown(world: Workshop, stopping: AbortSignal | null = null): Promise<string[]> {
  const failures: string[] = []
  const ending =
    stopping?.aborted === true
      ? AbortSignal.timeout(STOPPED_MS)
      : AbortSignal.any([AbortSignal.timeout(ALL_MS), ...(stopping === null ? [] : [stopping])])
  for (const { suite, place } of world.usedSlots.takeAll()) {
    const run = placeRunner(world, { meter: new Meter(world.clock), signal: ending }, { suite, place })
    for (const argv of world.places.teardown[suite.name] ?? []) {
      const failure = await run({ argv, cwd: suite.cwd, env: {}, ...LIMITS }, []).then(
        ({ end }) => failureOf(end),
        (thrown: unknown) => (ending.aborted ? 'was stopped' : messageOf(thrown)),
      )
      if (failure !== null) failures.push(failed(suite, place, { argv, failure }))
    }
  }
  return failures
}

const LIMITS = { wallMs: 60_000, outputBytes: 64 * 1024 }
/** Of all teardowns together. */
const ALL_MS = 300_000
const STOPPED_MS = 60_000

function failureOf(end: PlaceResult['end']): string | null {
  switch (end.kind) {
    case 'exited':
      return end.code === 0 ? null : `ended with exit code ${end.code}`
    case 'signaled':
      return `was ended by ${end.signal}`
    case 'timeout':
      return `took longer than ${LIMITS.wallMs / 1000} s`
    case 'limit':
      return `reached the ${end.which} limit`
    case 'not_started':
      return `could not be started: ${end.message}`
  }
}

function failed(
  suite: Suite,
  { slot }: SlotDirectories,
  { argv, failure }: { readonly argv: Command; readonly failure: string },
): string {
  return `Teardown of suite ${suite.name} in ${slot}: ${argv.join(' ')} ${failure}; what it was to end may still be there`
}
