import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { TreeId } from '../domain/evidence.ts'
import type { Clock } from '../runtime/clock.ts'
import type { GitCommand } from './git-command.ts'
import { hasCode } from '../runtime/has-code.ts'

/** Packs with the objects of single trees, made once by git and copied into each agent tree. */
export interface PackCache {
  /** The files of a pack with exactly the objects of `tree`, without those of `except`. */
  pack(tree: TreeId, except: TreeId | null): Promise<readonly PackFile[]>
  /** Waits for what is being made. */
  close(): Promise<void>
}

export interface PackFile {
  /** `pack-<id>.pack`, `pack-<id>.idx` */
  readonly name: string
  readonly path: string
}

interface PackCacheOptions {
  readonly git: GitCommand
  /** Of the repository that holds the objects. */
  readonly gitDir: string
  readonly directory: string
  readonly clock: Clock
}

export async function openPackCache(options: PackCacheOptions): Promise<PackCache> {
  await mkdir(options.directory, { recursive: true })
  const cache = new Cache(options)
  await cache.begin()
  return cache
}

/** Packs on disk at once; the least recently used go first. */
const MAX_PACKS = 64

class Cache implements PackCache {
  readonly #options: PackCacheOptions
  /** By key, least recently used first. */
  readonly #packs = new Map<string, Promise<readonly PackFile[]>>()

  constructor(options: PackCacheOptions) {
    this.#options = options
  }

  async begin(): Promise<void> {
    for (const key of await readdir(this.#options.directory)) {
      const directory = join(this.#options.directory, key)
      const files = filesIn(directory, await readdir(directory))
      if (!key.endsWith(UNFINISHED) && files.length >= 2) this.#packs.set(key, Promise.resolve(files))
      else await rm(directory, { recursive: true, force: true })
    }
    await this.#evict()
  }

  async pack(tree: TreeId, except: TreeId | null): Promise<readonly PackFile[]> {
    const key = except === null ? tree : `${tree}-${except}`
    const making = this.#packs.get(key) ?? this.#make({ key, tree, except })
    this.#packs.delete(key)
    this.#packs.set(key, making)
    try {
      const files = await making
      await this.#evict()
      return files
    } catch (reason) {
      if (this.#packs.get(key) === making) this.#packs.delete(key)
      throw reason
    }
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#packs.values())
  }

  async #make(request: { key: string; tree: TreeId; except: TreeId | null }): Promise<readonly PackFile[]> {
    const { git, gitDir, directory, clock } = this.#options
    const final = join(directory, request.key)
    const fresh = `${final}.${clock.id()}${UNFINISHED}`
    await mkdir(fresh)
    try {
      await git.run({
        args: ['pack-objects', '--revs', '--quiet', '--threads=1', join(fresh, 'pack')],
        gitDir,
        stdin: request.except === null ? `${request.tree}\n` : `${request.tree}\n^${request.except}\n`,
      })
      await rename(fresh, final)
    } catch (reason) {
      await rm(fresh, { recursive: true, force: true })
      // Another process with the same state directory may have been quicker.
      if (!hasCode(reason, 'ENOTEMPTY', 'EEXIST')) throw reason
    }
    return filesIn(final, await readdir(final))
  }

  async #evict(): Promise<void> {
    while (this.#packs.size > MAX_PACKS) {
      const [oldest] = this.#packs.keys()
      if (oldest === undefined) return
      this.#packs.delete(oldest)
      await rm(join(this.#options.directory, oldest), { recursive: true, force: true })
    }
  }
}

const UNFINISHED = '.new'

function filesIn(directory: string, names: readonly string[]): PackFile[] {
  return names
    .filter((name) => /^pack-[0-9a-f]+\.(pack|idx)$/.test(name))
    .map((name) => ({ name, path: join(directory, name) }))
}
