import type { Clock } from '../runtime/clock.ts'
import { measureBaseline } from './baseline.ts'
import { askReady } from './ready.ts'
import { proveFull } from './full.ts'
import { proveGreen } from './green.ts'
import { createMeasure } from './measure.ts'
import { proveRed } from './red.ts'
import type { Laboratory, Verifier } from './verify.ts'

interface VerifierOptions {
  /** Runs of the task's tests on one tree, GREEN's included; one disagreement is flaky. Default 3, at least 1. */
  readonly repeats?: number
  /** How often the files of tests that fail at the base run again, to tell flaky ones apart. Default 2. */
  readonly baselineRepeats?: number
}

/** The verifier over a laboratory. It keeps nothing itself: evidence lives with the laboratory, by key. */
export function createVerifier(parts: {
  readonly laboratory: Laboratory
  readonly clock: Clock
  readonly options?: VerifierOptions
}): Verifier {
  const measure = createMeasure(parts.laboratory)
  const { repeats = 3, baselineRepeats = 2 } = parts.options ?? {}
  const random = (): number => parts.clock.random()
  return {
    ready: (suite, tree) => askReady(parts.laboratory, { suite, tree }),
    baseline: (suite, tree) => measureBaseline(measure, { suite, tree }, baselineRepeats),
    red: (request) => proveRed(measure, request),
    green: (request) => proveGreen(measure, request, random),
    full: (request) => proveFull(measure, request, { repeats, baselineRepeats, random }),
  }
}
