import { describe, expect, it } from 'vitest'
import { mostFrequent, nameShape } from './name-shape.ts'

describe('nameShape', () => {
  it.each([
    ['src/a/read-plan.test.ts', '*.test.ts'],
    ['tests/test_read_plan.py', 'test_*.py'],
    ['queue_test.go', '*_test.go'],
    ['Test-Thing.spec.js', 'Test-*.spec.js'],
    ['tests/index.js', '*.js'],
    ['.hidden', '.*'],
  ])('of %s is %s', (path, shape) => {
    expect(nameShape(path)).toBe(shape)
  })
})

describe('mostFrequent', () => {
  it('counts, and decides ties in one way', () => {
    expect(mostFrequent(['b', 'a', 'c', 'c', 'b'], 2)).toEqual([
      { text: 'b', count: 2 },
      { text: 'c', count: 2 },
    ])
  })
})
