import { describe, expect, it } from 'vitest'
import { pathKey } from './path-key.ts'

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
