import { describe, expect, it } from 'vitest'
import { parseTap, type TapPoint } from './tap-parse.ts'

const outline = (points: readonly TapPoint[]): unknown[] =>
  points.map((point) => [point.ok ? 'ok' : 'not ok', point.name, ...outline(point.children)])

describe('TAP', () => {
  it('reads points, directives and diagnostics', () => {
    const { points, flaw } = parseTap(
      `TAP version 13\n1..4\nok 1 - adds\nnot ok 2 - subtracts\n  ---\n  message: wrong\n  operator: equal\n  ...\nok 3 - later # SKIP no time\nnot ok 4 # TODO planned\n`,
    )
    expect(outline(points)).toEqual([
      ['ok', 'adds'],
      ['not ok', 'subtracts'],
      ['ok', 'later'],
      ['not ok', 'test 4'],
    ])
    expect(points.map((point) => point.directive)).toEqual([null, null, 'skip', 'todo'])
    expect(points[1]?.diagnostics).toEqual({ message: 'wrong', operator: 'equal' })
    expect(flaw).toBeNull()
  })

  it('gives indented points to the point that ends their subtest', () => {
    const { points } = parseTap(
      `# Subtest: outer\n    # Subtest: inner\n        ok 1 - works\n        1..1\n    ok 1 - inner\n    ok 2 - other\n    1..2\nok 1 - outer\n1..1\n`,
    )
    expect(outline(points)).toEqual([['ok', 'outer', ['ok', 'inner', ['ok', 'works']], ['ok', 'other']]])
  })

  it('reads subtests in braces', () => {
    const { points } = parseTap(`ok 1 - outer {\n    ok 1 - inner\n    1..1\n}\n1..1\n`)
    expect(outline(points)).toEqual([['ok', 'outer', ['ok', 'inner']]])
  })

  it('gives the flat points of tape to the test that a comment names', () => {
    const { points, flaw } = parseTap(
      `TAP version 13\n# adds\nok 1 should be equal\nok 2 should be equal\n# subtracts\nnot ok 3 should be equal\n  ---\n    operator: equal\n    expected: 1\n  ...\n# SKIP later\n# empty\n# todo: none\n\n1..3\n# tests 3\n# pass  2\n# fail  1\n`,
    )
    expect(outline(points)).toEqual([
      ['ok', 'adds'],
      ['not ok', 'subtracts'],
      ['ok', 'later'],
      ['ok', 'empty'],
      ['ok', 'todo: none'],
    ])
    expect(points.map(({ directive }) => directive)).toEqual([null, null, 'skip', null, null])
    expect(points[1]?.diagnostics).toMatchObject({ operator: 'equal', message: 'should be equal' })
    expect(flaw).toBeNull()
  })

  it('refuses a stream whose plan does not fit, that has none, or that bails out', () => {
    expect(parseTap('1..3\nok 1\n').flaw).toContain('the plan is 3')
    expect(parseTap('ok 1\n').flaw).toContain('no plan')
    expect(parseTap('1..1\nBail out! no database\n').flaw).toContain('no database')
    expect(parseTap('1..1\nok 1\n1..1\n').flaw).toContain('two plans')
  })

  it('takes other output for output', () => {
    expect(parseTap('hello\nokay then\n1..1\nok 1 - real\nbye\n').points).toHaveLength(1)
  })

  it('reads a subtest with as many points as a flood has, in both forms', () => {
    const many = Array.from({ length: 200_000 }, (_, at) => `    ok ${at + 1} - inner\n`).join('')
    for (const text of [`1..1\n${many}ok 1 - outer\n`, `1..1\nok 1 - outer {\n${many}}\n`]) {
      expect(parseTap(text).points.map(({ children }) => children.length)).toEqual([200_000])
    }
  })

  it('bears a flood of blocks that are begun and never closed', () => {
    const { points } = parseTap(`1..1\nok 1 - real\n${'  ---\n'.repeat(200_000)}`)
    expect(outline(points)).toEqual([['ok', 'real']])
  })

  it('ends each block at the next line that closes one', () => {
    const point = (n: number): string => `not ok ${n} - t${n}\n  ---\n  message: m${n}\n  ...\n`
    const { points } = parseTap(`1..2\n  ...\n${point(1)}---\n...\n${point(2)}`)
    expect(points.map(({ diagnostics }) => diagnostics)).toEqual([{ message: 'm1' }, { message: 'm2' }])
  })
})
