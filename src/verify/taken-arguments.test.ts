import { expect, it } from 'vitest'
import { takingOthers } from './taken-arguments.ts'

const script = (taken: string, more = ''): string => `export const f = (${taken}) => 1\n${more}`
const python = (taken: string): string => `def f(${taken}):\n    return 1\n`

it.each([
  ['a, b', '{ a, b }'],
  ['a', 'a, b'],
  ['a, b', 'a'],
  ['a = 1', 'a'],
])('a function takes other arguments: (%s), then (%s)', (before, after) => {
  expect(takingOthers({ path: 'a.ts', before: script(before), after: script(after) })).toEqual(['f'])
})

it.each([
  ['a, b', 'left, right'],
  ['a', 'a, b = 1'],
  ['a: string', 'a: string | number, b?: string'],
  ['{ a }', '{ a, b }'],
  ['a, b', 'a, ...rest'],
])('a function can be called as before: (%s), then (%s)', (before, after) => {
  expect(takingOthers({ path: 'a.ts', before: script(before), after: script(after) })).toEqual([])
})

it('does not take another function of that name for it', () => {
  const after = script('a, b', 'export const g = () => {\n  const f = (x) => x\n  return f(1)\n}\n')
  expect(takingOthers({ path: 'a.js', before: script('a, b'), after })).toEqual([])
  expect(takingOthers({ path: 'a.js', before: script('a, b'), after: '' })).toEqual([])
})

it.each([
  ['a, b', 'a, *, b', ['f']],
  ['a', 'a, *, b', ['f']],
  ['a', 'first: int, /, *, b=1', []],
  ['a, b', '*given: int', []],
])('reads Python: (%s), then (%s)', (before, after, names) => {
  expect(takingOthers({ path: 'a.py', before: python(before), after: python(after) })).toEqual(names)
})
