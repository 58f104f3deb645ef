import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { foldPath, isUnder, readPattern, readTaskPath } from './plan-path.ts'

describe('readTaskPath', () => {
  it.each([
    ['./src//a.js', 'src/a.js'],
    ['src/./lib/**', 'src/lib/**'],
    ['app/[id]/page.tsx', 'app/[id]/page.tsx'],
    ['docs/ein Ordner/é.md', 'docs/ein Ordner/é.md'],
  ])('writes %s as %s', (text, path) => {
    expect(readTaskPath(text)).toEqual({ ok: true, path })
  })

  it.each([
    ['', 'is empty'],
    ['.', 'names the whole repository'],
    ['src/', 'ends with a slash'],
    ['C:/a.js', 'is absolute'],
    ['a\\b.js', 'contains a backslash'],
    ['.GIT/config', 'lies in .git'],
    ['src/.g\u200cit/config', 'lies in .git'],
    ['git~1/config', 'lies in .git'],
    ['a/../b.js', 'leaves the repository or contains ".."'],
    ['a\nb.js', 'contains a control character'],
    ['x/.GIT/config', 'lies in .git'],
    ['**', 'is a pattern'],
    ['a'.repeat(2000), 'is longer than 1024 characters'],
  ])('refuses %j', (text, what) => {
    expect(readTaskPath(text)).toMatchObject({ ok: false, what })
  })

  it('changes nothing that it has read once', () => {
    const parts = fc.array(fc.constantFrom('a', 'b.js', '.', '', '..', 'ü', 'dir', '**', '.tdd'), {
      minLength: 1,
      maxLength: 6,
    })
    fc.assert(
      fc.property(parts, (chosen) => {
        const read = readTaskPath(chosen.join('/'))
        if (read.ok) expect(readTaskPath(read.path)).toEqual(read)
      }),
      { seed: 11, numRuns: 500 },
    )
  })
})

describe('paths of suites', () => {
  it('may be patterns', () => {
    expect(readPattern('./test/**/*.{ts,tsx}')).toEqual({ ok: true, path: 'test/**/*.{ts,tsx}' })
  })

  it('hold what lies below them and nothing that only begins alike', () => {
    expect(isUnder('src/a.js', 'src')).toBe(true)
    expect(isUnder('srcs/a.js', 'src')).toBe(false)
    expect(isUnder('anything', '.')).toBe(true)
  })

  it('are equal where only letter case or Unicode form differ', () => {
    expect(foldPath('Src/e\u0301.js')).toBe(foldPath('src/é.js'))
  })
})
