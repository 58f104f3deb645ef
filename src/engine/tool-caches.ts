import { mkdir, realpath, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/** Where tools of JavaScript write beside what setup installed; they do not expect it to be read-only. */
const CACHES = ['.vite-temp', '.vite', '.vitest', '.vitest-cache']

/** Where vitest keeps what its type checker knows: beside the file of its own that starts it. */
const TYPE_CHECKS = ['', 'chunks', 'vendor'].map((folder) => join('dist', folder, 'tsconfig.tmp.tsbuildinfo'))

/**
 * Empty cache directories and files inside dependency directories, to be writable although the rest is not. Made anew for
 * each run, so that nothing a run leaves there reaches the next one.
 */
export async function freshToolCaches(dependencyDirectories: readonly string[]): Promise<string[]> {
  const modules = dependencyDirectories.filter((directory) => basename(directory) === 'node_modules')
  const caches = modules.flatMap((directory) => CACHES.map((name) => join(directory, name)))
  await Promise.all(
    caches.map(async (cache) => {
      await rm(cache, { recursive: true, force: true })
      await mkdir(cache)
    }),
  )
  const files: string[] = []
  for (const file of await typeCheckFiles(modules)) {
    await rm(file, { recursive: true, force: true })
    await writeFile(file, '')
    files.push(file)
  }
  return [...caches, ...files]
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
      if (await isDirectory(dirname(file))) found.add(file)
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
    return (await stat(path)).isDirectory()
  } catch {
    // Other versions have other folders.
    return false
  }
}
