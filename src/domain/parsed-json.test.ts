import { expect, it } from 'vitest'
import { parsedJson } from './parsed-json.ts'

it('is what JSON says, and null for what is none', () => {
  expect(parsedJson('{"a":[1]}')).toEqual({ a: [1] })
  expect(['', '{', 'null', 'undefined', '{"a":1}x'].map(parsedJson)).toEqual(Array(5).fill(null))
})
