import { toolchainMissing } from './measure.ts'
import { missingRunner } from './runners/run-tests.ts'
import type { Laboratory, LendRequest } from './verify.ts'

/** Throws where the suite cannot be set up in the tree or its runner is not there. Whether its tests hold is not asked. */
export async function askReady(
  laboratory: Pick<Laboratory, 'within'>,
  { suite, tree }: Pick<LendRequest, 'suite' | 'tree'>,
): Promise<void> {
  const missing = await laboratory.within({ suite, tree }, (place) => missingRunner(place, suite))
  if (missing !== null) throw toolchainMissing(suite, missing)
}
