import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as evenly from '../src/index.js'

test('exports functions only', () => {
  for (const [name, value] of Object.entries(evenly)) assert.equal(typeof value, 'function', name)
  assert.equal(evenly.formatAmount(100), '1.00')
})
