import { describe, expect, it } from 'vitest'
import { forbiddenLinkName, forbiddenName, isTextName } from './path-rules.ts'

describe('forbiddenName', () => {
  it.each([
    '.git',
    '.GIT',
    '.Git',
    'git~1',
    'GIT~1',
    '.git.',
    '.git ',
    '.git. .',
    '.git::$INDEX_ALLOCATION',
    '.g\u200cit',
    '\ufeff.git',
    'a\\.git',
    '.',
    '..',
    '',
  ])('refuses %j', (name) => {
    expect(forbiddenName(name)).toBe(true)
  })

  it.each([
    '.gitignore',
    '.gitattributes',
    '.github',
    'git',
    'git~2',
    'x.git',
    '.gitx',
    'a b',
    'ä',
    '\udcff',
  ])('allows %j', (name) => {
    expect(forbiddenName(name)).toBe(false)
  })

  it('refuses a link that git would read its submodules from', () => {
    expect(forbiddenLinkName('.gitModules')).toBe(true)
    expect(forbiddenLinkName('modules')).toBe(false)
  })
})

describe('isTextName', () => {
  it('tells bytes that are no text from text', () => {
    expect(isTextName('ä\u{1f600}')).toBe(true)
    expect(isTextName('a\udce4')).toBe(false)
  })
})
