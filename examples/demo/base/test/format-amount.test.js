import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatAmount } from '../src/format-amount.js'

test('writes cents with two decimals', () => {
  assert.equal(formatAmount(1250), '12.50')
  assert.equal(formatAmount(5), '0.05')
  assert.equal(formatAmount(-700), '-7.00')
})

test('refuses a fraction of a cent', () => {
  assert.throws(() => formatAmount(0.5), RangeError)
})
