import { mkdir, open, rmdir, symlink, unlink } from 'node:fs/promises'
import { OrchestratorError } from '../errors.ts'
import { workOff } from './bounded.ts'
import { diskPath, type Stamp, stampAt } from './disk.ts'
import { planFill } from './fill-plan.ts'
import { type IncludedFiles, includedContent } from './included-files.ts'
import type { Git, TreeEntry, TreeFiles } from './git.ts'
import { removePath } from './remove-path.ts'
import type { SlotPlace } from './slot-place.ts'
import type { FileRecord, SlotContents, Survey } from './slot-contents.ts'
import { isTreePath } from './tree-object.ts'

interface FillRequest {
  readonly git: Pick<Git, 'readBlob'>
  readonly place: SlotPlace
  readonly before: Survey
  readonly target: TreeFiles
  readonly included: IncludedFiles
  /** Aborted: what is being written or removed comes to its end, and nothing more is begun. */
  readonly stop?: AbortSignal | undefined
}

interface Filled {
  readonly contents: SlotContents
  /** What was not done any more: `some` files are as `contents` has them; `unknown` when it does not name all there is. */
  readonly left: 'none' | 'some' | 'unknown'
}

/**
 * Carries out what brings a directory to the files of a tree, and says what it holds then. Every directory on the way
 * to a file is a real one: the survey entered it without following a link, or it is made here.
 */
export async function fillTree(request: FillRequest): Promise<Filled> {
  const { before, target, place, stop } = request
  checkPaths(target)
  const plan = planFill({ ...before.contents, unknown: before.unknown, strange: before.strange }, target)
  const { files, directories, dependencies } = before.contents
  const root = place.tree
  const stopped = (): boolean => stop?.aborted === true
  let left: Filled['left'] = 'none'
  await workOff([...plan.remove], AT_ONCE, async (path) => {
    if (stopped()) {
      left = 'unknown'
      return
    }
    await remove(diskPath(root, path), place, before.unknown.has(path) || files.has(path))
    files.delete(path)
    dependencies.delete(path)
  })
  if (left !== 'none') return { contents: { files, directories, dependencies }, left }
  for (const path of plan.removeDirectories) {
    await rmdir(diskPath(root, path))
    directories.delete(path)
  }
  for (const path of plan.makeDirectories) {
    await mkdir(diskPath(root, path))
    directories.add(path)
  }
  await workOff([...plan.write], AT_ONCE, async ([path, entry]) => {
    if (stopped()) {
      left = before.unknown.has(path) || left === 'unknown' ? 'unknown' : 'some'
      return
    }
    const replaced = before.unknown.has(path) || files.has(path)
    files.set(path, await writeEntry(contentsOf(request), { place: diskPath(root, path), entry, replaced }))
  })
  return { contents: { files, directories, dependencies }, left }
}

const AT_ONCE = 16
const CHECKED = new WeakSet<TreeFiles>()

function checkPaths(target: TreeFiles): void {
  if (CHECKED.has(target)) return
  for (const path of target.keys()) {
    if (isTreePath(path)) continue
    throw new OrchestratorError(
      'slot_failed',
      `the tree has a path that cannot be written: ${JSON.stringify(path)}`,
    )
  }
  CHECKED.add(target)
}

async function remove(path: string | Buffer, place: SlotPlace, isFile: boolean): Promise<void> {
  if (isFile) await unlink(path)
  else await removePath(path, `${place.trash}-${removals++}`)
}

let removals = 0

function contentsOf({ git, included }: FillRequest): (entry: TreeEntry) => Promise<Buffer> {
  return async (entry) => includedContent(entry, included) ?? (await git.readBlob(entry.id))
}

/** Always a new file: what is there may be a link, or another name of a file elsewhere. */
async function writeEntry(
  contentOf: (entry: TreeEntry) => Promise<Buffer>,
  request: { readonly place: string | Buffer; readonly entry: TreeEntry; readonly replaced: boolean },
): Promise<FileRecord> {
  const { place, entry } = request
  const content = await contentOf(entry)
  if (request.replaced) await unlink(place)
  const stamp =
    entry.mode === '120000' ? await writeLink(place, content) : await writeFile(place, entry, content)
  return { entry, stamp }
}

async function writeLink(place: string | Buffer, content: Buffer): Promise<Stamp> {
  await symlink(content, place)
  return await stampOfOurs(place)
}

async function writeFile(place: string | Buffer, entry: TreeEntry, content: Buffer): Promise<Stamp> {
  // `wx` neither follows a link nor opens what exists.
  const file = await open(place, 'wx', entry.mode === '100755' ? 0o755 : 0o644)
  try {
    if (content.length > 0) await file.writeFile(content)
  } finally {
    await file.close()
  }
  return await stampOfOurs(place)
}

async function stampOfOurs(place: string | Buffer): Promise<Stamp> {
  const stamp = await stampAt(place)
  if (stamp === null) {
    throw new OrchestratorError('slot_failed', `${String(place)} vanished while it was written`)
  }
  return stamp
}
