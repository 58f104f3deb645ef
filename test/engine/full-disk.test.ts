import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { testPlace } from '../support/contained.ts'
import { whyNoSandbox } from '../support/sandbox.ts'
import { canMount, onSmallDisk } from '../support/small-disk.ts'

const MIB = 1024 * 1024
const canPlay = (await whyNoSandbox()) === null && canMount()

describe.runIf(canPlay)('what lies on a full disk', () => {
  const full = (mode = '') => said('full-disk', { mib: 6, mode }) as Record<string, unknown>

  it('is cleaned although its store cannot be opened, nor read as it was before; history stays, and what has not landed is not known', () => {
    const isFull = expect.stringMatching(/^The disk of the store .* is full\.$/) as string
    expect(full()).toEqual({
      opened: isFull,
      read: isFull,
      unlanded: [expect.stringMatching(/^the disk is too full to read the store /)],
      cleaned: 'cleaned',
      left: false,
      store: true,
    })
  })

  it('is waited for once: who asks for a change after that is refused at once, whatever was read meanwhile', () => {
    const isFull = expect.stringMatching(/^The disk of the store .* is full\.$/) as string
    expect(said('full-store', { mib: 6 })).toEqual({ first: isFull, second: isFull })
  })

  it('fails no attempt whose transcript has no room, and what was not kept is said in its place', () => {
    const { first, whole } = said('full-transcript', { mib: 2 }) as Record<string, unknown>
    expect(first).toMatchObject([
      { kind: 'begun' },
      { kind: 'said', text: 'before' },
      { kind: 'gap', entries: 1, reason: 'the disk is full' },
      { kind: 'said', text: 'after' },
      { kind: 'ended' },
    ])
    expect(whole).toEqual([true, false])
  })

  it('is not taken away from whoever works there', () => {
    expect(full('in use')).toMatchObject({
      cleaned: expect.stringContaining('is full') as string,
      left: true,
    })
  })
})

describe.runIf(canPlay)('commands that fill a disk together', () => {
  it('go on when one of them was ended to make room', () => {
    const ends = said('three-writers', { mib: 100 }) as { kind: string }[]
    expect(ends.toSorted((one, other) => one.kind.localeCompare(other.kind))).toEqual([
      { kind: 'exited', code: 0 },
      { kind: 'exited', code: 0 },
      { kind: 'limit', which: 'room' },
    ])
  })
})

/** What a script of `test/support` prints that has a disk of so many MiB to itself. */
function said(script: string, { mib, mode = '' }: { readonly mib: number; readonly mode?: string }): unknown {
  using place = testPlace()
  const directory = join(place.path, 'state')
  mkdirSync(directory)
  const file = new URL(`../support/${script}.ts`, import.meta.url).pathname
  const [program = '', ...sandbox] = onSmallDisk(directory, mib * MIB)
  return JSON.parse(execFileSync(program, [...sandbox, process.execPath, file, directory, mode]).toString())
}
