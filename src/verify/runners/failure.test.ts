import { describe, expect, it } from 'vitest'
import { errorInOutput, stackFrames, toFailure, treePath } from './failure.ts'

const TREE = { directories: ['/real/tree', '/private/real/tree'], cwd: '.' }

describe('failures', () => {
  it('names paths relative to the tree, however the runner writes them', () => {
    const written = [
      '/real/tree/a.js',
      'file:///real/tree/a%20b.js',
      '/private/real/tree/c.js',
      '/elsewhere/d.js',
    ]
    expect(written.map((path) => treePath(path, TREE))).toEqual(['a.js', 'a b.js', 'c.js', '/elsewhere/d.js'])
  })

  it('keeps frames of the project, innermost first, and drops those of Node', () => {
    const stack = `TypeError: no\n    at inner (file:///real/tree/src/a.js:3:5)\n    at node:internal/x:1:1\n    at async Object.<anonymous> (/real/tree/test/a.test.js:9:1)\n    at /real/tree/b.js:1:2`
    expect(stackFrames(stack).map((frame) => frame.line)).toEqual([3, 9, 1])
  })

  it('cuts messages and frames to a bound and takes colours away', () => {
    const stack = Array.from({ length: 80 }, (_, at) => `    at f (/real/tree/a.js:${at + 1}:1)`).join('\n')
    const failure = toFailure(
      { name: 'Error', code: null, message: `\u001B[31mred\u001B[39m${'x'.repeat(9_000)}`, stack },
      TREE,
    )
    expect(failure.message.startsWith('redx')).toBe(true)
    expect(failure.message.length).toBeLessThanOrEqual(4_000)
    expect(failure.frames).toHaveLength(50)
  })

  it.each([
    [{ name: 'AssertionError', code: 'ERR_ASSERTION' }, 'assertion'],
    [{ name: 'AssertionError [ERR_ASSERTION]', code: null }, 'assertion'],
    [{ name: 'JestAssertionError', code: null }, 'assertion'],
    [{ name: 'AssertError', code: null }, 'assertion'],
    [{ name: 'AssertionErrorish', code: null }, 'error'],
    [{ name: 'TypeError', code: null }, 'error'],
  ] as const)('tells %o as %s', (error, kind) => {
    expect(toFailure({ ...error, message: 'm', stack: null }, TREE).kind).toBe(kind)
  })

  it.each([
    ['expected 200 "OK", got 404 "Not Found"', 'node_modules/supertest/lib/test.js', 'assertion'],
    ['expected 200 "OK", got 404 "Not Found"', 'test/app.test.js', 'error'],
    ['connect ECONNREFUSED 127.0.0.1:80', 'node_modules/supertest/lib/test.js', 'error'],
  ])('tells what supertest says of %j in %s as %s', (message, file, kind) => {
    const stack = `Error: ${message}\n    at Context.<anonymous> (/real/tree/test/app.test.js:9:6)\n----\n    at Test._assertStatus (/real/tree/${file}:252:14)`
    expect(toFailure({ name: 'Error', code: null, message, stack }, TREE).kind).toBe(kind)
  })

  it('finds the error that ended a process in its output', () => {
    const output = `log line\nfile:///real/tree/test/a.js:3\nconst = 1\n      ^\n\nSyntaxError: Unexpected token '='\n    at compile (node:internal/x:1:1)\n\nNode.js v24.0.0\n`
    expect(errorInOutput(output)).toMatchObject({
      name: 'SyntaxError',
      message: `Unexpected token '='`,
      frames: [{ file: 'file:///real/tree/test/a.js', line: 3 }],
    })
  })
})
