import { expect, it } from 'vitest'
import { sampleTask, TEST_FILE } from '../../test/support/proof-samples.ts'
import type { TestId } from './evidence.ts'
import { lostTests } from './lost-tests.ts'
import type { TaskDefinition } from './plan.ts'

const OTHER = 'test/other.test.js'
const tests = (file: string, ...names: string[]): TestId[] => names.map((name) => ({ file, name }))

function lost(
  gone: readonly TestId[],
  written: readonly TestId[],
  over: { readonly kept?: readonly TestId[]; readonly task?: Partial<TaskDefinition> } = {},
): string[] {
  const task = sampleTask({ tests: [TEST_FILE, OTHER], locks: [TEST_FILE, OTHER], ...over.task })
  const present = [...written, ...(over.kept ?? [])]
  return lostTests({ gone, written, present }, task).map(({ name }) => name)
}

it('lets as many tests of a named file go as new ones come, and names all that went where more go', () => {
  expect(lost(tests(TEST_FILE, 'a', 'b'), tests(TEST_FILE, 'c', 'd'))).toEqual([])
  expect(lost(tests(TEST_FILE, 'a', 'b'), tests(TEST_FILE, 'c'))).toEqual(['a', 'b'])
})

it('counts the cases of a parametrised test as the one test that they are', () => {
  expect(lost(tests(TEST_FILE, 'sum[1]', 'sum[2]'), tests(TEST_FILE, 'c'))).toEqual([])
  expect(lost(tests(TEST_FILE, 'a', 'b'), tests(TEST_FILE, 'sum[1]', 'sum[2]'))).toEqual(['a', 'b'])
})

it('lets no test of a file go that the task does not name', () => {
  expect(lost(tests(TEST_FILE, 'a'), tests(TEST_FILE, 'b'), { task: { locks: [] } })).toEqual(['a'])
})

it('lets no test go of a directory that the task names, except for maintenance', () => {
  const task = { tests: ['test/**'], locks: ['test/**'] }
  expect(lost(tests(TEST_FILE, 'a'), tests(TEST_FILE, 'b'), { task })).toEqual(['a'])
  expect(lost(tests(TEST_FILE, 'a'), [], { task: { ...task, kind: 'maintenance' } })).toEqual([])
})

it('lets the tests of another named file stand for those of a file of which nothing is left', () => {
  const written = tests(OTHER, 'c', 'd')
  expect(lost(tests(TEST_FILE, 'a', 'b'), written)).toEqual([])
  expect(lost(tests(TEST_FILE, 'a'), written, { kept: tests(TEST_FILE, 'b') })).toEqual(['a'])
  expect(lost([...tests(TEST_FILE, 'a', 'b'), ...tests(OTHER, 'e')], written)).toEqual(['a', 'b'])
})

it('lets tests move to another named file, one for one', () => {
  const kept = tests(TEST_FILE, 'b')
  expect(lost(tests(TEST_FILE, 'a'), tests(OTHER, 'a'), { kept })).toEqual([])
  expect(
    lost([...tests(TEST_FILE, 'a'), ...tests(OTHER, 'a')], tests('test/new.test.js', 'a'), { kept }),
  ).toEqual(['a', 'a'])
  expect(lost(tests(TEST_FILE, 'a'), tests('test/new.test.js', 'a'), { kept })).toEqual(['a'])
})

it('lets maintenance drop what it names', () => {
  expect(lost(tests(TEST_FILE, 'a'), [], { task: { kind: 'maintenance' } })).toEqual([])
})
