import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { freshToolCaches } from '../../src/engine/tool-caches.ts'

const KNOWN = 'tsconfig.tmp.tsbuildinfo'
const KEEPSAKE = `${KNOWN}/keepsake`

/** A slot with an installed vitest, and a place outside of it that nobody may touch. */
function slot() {
  const root = mkdtempSync(join(tmpdir(), 'caches-'))
  const tree = join(root, 'tree')
  const modules = join(tree, 'node_modules')
  const victim = join(root, 'victim')
  mkdirSync(join(modules, 'vitest/dist/chunks'), { recursive: true })
  const inVictim = ['', 'dist', 'dist/chunks', 'chunks', 'vitest/dist', 'node_modules/vitest/dist']
  const kept = inVictim.map((folder) => join(victim, folder, KEEPSAKE))
  const caches = ['.vite-temp', 'node_modules/.vite-temp', 'ava']
  kept.push(...caches.map((cache) => join(victim, cache, 'keepsake')))
  for (const file of kept) {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, 'mine')
  }
  return {
    tree,
    modules,
    victim,
    fresh: (directories = [modules]) => freshToolCaches(tree, directories, () => false),
    /** After a setup that left something in the cache that tools share. */
    freshBesideKept: () => freshToolCaches(tree, [modules], (path) => path === join(modules, '.cache')),
    /** Puts a link to somewhere in the place of what is there. */
    link: (path: string, target: string) => {
      rmSync(join(tree, path), { recursive: true, force: true })
      mkdirSync(dirname(join(tree, path)), { recursive: true })
      symlinkSync(target, join(tree, path))
    },
    isUntouched: () => kept.every((file) => existsSync(file) && readFileSync(file, 'utf8') === 'mine'),
  }
}

describe('fresh caches of tools', () => {
  it('are empty directories, and one empty file for the type checker of vitest', async () => {
    const { fresh, modules } = slot()
    const known = join(modules, 'vitest/dist/chunks', KNOWN)
    writeFileSync(known, 'of the run before')
    mkdirSync(join(modules, '.vite-temp'))
    writeFileSync(join(modules, '.vite-temp/left'), '')
    expect(await fresh()).toEqual(
      expect.arrayContaining([known, join(modules, '.vite-temp'), join(modules, '.cache')]),
    )
    expect(readFileSync(known, 'utf8')).toBe('')
    expect(existsSync(join(modules, '.vite-temp/left'))).toBe(false)
  })

  it('leave what setup left in the cache that tools share, where ava alone gets one of its own', async () => {
    const { freshBesideKept, modules } = slot()
    const shared = join(modules, '.cache')
    for (const folder of ['mongo', 'ava']) mkdirSync(join(shared, folder), { recursive: true })
    writeFileSync(join(shared, 'mongo/binary'), 'mongod')
    writeFileSync(join(shared, 'ava/left'), '')
    const made = await freshBesideKept()
    expect(readFileSync(join(shared, 'mongo/binary'), 'utf8')).toBe('mongod')
    expect(made.filter((path) => path.startsWith(shared))).toEqual([join(shared, 'ava')])
    expect(existsSync(join(shared, 'ava/left'))).toBe(false)
  })

  it('are made in the vitest that pnpm keeps elsewhere in the same folder', async () => {
    const { fresh, modules, link } = slot()
    const kept = join(modules, '.pnpm/vitest@4/node_modules/vitest')
    mkdirSync(join(kept, 'dist'), { recursive: true })
    link('node_modules/vitest', '.pnpm/vitest@4/node_modules/vitest')
    expect(await fresh()).toContain(join(kept, 'dist', KNOWN))
  })

  it.each([
    ['node_modules', 'node_modules'],
    ['node_modules/vitest', 'vitest'],
    ['node_modules/vitest/dist', 'dist'],
    ['node_modules/vitest/dist', ''],
    ['node_modules/vitest/dist/chunks', 'chunks'],
    ['node_modules/vitest/dist/chunks', ''],
    ['node_modules/vitest/dist/vendor', ''],
    [`node_modules/vitest/dist/chunks/${KNOWN}`, KNOWN],
    [`node_modules/vitest/dist/chunks/${KNOWN}`, KEEPSAKE],
    ['node_modules/.vite-temp', '.vite-temp'],
    ['node_modules/.cache', ''],
    ['node_modules/.cache/ava', 'ava'],
  ])('are never made through a link in the place of %s', async (path, target) => {
    const { freshBesideKept, link, victim, isUntouched } = slot()
    link(path, join(victim, target))
    const made = await freshBesideKept()
    expect(isUntouched()).toBe(true)
    for (const cache of made) {
      expect(lstatSync(cache).isSymbolicLink()).toBe(false)
      expect(existsSync(join(cache, 'keepsake'))).toBe(false)
    }
  })

  it('are never made through a link above a folder of dependencies', async () => {
    const { fresh, link, tree, victim, isUntouched } = slot()
    link('packages/x', victim)
    expect(await fresh([join(tree, 'packages/x/node_modules')])).toEqual([])
    expect(isUntouched()).toBe(true)
  })

  it('do not empty a file elsewhere that has a second name here', async () => {
    const { fresh, modules, victim, isUntouched } = slot()
    linkSync(join(victim, KEEPSAKE), join(modules, 'vitest/dist/chunks', KNOWN))
    await fresh()
    expect(isUntouched()).toBe(true)
  })

  it('leave a directory alone that has the name of the file', async () => {
    const { fresh, modules } = slot()
    const known = join(modules, 'vitest/dist/chunks', KNOWN)
    mkdirSync(known)
    writeFileSync(join(known, 'installed'), '')
    expect(await fresh()).not.toContain(known)
    expect(existsSync(join(known, 'installed'))).toBe(true)
  })

  it('are made where the slot itself lies behind a link', async () => {
    const { tree, modules } = slot()
    const behind = `${tree}-real`
    renameSync(tree, behind)
    symlinkSync(behind, tree)
    const made = await freshToolCaches(tree, [modules], () => false)
    expect(made).toContain(join(modules, '.vite-temp'))
    expect(existsSync(join(behind, 'node_modules/vitest/dist/chunks', KNOWN))).toBe(true)
  })
})
