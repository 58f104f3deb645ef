import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { canMount, onSmallDisk } from '../support/small-disk.ts'

const MIB = 1024 * 1024
const SCRIPT = join(import.meta.dirname, '..', 'support', 'salvage-on-full-disk.ts')

describe.runIf(canMount())('a damaged store on a disk without room for what is saved of it', () => {
  it.each([
    ['while it is made', 22],
    ['while it is filled', 26],
  ])('is left as it is, with what is in the way, and not taken for one that cannot be read: %s', (_, mib) => {
    const directory = mkdtempSync(join(tmpdir(), 'small-'))
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
    const [program = '', ...rest] = onSmallDisk(directory, mib * MIB)
    const said = execFileSync(program, [...rest, process.execPath, SCRIPT, directory], { encoding: 'utf8' })
    expect(said).toMatch(/could not be saved beside it: The disk of the store \S+ is full\. Mend that/)
  })
})
