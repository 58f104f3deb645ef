import { describe, expect, it } from 'vitest'
import { requireOpenFiles } from './require-open-files.ts'

describe('the files that a run may have open', () => {
  it('are enough where the system sets no bound, or a usual one', () => {
    expect(() => requireOpenFiles(128, null)).not.toThrow()
    expect(() => requireOpenFiles(128, 1024)).not.toThrow()
    expect(() => requireOpenFiles(8, 128)).not.toThrow()
  })

  it('are too few for so many workers, and it is said how many there may be', () => {
    const refused = (workers: number, most: number): unknown => {
      try {
        return requireOpenFiles(workers, most)
      } catch (thrown) {
        return thrown
      }
    }
    expect(refused(8, 96)).toMatchObject({
      code: 'too_few_files',
      message: 'this process may have 96 files open, and 8 workers need 118',
      hint: 'Raise the limit (ulimit -n 1024), or run fewer workers: --workers 4.',
    })
    expect(refused(1, 32)).toMatchObject({ hint: 'Raise the limit (ulimit -n 1024).' })
  })
})
