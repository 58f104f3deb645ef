import { expect, it } from 'vitest'
import { parseRange } from './revision-range.ts'

it.each([
  ['main', { base: null, head: 'main' }],
  ['main..work', { base: 'main', head: 'work' }],
  ['main..', { base: 'main', head: 'HEAD' }],
  ['..work', { base: 'HEAD', head: 'work' }],
])('reads %s', (text, range) => expect(parseRange(text)).toEqual(range))

it.each(['main...work', 'a..b..c'])('refuses %s', (text) => {
  expect(() => parseRange(text)).toThrow('is not BASE..HEAD')
})
