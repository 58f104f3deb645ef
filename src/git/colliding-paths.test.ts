import { describe, expect, it } from 'vitest'
import { collidingPaths } from './colliding-paths.ts'

describe('paths that many file systems take for one', () => {
  const found = (old: readonly string[], fresh: readonly string[]) =>
    collidingPaths([...old, ...fresh], (path) => old.includes(path))

  it('differ in letter case, or in the form in which Unicode writes a letter', () => {
    expect(found(['src', 'src/add.js'], ['src/Add.js'])).toEqual([
      { path: 'src/Add.js', other: 'src/add.js' },
    ])
    expect(found([], ['\u00e9.js', 'e\u0301.js'])).toEqual([{ path: '\u00e9.js', other: 'e\u0301.js' }])
    expect(found(['src', 'src/a.js'], ['Src', 'Src/a.js'])).toEqual([{ path: 'Src', other: 'src' }])
  })

  it('are no new ones where the tree had them, or where they lie in directories of their own', () => {
    expect(found(['README', 'readme'], ['src/a.js'])).toEqual([])
    expect(found(['src', 'src/add.js', 'test'], ['test/Add.js', 'lib', 'lib/add.js'])).toEqual([])
    expect(found(['src/add.js'], [])).toEqual([])
  })
})
