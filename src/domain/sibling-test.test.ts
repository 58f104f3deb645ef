import { describe, expect, it } from 'vitest'
import { sampleSuite } from '../../test/support/proof-samples.ts'
import { siblingTest } from './sibling-test.ts'

const suite = sampleSuite({ tests: ['test/**'], fixtures: ['test/fixtures/**'] })
const PATHS = [
  'src/a.js',
  'test/fixtures/a.test.js',
  'test/a.test.js',
  'test/deep/b.test.mjs',
  'test/deep/c.test.js',
  'test/deep/own.test.js',
]

describe('the test that shows how tests look here', () => {
  it.each<[string, string[], string | null]>([
    ['is in the nearest folder, with the same ending', ['test/deep/own.test.js'], 'test/deep/c.test.js'],
    ['may be elsewhere', ['test/other/own.test.js'], 'test/a.test.js'],
    ['is none of the task', ['test/**'], null],
  ])('%s', (_title, tests, expected) => {
    expect(siblingTest(PATHS, { suite, tests })).toBe(expected)
    expect(siblingTest(PATHS.toReversed(), { suite, tests })).toBe(expected)
  })

  it('is none where there is no test', () => {
    expect(siblingTest(['src/a.js'], { suite, tests: ['test/own.test.js'] })).toBeNull()
  })
})
