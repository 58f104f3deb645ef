import { lstat, mkdir, realpath, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import { hasCode } from '../runtime/has-code.ts'

/** Where tools of JavaScript write beside what setup installed; they do not expect it to be read-only. */
const CACHES = ['.vite-temp', '.vite', '.vitest', '.vitest-cache']

/** By custom a folder for each tool: ava, nyc and babel write there, and install scripts put there what tests start. */
const SHARED_CACHE = '.cache'

/** The part of the runner that runs no test where it cannot write there. */
const IN_SHARED_CACHE = 'ava'

/** Where vitest keeps what its type checker knows: beside the file of its own that starts it. */
const TYPE_CHECKS = ['', 'chunks', 'vendor'].map((folder) => join('dist', folder, 'tsconfig.tmp.tsbuildinfo'))

/**
 * Empty cache directories and files inside dependency directories of a tree, to be writable although the rest is not.
 * Made anew for each run, so that nothing a run leaves there reaches the next one. The cache that tools share stays as
 * it is, and read-only, where setup left one.
 *
 * This works outside of any sandbox, among what install scripts left: every directory on the way is looked at, and no
 * link is followed. It runs between two commands of a slot, whose processes are all dead, so nothing that was looked at
 * can change before it is used.
 */
export async function freshToolCaches(
  tree: string,
  dependencyDirectories: readonly string[],
  isInstalled: (path: string) => boolean,
): Promise<string[]> {
  const modules = await ownModules(tree, dependencyDirectories)
  const shared = await sharedCaches(modules, isInstalled)
  const caches = [...modules.flatMap((directory) => CACHES.map((name) => join(directory, name))), ...shared]
  await Promise.all(
    caches.map(async (cache) => {
      // Of a link it removes the link alone.
      await rm(cache, { recursive: true, force: true })
      await mkdir(cache)
    }),
  )
  const files = await typeCheckFiles(modules)
  for (const file of files) {
    // Never emptied in place: it may be a second name of a file elsewhere.
    await rm(file, { force: true })
    await writeFile(file, '', { flag: 'wx' })
  }
  return [...caches, ...files]
}

/** Those that are called `node_modules` and are where they seem to be. */
async function ownModules(tree: string, directories: readonly string[]): Promise<string[]> {
  const root = await real(tree)
  if (root === null) return []
  const own: string[] = []
  for (const directory of directories) {
    const expected = join(root, relative(tree, directory))
    if (basename(directory) === 'node_modules' && (await real(directory)) === expected) own.push(directory)
  }
  return own
}

/** What of the cache that tools share is to be empty: all of it, or one tool's part. A link that setup left there is left alone. */
async function sharedCaches(
  modules: readonly string[],
  isInstalled: (path: string) => boolean,
): Promise<string[]> {
  const found: string[] = []
  for (const directory of modules) {
    const shared = join(directory, SHARED_CACHE)
    if (!isInstalled(shared)) found.push(shared)
    else if (await isDirectory(shared)) found.push(join(shared, IN_SHARED_CACHE))
  }
  return found
}

/** In the vitest that each of these directories holds or, as pnpm links it, another of them holds. */
async function typeCheckFiles(modules: readonly string[]): Promise<string[]> {
  const roots = await Promise.all(modules.map((directory) => real(directory)))
  const found = new Set<string>()
  for (const directory of modules) {
    const installed = await real(join(directory, 'vitest'))
    if (installed === null || !roots.some((root) => root !== null && installed.startsWith(`${root}/`)))
      continue
    for (const name of TYPE_CHECKS) {
      const file = join(installed, name)
      // Other versions have other folders.
      if ((await real(dirname(file))) === dirname(file) && (await isFileOrNothing(file))) found.add(file)
    }
  }
  return [...found]
}

async function real(path: string): Promise<string | null> {
  try {
    return await realpath(path)
  } catch {
    // What is not installed needs no cache.
    return null
  }
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isDirectory()
  } catch {
    // Without a sandbox a run may have removed it; setup makes it good before the next use.
    return false
  }
}

async function isFileOrNothing(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isFile()
  } catch (error) {
    return hasCode(error, 'ENOENT')
  }
}
