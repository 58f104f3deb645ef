import { mkdir, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'

/** Where tools of JavaScript write beside what setup installed; they do not expect it to be read-only. */
const CACHES = ['.vite-temp', '.vite', '.vitest-cache']

/**
 * Empty cache directories inside dependency directories, to be writable although the rest is not. Made anew for each
 * run, so that nothing a run leaves there reaches the next one.
 */
export async function freshToolCaches(dependencyDirectories: readonly string[]): Promise<string[]> {
  const caches = dependencyDirectories
    .filter((directory) => basename(directory) === 'node_modules')
    .flatMap((directory) => CACHES.map((name) => join(directory, name)))
  await Promise.all(
    caches.map(async (cache) => {
      await rm(cache, { recursive: true, force: true })
      await mkdir(cache)
    }),
  )
  return caches
}
