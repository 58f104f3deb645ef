import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readDocument } from './document.ts'

describe('readDocument', () => {
  it('finds the lines of places in JSON, also behind escapes and in one-line lists', () => {
    const text = '{\n "a\\"\\u0062": [1, {"x": "}\\\\",\n "y": null}],\n "c": {}\n}'
    expect(lines(text, 'a.json', [['a"b'], ['a"b', 0], ['a"b', 1, 'y'], ['c'], []])).toEqual([2, 2, 3, 4, 1])
  })

  it('finds the lines of places in YAML', () => {
    const text = '# first\na:\n  - 1\n  - x: 2\n    y: 3\n'
    expect(lines(text, 'a.yaml', [['a'], ['a', 0], ['a', 1, 'y']])).toEqual([2, 3, 5])
  })

  it('gives the line of the place above for what is not there', () => {
    expect(lines('{\n"a": [\n{"b": 1}]}', 'a.json', [['a', 0, 'c']])).toEqual([3])
    expect(
      lines('a:\n  - b: 1\n', 'a.yaml', [
        ['a', 0, 'c'],
        ['z', 'y'],
      ]),
    ).toEqual([2, 1])
  })

  it('takes a text without an ending for JSON when it begins with a brace, else for YAML', () => {
    expect(value('{"a": 1}', 'plan')).toEqual({ a: 1 })
    expect(value('\uFEFFa: 1', 'plan')).toEqual({ a: 1 })
  })

  it('reads any JSON value without a key __proto__ as JSON.parse does', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 })), fc.boolean(), (data, pretty) => {
        fc.pre(!JSON.stringify(data).includes('__proto__'))
        const text = JSON.stringify(data, null, pretty ? 2 : undefined)
        expect(value(text, 'x.json')).toEqual(JSON.parse(text))
        const paths = Object.keys(data).map((key) => [key])
        expect(lines(text, 'x.json', paths)).not.toContain(null)
      }),
      { seed: 3, numRuns: 200 },
    )
  })
})

function value(text: string, fileName: string): unknown {
  const read = readDocument(text, fileName)
  if (!read.ok) throw new Error(JSON.stringify(read.problems))
  return read.document.value
}

function lines(text: string, fileName: string, paths: readonly (readonly (string | number)[])[]): unknown {
  const read = readDocument(text, fileName)
  if (!read.ok) throw new Error(JSON.stringify(read.problems))
  return read.document.lines(paths)
}
