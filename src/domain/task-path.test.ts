import { describe, expect, it } from 'vitest'
import { holdsPath, lockOf, namesPath, overlaps } from './task-path.ts'

describe('an entry of a task', () => {
  it.each([
    ['test/[id].test.js', 'test/[id].test.js', true],
    ['test/[id].test.js', 'test/i.test.js', false],
    ['src/{a,b}.js', 'src/{a,b}.js', true],
    ['src/{a,b}.js', 'src/a.js', false],
    ['!src/a.js', '!src/a.js', true],
    ['src/(group)/page.js', 'src/(group)/page.js', true],
    ['app/[id]/**', 'app/[id]/x/page.js', true],
    ['app/[id]/**', 'app/i/page.js', false],
    ['app/**', 'app', false],
    ['app/**', 'apps/a.js', false],
    ['**', 'a/b.js', true],
  ])('%s is a path or a directory, and holds %s: %s', (entry, path, expected) => {
    expect(holdsPath([entry], path)).toBe(expected)
  })

  it('takes nothing away from another, whatever it begins with', () => {
    expect(holdsPath(['src/**', '!src/a.js'], 'src/a.js')).toBe(true)
  })
})

describe('a task', () => {
  it('means by what it declares just that path, and by what it has of its suite a pattern', () => {
    const declared = { tests: ['test/[ab].js'], sources: ['src/[ab].js'], locks: ['test/[ab].js'] }
    expect(namesPath(declared, 'tests', 'test/[ab].js')).toBe(true)
    expect(namesPath(declared, 'tests', 'test/a.js')).toBe(false)
    expect(namesPath(declared, 'sources', 'src/a.js')).toBe(true)
  })

  it('has the patterns of its suite in their order, so that a later one takes away', () => {
    const task = { tests: ['test/**', '!test/support/**', 'test/support/own.js'], sources: [], locks: [] }
    expect(namesPath(task, 'tests', 'test/support/a.js')).toBe(false)
    expect(namesPath({ ...task, locks: ['test/support/own.js'] }, 'tests', 'test/support/own.js')).toBe(true)
  })
})

describe('two lock entries overlap', () => {
  it.each([
    ['src/a.js', 'src/a.js', true],
    ['src/a.js', 'SRC/A.js', true],
    ['src/caf\u00e9.js', 'src/cafe\u0301.js', true],
    ['src/**', 'src/a/b.js', true],
    ['src/**', 'src', true],
    ['src/**', 'src/a/**', true],
    ['src/**', 'srcs/a.js', false],
    ['src/a.js', 'src/ab.js', false],
    ['src/[id].js', 'src/[ID].js', true],
    ['src/[id].js', 'src/a.js', false],
    ['src/[id].js', 'src/[slug].js', false],
    ['src/[id]/**', 'src/[id]/a.js', true],
    ['src/[id]/**', 'src/a.js', false],
    ['**', 'x', true],
  ])('%s and %s: %s', (left, right, expected) => {
    expect(overlaps(left, right)).toBe(expected)
    expect(overlaps(right, left)).toBe(expected)
  })

  it('by a key in one letter case, and whether it is a directory', () => {
    expect(lockOf('App/[id]/**')).toEqual({ key: 'app/[id]', isPrefix: true })
    expect(lockOf('**')).toEqual({ key: '', isPrefix: true })
    expect(lockOf('A.js')).toEqual({ key: 'a.js', isPrefix: false })
  })
})
