import { describe, expect, it } from 'vitest'
import { findKinds, literalText, parseFile } from './syntax.ts'

function literal(expression: string, path = 'a.ts'): string | null {
  const root = parseFile(path, `x = ${expression}`)
  const node =
    root === null
      ? undefined
      : findKinds(root, path.endsWith('.py') ? ['assignment'] : ['assignment_expression'])[0]
  return literalText(node?.field('right') ?? null)
}

describe('a literal', () => {
  it.each([
    ["'a\\'b'", "a'b"],
    ['"\\u{1F600}\\u00e9\\x41\\n"', '\u{1F600}\u00e9A\n'],
    ['`a b`', 'a b'],
    ["'a' + ('b' + `c`)", 'abc'],
    ['`a ${b}`', null],
    ["'a' + b", null],
  ])('%s gives its value', (expression, value) => {
    expect(literal(expression)).toBe(value)
  })

  it('of Python gives its value', () => {
    expect(literal("r'a\\b'", 'a.py')).toBe('a\\b')
    expect(literal("'''a'''", 'a.py')).toBe('a')
    expect(literal("f'{a}'", 'a.py')).toBeNull()
  })
})

it('broken code and other languages are no reason to throw', () => {
  expect(parseFile('a.ts', 'test((((')).not.toBeNull()
  expect(parseFile('a.go', 'package a')).toBeNull()
})
