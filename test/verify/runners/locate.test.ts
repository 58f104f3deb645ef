import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { locatePackage } from '../../../src/verify/runners/locate.ts'
import { plainPlace } from '../../support/plain-place.ts'
import { sampleSuite } from '../../support/proof-samples.ts'

describe('where a package is installed', () => {
  it.each([
    ['a pipe that nobody writes to', (at: string) => execFileSync('mkfifo', [at]), null],
    ['a file without an end', (at: string) => symlinkSync('/dev/zero', at), null],
    ['a link to a manifest', linkedManifest, '3.2.1'],
  ])('is found in a tree that an agent laid out: %s', async (_what, lay, version) => {
    const directory = mkdtempSync(join(tmpdir(), 'locate-'))
    const manifest = join(directory, 'node_modules/vitest/package.json')
    mkdirSync(join(directory, 'node_modules/.bin'), { recursive: true })
    mkdirSync(dirname(manifest))
    const program = join(directory, 'node_modules/.bin/vitest')
    writeFileSync(program, '')
    lay(manifest)
    const place = await plainPlace(directory)
    const located = await locatePackage(place, sampleSuite({ command: null }), { name: 'vitest' })
    expect(located).toEqual({ kind: 'found', program: [program], version })
    await place.close()
  })
})

function linkedManifest(at: string): void {
  writeFileSync(`${at}.real`, '{ "version": "3.2.1" }')
  symlinkSync(`${at}.real`, at)
}
