import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { systemClock } from '../../src/runtime/clock.ts'
import { processIdentity } from '../../src/runtime/process-identity.ts'
import { openReader } from '../../src/store/reader.ts'
import { salvage } from '../../src/store/salvage.ts'
import { openSqliteStore } from '../../src/store/sqlite.ts'
import type { Store } from '../../src/store/store.ts'
import { newRun } from '../support/store-data.ts'
import { tempStorePath } from '../support/temp-store-path.ts'

/** Where the mark is in the head of a database. */
const MARK_AT = 68

describe('a store whose mark is damaged', () => {
  it.each([0, 1, 2, 3])(
    'is saved whole, and not taken for that of another program: byte %i',
    async (byte) => {
      const path = tempStorePath()
      const store = await open(path)
      await store.createRun(newRun('run-1'), 1)
      await store.close()
      const content = readFileSync(path)
      content.writeUInt8(content.readUInt8(MARK_AT + byte) ^ 4, MARK_AT + byte)
      writeFileSync(path, content)
      const damaged = { code: 'store_corrupt', message: expect.stringContaining('is damaged') as string }
      expect(() => openReader(path)).toThrow(expect.objectContaining(damaged))
      await expect(open(path)).rejects.toMatchObject({
        ...damaged,
        hint: expect.stringContaining('nothing is missing') as string,
      })
      expect(readFileSync(path).equals(content)).toBe(true)
      await using saved = await open(salvage(path, 1)?.path ?? '')
      expect((await saved.run('run-1'))?.title).toBe('A plan')
    },
  )
})

function open(path: string): Promise<Store> {
  return openSqliteStore({ path, clock: systemClock, owner: processIdentity() })
}
