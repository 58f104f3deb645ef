import { describe, expect, it } from 'vitest'
import { isBranchName, isRefName, targetFault } from './branch-name.ts'

describe('isBranchName', () => {
  it.each(['main', 'tdd/plan-1', 'a.b', 'feature/\u00e9t\u00e9', '@', 'a@b', 'a-', 'x.lockx'])(
    'accepts %j',
    (name) => {
      expect(isBranchName(name)).toBe(true)
    },
  )

  it.each([
    ['', 'empty'],
    ['-x', 'read as an option'],
    ['HEAD', 'reserved'],
    ['a..b', 'a range'],
    ['a b', 'a space'],
    ['a\nb', 'a line feed'],
    ['a~1', 'an ancestor'],
    ['a^', 'a parent'],
    ['a:b', 'a path'],
    ['a?', 'a pattern'],
    ['a*', 'a pattern'],
    ['a[b', 'a pattern'],
    ['a\\b', 'a backslash'],
    ['a@{1}', 'a reflog entry'],
    ['/a', 'an empty part'],
    ['a/', 'an empty part'],
    ['a//b', 'an empty part'],
    ['.a', 'a hidden part'],
    ['a/.b', 'a hidden part'],
    ['a.lock', 'the name of a lock file'],
    ['a.lock/b', 'the name of a lock file'],
    ['a.', 'a dot at the end'],
    ['\ud800', 'no text'],
  ])('refuses %j: %s', (name) => {
    expect(isBranchName(name)).toBe(false)
  })
})

describe('isRefName', () => {
  it('accepts full names only', () => {
    expect(isRefName('refs/tdd/fence/main')).toBe(true)
    expect(isRefName('main')).toBe(false)
  })
})

describe('targetFault', () => {
  it.each(['@', 'HEAD', 'FETCH_HEAD', 'a'.repeat(40), '0'.repeat(64)])(
    'names what git takes for a commit: %j',
    (name) => {
      expect(targetFault(name)?.what).toBe('is what git takes for a commit')
    },
  )

  it.each(['main', 'headless', 'abc123', 'a@b', 'tdd/HEADS'])('finds nothing wrong with %j', (name) => {
    expect(targetFault(name)).toBeNull()
  })
})
