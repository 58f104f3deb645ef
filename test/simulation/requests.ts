import { OrchestratorError } from '../../src/errors.ts'
import { isAwaited, readOwner } from '../../src/store/queries-owner.ts'
import { REQUEST_SQL } from '../../src/store/queries-requests.ts'
import { answerOpenRequests } from '../../src/store/requests.ts'
import type { StoreRequestBody } from '../../src/store/store.ts'
import type { Outside } from './engine-process.ts'
import { isDead } from './owners.ts'
import type { SimulatedProcess } from './scheduler.ts'
import { openSimulatedStore, REQUEST_MS } from './store.ts'
import { simulatedClock } from './world.ts'

interface Asking {
  readonly process: SimulatedProcess
}

/** As the command line does it: the request waits in the store for its owner; where there is none, it is carried out here; in the end it is withdrawn. */
export function ask(outside: Outside, asking: Asking, body: StoreRequestBody): void {
  const { disk, scheduler } = outside
  const id = disk.handIn(body, scheduler.wall)
  void untilAnswered(outside, asking, id)
}

async function untilAnswered(outside: Outside, asking: Asking, id: number): Promise<void> {
  const { disk, scheduler, faults } = outside
  let wasOwned = false
  for (const end = scheduler.now + REQUEST_MS; scheduler.now < end; ) {
    await scheduler.wait(asking.process, 'request.look', scheduler.between(20, LOOK_MS))
    if (disk.reader.get(REQUEST_SQL.find, id)?.['answered_at'] !== null) return
    const isOwned = hasOwner(outside)
    wasOwned ||= isOwned
    if (isOwned || isAwaited(disk.reader, scheduler.wall)) continue
    if ((await carryOut(outside, asking)) === 'failed') return
    faults.note('a request is carried out by who asked')
  }
  const message = wasOwned ? 'the owner is busy' : UNOWNED
  const answer = { ok: false, code: 'store_owned', message, hint: null }
  if (disk.reader.run(REQUEST_SQL.answer, JSON.stringify(answer), scheduler.wall, id) > 0)
    faults.note('a request is withdrawn')
}

function hasOwner({ disk, processes }: Outside): boolean {
  const owner = readOwner(disk.reader)
  return owner !== null && !owner.released && !isDead(processes, owner.identity.pid)
}

/** Becomes the owner for this alone. Where the store cannot be used, whoever asked is told so. */
async function carryOut(outside: Outside, { process }: Asking): Promise<'done' | 'failed'> {
  const { disk, scheduler, faults, scenario, processes } = outside
  const owner = { host: 'simulated', bootId: 'boot', pid: 0, processStart: '0' }
  const opening = { disk, scheduler, process, faults, weather: scenario.weather }
  try {
    const store = await openSimulatedStore(opening, {
      owner,
      isDead: (pid) => isDead(processes, pid),
      passing: true,
    })
    if (store === null) return 'done'
    try {
      await answerOpenRequests(store, { clock: simulatedClock(scheduler, process), stop: null })
    } finally {
      await store.close()
    }
    return 'done'
  } catch (thrown) {
    if (thrown instanceof OrchestratorError) return 'failed'
    throw thrown
  }
}

/** The longest between two looks for the answer. */
const LOOK_MS = 3_000
/** What nobody may be told: who finds no owner is it. */
export const UNOWNED = 'nobody has the store'
