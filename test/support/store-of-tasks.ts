import { systemClock } from '../../src/runtime/clock.ts'
import { processIdentity } from '../../src/runtime/process-identity.ts'
import { openSqliteStore } from '../../src/store/sqlite.ts'
import { addedPlan, newRun, type taskDefinition } from './store-data.ts'
import { tempStorePath } from './temp-store-path.ts'

/** The path of a closed store with one run that has these tasks. For use in tests and before each. */
export async function storeOfTasks(
  run: string,
  ...tasks: ReturnType<typeof taskDefinition>[]
): Promise<string> {
  const path = tempStorePath()
  await using store = await openSqliteStore({ path, clock: systemClock, owner: processIdentity() })
  await store.createRun(newRun(run), 1)
  await store.addTasks(run, addedPlan(...tasks), 2)
  return path
}
