import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { chmod, copyFile, lstat, mkdir, rename, rmdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { deflate } from 'node:zlib'
import type { CommitId, TreeId } from '../domain/evidence.ts'
import { formatCommit } from './commit-object.ts'
import { DEPENDENCY_FOLDERS } from './dependency-folders.ts'
import { below, isDirectory, namesIn, type Stamp, stampAt } from './disk.ts'
import type { TreeFiles } from './git.ts'
import { formatIndex } from './index-file.ts'
import type { PackFile } from './pack-cache.ts'
import { removePath } from './remove-path.ts'
import type { FileRecord } from './slot-contents.ts'
import type { SlotPlace } from './slot-place.ts'

interface AgentGitRequest {
  readonly place: SlotPlace
  readonly objectFormat: 'sha1' | 'sha256'
  /** What the agent sees as history, oldest first; the last is what it starts from. */
  readonly trees: readonly [TreeId, ...TreeId[]]
  /** Milliseconds since the epoch; the time of the commits. */
  readonly at: number
  readonly packs: readonly PackFile[]
  /** Files of the last tree, and what is known of them on disk. */
  readonly files: TreeFiles
  readonly records: ReadonlyMap<string, FileRecord>
  readonly dependencies: readonly string[]
  /** Files that are in the tree and no part of it. */
  readonly included: readonly string[]
  /** Pack files of the last use, and whether one is still as it was. */
  readonly kept: ReadonlyMap<string, Stamp>
  readonly isUntouched: (record: Stamp, found: Stamp) => boolean
}

/**
 * Puts a new repository into an agent's tree: the objects of its trees, one branch, nothing of the person's. Of the
 * one that was there only pack files that nobody touched are used again; the rest is moved to `discarded`, for the
 * caller to remove. Returns the stamps of the packs.
 */
export async function buildAgentGit(request: AgentGitRequest): Promise<Map<string, Stamp>> {
  const { place } = request
  const old = join(place.tree, '.git')
  const fresh = place.staging
  for (const left of [fresh, place.discarded]) await removePath(left, place.trash)
  await Promise.all(DIRECTORIES.map((directory) => mkdir(join(fresh, directory), { recursive: true })))
  await Promise.all([
    placePacks(request, { old, fresh }),
    writeHistory(request, fresh),
    writeIndex(request, fresh),
    writeFile(join(fresh, 'HEAD'), `ref: ${BRANCH}\n`),
    writeFile(join(fresh, 'config'), configOf(request.objectFormat)),
    writeFile(join(fresh, 'info/attributes'), '* -text -eol -ident -filter -working-tree-encoding\n'),
    writeFile(join(fresh, 'info/exclude'), excludesOf(request)),
  ])
  if ((await stampAt(old)) !== null) await rename(old, place.discarded)
  await rename(fresh, old)
  return await packStamps(join(old, PACKS), request.packs)
}

const PACKS = 'objects/pack'
const DIRECTORIES = [PACKS, 'objects/info', 'refs/heads', 'refs/tags', 'info']
const BRANCH = 'refs/heads/work'
const AUTHOR = { name: 'TDD Orchestrator', email: 'tdd-orchestrator@localhost' }
const MESSAGES = { base: 'The base of the task\n', start: 'Where this stage starts\n' }

/**
 * The whole directory is moved, since moving a file would change its time. What is not wanted or was touched goes, and
 * what is missing is copied; nothing is linked, or an agent could write into the packs of others.
 */
async function placePacks(request: AgentGitRequest, where: { old: string; fresh: string }): Promise<void> {
  const packs = join(where.fresh, PACKS)
  if (await isDirectoryChain(where.old, ['', 'objects', PACKS])) {
    await rmdir(packs)
    await rename(join(where.old, PACKS), packs)
    await chmod(packs, 0o755)
    await removeUnusable(request, packs)
  }
  for (const { name, path } of request.packs) {
    const target = join(packs, name)
    if ((await stampAt(target)) === null) await copyFile(path, target, constants.COPYFILE_FICLONE)
  }
}

async function removeUnusable(request: AgentGitRequest, packs: string): Promise<void> {
  const wanted = new Set(request.packs.map((pack) => pack.name))
  for (const name of await namesIn(packs)) {
    const record = wanted.has(name) ? request.kept.get(name) : undefined
    const found = record === undefined ? null : await stampAt(below(packs, name))
    if (record !== undefined && found !== null && request.isUntouched(record, found)) continue
    await removePath(below(packs, name), request.place.trash)
  }
}

/** Whether each is a real directory: a link on the way would lead to files that are not ours. */
async function isDirectoryChain(root: string, paths: readonly string[]): Promise<boolean> {
  for (const path of paths) {
    const place = join(root, path)
    const stamp = await stampAt(place)
    if (stamp === null || !isDirectory(stamp)) return false
    if ((stamp.mode & 0o700) !== 0o700) await chmod(place, 0o700)
  }
  return true
}

async function packStamps(directory: string, packs: readonly PackFile[]): Promise<Map<string, Stamp>> {
  const stamps = new Map<string, Stamp>()
  for (const { name } of packs) {
    const stamp = await stampAt(join(directory, name))
    if (stamp !== null) stamps.set(name, stamp)
  }
  return stamps
}

/** One commit for each tree, and the branch at the last. */
async function writeHistory(request: AgentGitRequest, gitDir: string): Promise<void> {
  const objects: LooseObject[] = []
  const last = request.trees.length - 1
  for (const [index, tree] of request.trees.entries()) {
    const body = formatCommit({
      tree,
      parents: objects.map((object) => object.id),
      message: index === last ? MESSAGES.start : MESSAGES.base,
      author: AUTHOR,
      committer: AUTHOR,
      at: request.at,
    })
    objects.push(looseCommit(request.objectFormat, body))
  }
  await Promise.all([
    writeFile(join(gitDir, BRANCH), `${objects.at(-1)?.id}\n`),
    ...objects.map((object) => writeLoose(gitDir, object)),
  ])
}

interface LooseObject {
  readonly id: CommitId
  readonly bytes: Buffer
}

const deflated = promisify(deflate)

function looseCommit(format: 'sha1' | 'sha256', body: Buffer): LooseObject {
  const bytes = Buffer.concat([Buffer.from(`commit ${body.length}\0`), body])
  return { id: createHash(format).update(bytes).digest('hex'), bytes }
}

async function writeLoose(gitDir: string, { id, bytes }: LooseObject): Promise<void> {
  const file = join(gitDir, 'objects', id.slice(0, 2), id.slice(2))
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, await deflated(bytes), { mode: 0o444 })
}

async function writeIndex(request: AgentGitRequest, gitDir: string): Promise<void> {
  const { dev, uid, gid } = await lstat(request.place.tree)
  const entries = Array.from(request.files, ([path, entry]) => ({
    path,
    entry,
    stamp: request.records.get(path)?.stamp ?? null,
  }))
  const index = await formatIndex(entries, { owner: { dev, uid, gid }, objectFormat: request.objectFormat })
  await writeFile(join(gitDir, 'index'), index)
}

function configOf(format: 'sha1' | 'sha256'): string {
  const lines = [
    '[core]',
    `\trepositoryformatversion = ${format === 'sha256' ? 1 : 0}`,
    '\tfilemode = true',
    '\tbare = false',
    '\tlogallrefupdates = true',
    '\tautocrlf = false',
    // Names that are not ASCII are easier to read, and to type again, as they are.
    '\tquotePath = false',
    '[user]',
    `\tname = ${AUTHOR.name}`,
    `\temail = ${AUTHOR.email}`,
    '[gc]',
    '\tauto = 0',
    ...(format === 'sha256' ? ['[extensions]', '\tobjectformat = sha256'] : []),
  ]
  return `${lines.join('\n')}\n`
}

/** What is not read is not shown to the agent as its work either. */
function excludesOf({ dependencies, included }: AgentGitRequest): string {
  const usual = DEPENDENCY_FOLDERS.flatMap((rule) =>
    typeof rule.name === 'string' && rule.beside === undefined && rule.holds === undefined
      ? [`${rule.name}/`]
      : [],
  )
  const here = [...dependencies.map((path) => `${path}/`), ...included]
    .filter((path) => !/[\n\r]/.test(path))
    .map((path) => `/${path.replace(/[\\*?[\]! #]/g, '\\$&')}`)
  return `${[...usual, ...here].join('\n')}\n`
}
