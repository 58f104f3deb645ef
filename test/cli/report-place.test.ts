import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { reportFile, requireReportPlace } from '../../src/cli/report-place.ts'
import { reportPage } from '../../src/observe/report/page.ts'
import { writeWhole } from '../../src/runtime/write-whole.ts'
import { reportFacts } from '../support/report-sample.ts'

describe('the place of a report', () => {
  it('is a new file, or one of ours, in a directory that is there and not git’s, and nothing else', async () => {
    const place = emptyDirectory()
    const at = (...names: readonly string[]): string => join(place, ...names)
    mkdirSync(at('folder'))
    writeFileSync(at('old.html'), reportPage(reportFacts(), { head: null, diffs: new Map() }).text)
    writeFileSync(at('page.html'), '<!doctype html>\n<p>mine</p>')
    writeFileSync(at('package.json'), '{}')
    mkdirSync(at('.git', 'hooks'), { recursive: true })
    symlinkSync(at('.git'), at('looks-well'))
    symlinkSync('/etc/hosts', at('link.html'))
    symlinkSync(at('gone'), at('dangling.html'))
    await expect(requireReportPlace(at('new.html'))).resolves.toBeUndefined()
    await expect(requireReportPlace(at('old.html'))).resolves.toBeUndefined()
    const refused: readonly [string, RegExp][] = [
      [at('folder'), /is a directory/],
      [at('link.html'), /is a link/],
      [at('dangling.html'), /is a link/],
      [at('none', 'x.html'), /directory does not exist/],
      [at('old.html', 'x.html'), /no directory/],
      [at(`${'x'.repeat(300)}.html`), /too long/],
      ['/dev/null', /no regular file/],
      [at('page.html'), /is no report/],
      [at('package.json'), /is no report/],
      [at('.git', 'new.html'), /lies in .git/],
      [at('.git', 'hooks', 'new.html'), /lies in .git/],
      [at('looks-well', 'new.html'), /lies in .git/],
    ]
    for (const [path, says] of refused) {
      await expect(requireReportPlace(path)).rejects.toMatchObject({ code: 'usage', message: says })
    }
  })
})

describe('the file of a report', () => {
  it('is what its option names, and never standard output', () => {
    const named = (name: string): string => reportFile(name, { cwd: '/here', option: '--out' })
    expect(named('r.html')).toBe('/here/r.html')
    expect(named('./-')).toBe('/here/-')
    expect(() => named('-')).toThrow('--out - names no file: a report is not written to standard output')
    expect(() => named('')).toThrow('--out names no file')
  })
})

describe('writing a file whole', () => {
  it('replaces what stands there, and leaves nothing beside it, not even where it fails', async () => {
    const place = emptyDirectory()
    writeFileSync(join(place, 'a.html'), 'old')
    await writeWhole(join(place, 'a.html'), 'new')
    expect(readFileSync(join(place, 'a.html'), 'utf8')).toBe('new')
    mkdirSync(join(place, 'full', 'x'), { recursive: true })
    await expect(writeWhole(join(place, 'full'), 'new')).rejects.toThrow()
    expect(readdirSync(place).toSorted()).toEqual(['a.html', 'full'])
  })

  it('never writes through a link', async () => {
    const place = emptyDirectory()
    writeFileSync(join(place, 'elsewhere'), 'kept')
    symlinkSync(join(place, 'elsewhere'), join(place, 'a.html'))
    await writeWhole(join(place, 'a.html'), 'new')
    expect(readFileSync(join(place, 'elsewhere'), 'utf8')).toBe('kept')
  })
})

function emptyDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'tdd-report-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}
