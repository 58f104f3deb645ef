import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { transcriptsBeside } from '../../src/config/transcript-place.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { processIdentity } from '../../src/runtime/process-identity.ts'
import { openReader } from '../../src/store/reader.ts'
import { openSqliteStore } from '../../src/store/sqlite.ts'
import { savedBeside } from '../../src/store/store-file.ts'
import { storeOfTasks } from '../support/store-of-tasks.ts'
import { taskDefinition } from '../support/store-data.ts'
import { tempStorePath } from '../support/temp-store-path.ts'

it('a store that a link leads to is looked at where it is, with its log', async () => {
  const path = await storeOfTasks('one', taskDefinition('A'))
  const real = moved(path)
  writeFileSync(`${real}-wal`, readFileSync(real).subarray(0, 5_000))
  await expect(open(path)).rejects.toMatchObject({ code: 'store_corrupt' })
  expect(savedBeside(real)).toHaveLength(1)
  expect(readdirSync(dirname(path)).toSorted()).toEqual(['elsewhere', 'store.db'])
  expect(lstatSync(path).isSymbolicLink()).toBe(true)
})

it.each(['elsewhere', '.'])('a link that leads to nothing in %s begins no store', async (folder) => {
  const path = tempStorePath()
  const real = join(dirname(path), folder, 'real.db')
  symlinkSync(real, path)
  const refused = {
    code: 'state_unusable',
    message: `the link ${path} leads to ${real}, and no store is there`,
  }
  await expect(open(path)).rejects.toMatchObject(refused)
  expect(() => openReader(path)).toThrow(expect.objectContaining(refused))
  expect(readdirSync(dirname(path))).toEqual(['store.db'])
})

it.each([0, 1])(
  'a store that was cut to %i bytes beside its transcripts is not begun anew',
  async (bytes) => {
    const path = await storeOfTasks('one', taskDefinition('A'))
    writeFileSync(path, readFileSync(path).subarray(0, bytes))
    mkdirSync(join(`${path}-transcripts`, 'one'), { recursive: true })
    const refused = { code: 'state_unusable', message: expect.stringContaining('is empty') as string }
    await expect(open(path)).rejects.toMatchObject(refused)
    expect(() => openReader(path)).toThrow(expect.objectContaining(refused))
    expect(lstatSync(path).size).toBe(bytes)
  },
)

it('one that was emptied behind a link is not begun anew either', async () => {
  const path = await storeOfTasks('one', taskDefinition('A'))
  const real = moved(path)
  writeFileSync(real, '')
  mkdirSync(join(transcriptsBeside(path), 'one'), { recursive: true })
  await expect(open(path)).rejects.toMatchObject({ code: 'state_unusable' })
  expect(dirname(transcriptsBeside(path))).toBe(dirname(real))
})

it('an empty file with nothing beside it is a new store, as a kill leaves it before its first page', async () => {
  const path = tempStorePath()
  writeFileSync(path, '')
  expect(openReader(path)).toBeNull()
  await (await open(path)).close()
  expect(existsSync(path)).toBe(true)
})

/** Puts a store elsewhere, with a link in its place. */
function moved(path: string): string {
  const real = join(dirname(path), 'elsewhere', 'real.db')
  mkdirSync(dirname(real))
  renameSync(path, real)
  symlinkSync(real, path)
  return real
}

function open(path: string) {
  return openSqliteStore({ path, clock: systemClock, owner: processIdentity() })
}
