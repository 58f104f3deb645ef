import { OPERATIONS } from '../../src/store/operations.ts'
import { readOwner, releaseOwner, takeOwner } from '../../src/store/queries-owner.ts'
import { REQUEST_SQL } from '../../src/store/queries-requests.ts'
import type { StoreRequestBody } from '../../src/store/store.ts'
import type { Outside } from './engine-process.ts'
import type { SimulatedProcess } from './scheduler.ts'
import { REQUEST_MS } from './store.ts'

interface Asking {
  readonly isDead: (pid: number) => boolean
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
  for (const end = scheduler.now + REQUEST_MS; scheduler.now < end; ) {
    await scheduler.wait(asking.process, 'request.look', scheduler.between(20, LOOK_MS))
    if (disk.reader.get(REQUEST_SQL.find, id)?.['answered_at'] !== null) return
    if (carryOut(outside, asking)) faults.note('a request is carried out by who asked')
  }
  const answer = { ok: false, code: 'store_owned', message: 'the owner is busy', hint: null }
  if (disk.reader.run(REQUEST_SQL.answer, JSON.stringify(answer), scheduler.wall, id) > 0)
    faults.note('a request is withdrawn')
}

/** Becomes the owner for this alone, unless somebody is. */
function carryOut({ disk, scheduler }: Outside, { isDead }: Asking): boolean {
  const { reader } = disk
  const before = readOwner(reader)
  if (before !== null && !before.released && !isDead(before.identity.pid)) return false
  const at = scheduler.wall
  const owner = { host: 'simulated', bootId: 'boot', pid: 0, processStart: '0' }
  const taking = { owner, after: before?.epoch ?? 0, leaseMs: REQUEST_MS, passing: true, at }
  return reader.transaction(() => {
    const epoch = takeOwner(reader, taking)
    if (epoch === null) return false
    for (const { id, body } of OPERATIONS.openRequests(reader, [])) {
      if (OPERATIONS.fulfilRequest(reader, [id, at]) !== null || body?.kind !== 'stop') continue
      const answer = { ok: false, code: 'nothing_to_run', message: 'no run goes on', hint: null } as const
      OPERATIONS.answerRequest(reader, [id, answer, at])
    }
    releaseOwner(reader, epoch)
    return true
  })
}

/** The longest between two looks for the answer. */
const LOOK_MS = 3_000
