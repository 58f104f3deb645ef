import type { RemovalEvidence } from '../domain/proof.ts'
import { findStandings } from './find-standings.ts'
import { filesOf } from './green.ts'
import type { Measure } from './measure.ts'
import type { FullRequest } from './verify.ts'
import { completeTree, takeExportsAway } from './without-sources.ts'

/**
 * The frozen tests without the task's sources: the landing base with the tests and nothing else of the task, or, where
 * the behaviour was there before, the tree with the declared exports replaced. On an unmoved target this is what RED
 * measured, and nothing runs again.
 */
export async function proveRemoval(measure: Measure, request: FullRequest): Promise<RemovalEvidence> {
  const { suite, task, tree, testsTree, frozen, changes } = request
  const files = filesOf(frozen)
  const ownSources = changes.filter((change) => change.pathClass === 'source').map((change) => change.path)
  const bare =
    task.kind === 'verify_only'
      ? await takeExportsAway(measure, { suite, task, tree, files })
      : await completeTree(measure, { suite, task, tree: testsTree, files, ownSources })
  const standings = await findStandings(measure, { suite, task, bare, touched: frozen, ownSources })
  return {
    standings: frozen.map((test, at) => ({
      ...test,
      standing: standings[at] ?? { kind: 'not_run', reason: 'missing' },
    })),
    stubs: bare.stubs,
  }
}
