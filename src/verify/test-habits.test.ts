import { describe, expect, it } from 'vitest'
import { testHabits } from './test-habits.ts'

describe('testHabits', () => {
  it('reads what tests of JavaScript import from packages and how they assert', () => {
    const text = `import { describe, expect, it } from 'vitest'
import {
  add } from '../src/add.js'
import assert from 'node:assert/strict';
it('adds', () => { expect(add(1, f(2))).toBe(3); expect(add()).not.toEqual(fn(() => g(1))); assert.equal(1, 1); tidy() })
`
    expect(testHabits('a.test.js', text)).toEqual({
      imports: ["import { describe, expect, it } from 'vitest'", "import assert from 'node:assert/strict'"],
      assertions: ['expect(…).toBe', 'expect(…).not.toEqual', 'assert.equal'],
    })
  })

  it('reads those of Python', () => {
    const text = `import pytest
from .helpers import x
from calc import add
def test_a():
    assert add(1) == 2
    with pytest.raises(ValueError): add(None)
class T(TestCase):
    def test_b(self): self.assertEqual(1, 1)
`
    expect(testHabits('test_a.py', text)).toEqual({
      imports: ['import pytest', 'from calc import add'],
      assertions: ['assert', 'pytest.raises', 'self.assertEqual'],
    })
  })

  it('knows nothing of other languages', () => {
    expect(testHabits('a_test.go', 'package a')).toEqual({ imports: [], assertions: [] })
  })
})
