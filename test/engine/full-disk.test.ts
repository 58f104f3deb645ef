import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { testPlace } from '../support/contained.ts'
import { whyNoSandbox } from '../support/sandbox.ts'

const SCRIPT = new URL('../support/full-disk.ts', import.meta.url).pathname
const SIZE = String(6 * 1024 * 1024)
const noSandbox = await whyNoSandbox()

describe.skipIf(noSandbox !== null)('what lies on a full disk', () => {
  const full = (mode = ''): Record<string, unknown> => {
    using place = testPlace()
    const directory = join(place.path, 'state')
    mkdirSync(directory)
    const sandbox = ['--dev-bind', '/', '/', '--size', SIZE, '--tmpfs', directory, '--']
    const said = execFileSync('bwrap', [...sandbox, process.execPath, SCRIPT, directory, mode])
    return JSON.parse(said.toString()) as Record<string, unknown>
  }

  it('is cleaned although its store cannot be opened, nor read as it was before; history stays', () => {
    const isFull = expect.stringMatching(/^The disk of the store .* is full\.$/) as string
    expect(full()).toEqual({
      opened: isFull,
      read: isFull,
      cleaned: 'cleaned',
      left: false,
      store: true,
    })
  })

  it('is not taken away from whoever works there', () => {
    expect(full('in use')).toMatchObject({
      cleaned: expect.stringContaining('is full') as string,
      left: true,
    })
  })
})
