import type { CommitId } from '../domain/evidence.ts'
import { gitFailed, type GitCommand } from './git-command.ts'

export interface HandOver {
  readonly git: GitCommand
  /** The private database, which has everything. */
  readonly from: string
  /** The common git directory of the person's repository. */
  readonly to: string
}

/** Above so many objects one pack is kindlier than files of their own. */
const MAX_LOOSE = 200
const MAX_PACK_BYTES = 1024 * 1024 * 1024

/**
 * Puts the objects of `tips` that `known` lacks into the person's database. They are synced to disk when this resolves:
 * refs are synced too, and must never reach the disk before what they name.
 */
export async function handOver(
  door: HandOver,
  tips: readonly CommitId[],
  known: readonly CommitId[],
): Promise<void> {
  const { stdout: pack } = await door.git.run({
    args: ['pack-objects', '--revs', '--stdout', '--quiet', '--window=0', '--threads=1'],
    gitDir: door.from,
    env: KEEPS_MEMORY,
    ahead: AHEAD,
    stdin: [...tips, ...known.map((commit) => `^${commit}`), ''].join('\n'),
    outputBytes: MAX_PACK_BYTES,
  })
  if (pack.toString('latin1', 0, 4) !== 'PACK') throw gitFailed('git pack-objects answered with no pack')
  const objects = pack.readUInt32BE(8)
  if (objects === 0) return
  const unpack = { settings: SYNCED, gitDir: door.to, stdin: pack, env: KEEPS_MEMORY }
  // Never started ahead: before it is asked it has a file in the repository, and leaves it there.
  if (objects > MAX_LOOSE) await door.git.run({ ...unpack, args: ['index-pack', '--stdin', '--threads=1'] })
  else await door.git.run({ ...unpack, args: ['unpack-objects', '-q'], ahead: AHEAD })
}

/** For a landing and for the note of it. */
const AHEAD = 2
/**
 * By itself glibc gives each large block back to the system once it is free, and takes the next one page by page: half of what
 * a small pack costs. Other libraries do not look.
 */
const KEEPS_MEMORY = {
  MALLOC_MMAP_THRESHOLD_: String(256 * 1024 * 1024),
  MALLOC_TRIM_THRESHOLD_: String(1024 * 1024 * 1024),
}
const SYNCED = ['core.fsync=objects', 'core.fsyncMethod=batch']
