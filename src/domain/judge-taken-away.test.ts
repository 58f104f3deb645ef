import { expect, it } from 'vitest'
import { refuseTakenAway } from './judge-taken-away.ts'

const test = (name: string, file = 'test/a.test.js') => ({ file, name })
const gone = (name: string, holds = true) => ({ test: test(name), holds, message: holds ? '' : '3 !== 2' })
const codes = (...asked: Parameters<typeof refuseTakenAway>): string[] =>
  refuseTakenAway(...asked).map(({ code }) => code)

it('accepts a test that holds all the same and that another one replaces', () => {
  expect(codes([gone('adds')], [test('adds texts')])).toEqual([])
})

it('refuses to take a test away that fails with the change', () => {
  const [refusal] = refuseTakenAway([gone('adds', false)], [test('adds texts')])
  expect(refusal).toMatchObject({ code: 'regression', fact: expect.stringContaining('3 !== 2') })
})

it('refuses to take more tests away than there are new ones; cases of one function are one test', () => {
  expect(codes([gone('adds'), gone('subtracts')], [test('adds texts')])).toEqual(['tests_changed'])
  expect(codes([gone('test_sum[1]'), gone('test_sum[2]')], [test('test_sum[3]')])).toEqual([])
})
