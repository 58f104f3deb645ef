import { OrchestratorError } from '../errors.ts'
import type { IngestReport } from '../protocol/output/ingest-report.ts'
import { systemClock } from '../runtime/clock.ts'
import { processIdentity } from '../runtime/process-identity.ts'
import { openStoreClient } from '../store/client.ts'
import type { Store } from '../store/store.ts'
import { type IngestOptions, ingest } from './ingest.ts'
import { type OpenOptions, openBench } from './open.ts'

/** Ingests beside a live run: the owner of the store adds the tasks to it. */
export async function ingestBeside(
  open: OpenOptions,
  asked: { readonly db: string; readonly options: IngestOptions },
): Promise<IngestReport> {
  await using bench = await openBench(open)
  using client = openStoreClient({ path: asked.db, clock: systemClock, owner: processIdentity() })
  const { git, clock, environment } = bench.workshop
  const store = {
    currentRun: () => Promise.resolve(client.reader.currentRun()),
    addTasks: async (...[run, plan]: Parameters<Store['addTasks']>) => {
      await client.handIn({ kind: 'add_tasks', run, ...plan })
    },
    createRun: () => Promise.reject(runGoesOn()),
  }
  return await ingest({ ...bench, world: { git, clock, environment, store } }, asked.options)
}

function runGoesOn(): OrchestratorError {
  return new OrchestratorError(
    'store_owned',
    'another run goes on, and this plan would be a run of its own',
    {
      hint: 'Wait for its end (orchestrator attach) or end it (orchestrator stop), and type the same again. Without --new the plan is added to that run, which needs tasks with keys that it does not have.',
    },
  )
}
