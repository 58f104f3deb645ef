import { expect, it } from 'vitest'
import { installsInSlot } from './installs-in-slot.ts'

it.each([
  [[['npm', 'ci', '--prefix', '../..']], true],
  [
    [
      ['go', 'mod', 'download'],
      ['npm', 'ci'],
    ],
    true,
  ],
  [[['npm', 'run', 'build']], false],
  [
    [
      ['npm', 'ci'],
      ['docker', 'compose', 'up', '-d'],
    ],
    false,
  ],
  [[['go', 'mod', 'tidy']], false],
  [[['npm']], false],
  [[['./npm', 'ci']], false],
])('of %j: %j', (setup, expected) => {
  expect(installsInSlot(setup)).toBe(expected)
})
