import { describe, expect, it } from 'vitest'
import { forbiddenLinkName, forbiddenName, isTextName, pathKey } from './path-rules.ts'

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

describe('pathKey', () => {
  it('is equal for paths that differ in letter case or Unicode form', () => {
    expect(pathKey('Src/\u00c4.ts')).toBe(pathKey('src/a\u0308.TS'))
    expect(pathKey('stra\u00dfe')).toBe(pathKey('STRASSE'))
    expect(pathKey('\u039f\u0394\u039f\u03a3')).toBe(pathKey('\u03bf\u03b4\u03bf\u03c3'))
  })

  it('differs for other paths', () => {
    expect(pathKey('a/b')).not.toBe(pathKey('a/c'))
  })
})
