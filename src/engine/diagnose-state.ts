import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { stateUnusable } from '../config/state-directory.ts'
import { ownStore, type StatePlace } from '../config/own-store.ts'
import { requireNotLost, requireOwn } from '../config/stores-of-place.ts'
import type { Finding } from '../protocol/output/doctor-report.ts'
import { openReader } from '../store/reader.ts'
import { requireWholeStore } from '../store/whole-store.ts'
import { note, ok, problem, problemOf } from './finding.ts'
import type { Bench } from './open.ts'

/** Whether there is room for the state, and whether a run could go on with the store. Reads only. */
export async function diagnoseState({ loaded, workshop }: Bench): Promise<Finding[]> {
  const { directory, db } = loaded.config.state
  const place = join(directory, workshop.git.repository.id)
  return [await room(directory), ...diagnoseStore({ directory: place, db: db ?? ownStore(place) })]
}

const LEAST_BYTES = 1024 ** 3
const GOOD_BYTES = 5 * 1024 ** 3

async function room(directory: string): Promise<Finding> {
  const { bavail, bsize } = await statfs(nearest(directory))
  const free = bavail * bsize
  const what = `${(free / 1024 ** 3).toFixed(1)} GiB free for ${directory}`
  if (free < LEAST_BYTES) return problem('state', what, 'Make room, or set state.directory to another disk.')
  return free < GOOD_BYTES
    ? note('state', what, 'orchestrator clean frees what is not needed.')
    : ok('state', what)
}

function nearest(directory: string): string {
  for (let at = directory; ; at = dirname(at)) {
    if (existsSync(at) && statSync(at).isDirectory()) return at
    if (at === dirname(at)) return at
  }
}

/** As it is opened to be read, beside its owner too. Without a store there is nothing to tell: the first plan makes it. */
function diagnoseStore({ directory, db: path }: StatePlace): Finding[] {
  try {
    requireOwn(directory, path)
    requireNotLost(directory, path)
    using reader = openReader(path)
    if (reader === null) return []
    accessSync(path, constants.R_OK | constants.W_OK)
    requireWholeStore(path)
    return [ok('state', `store at ${path}`)]
  } catch (thrown) {
    return [problemOf('state', stateUnusable(`the store ${path}`, thrown))]
  }
}
