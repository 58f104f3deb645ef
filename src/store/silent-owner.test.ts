import { expect, test } from 'vitest'
import { silentOwnerHint } from './silent-owner.ts'

const owner = {
  identity: { host: 'here', bootId: 'b', pid: 4711, processStart: '1' },
  epoch: 1,
  since: 0,
  leaseUntil: 130_000,
  released: false,
  passing: false,
}

test('an owner that misses its renewals is told to be perhaps stopped, with the line that lets it go on', () => {
  expect(silentOwnerHint(owner, 142_000, 'here')).toBe(
    'Process 4711 has said nothing for 42 s; it may be stopped. `kill -CONT 4711` lets it go on.',
  )
})

test('nothing of that is told of one that renews, that has gone, or that is on another machine', () => {
  expect(silentOwnerHint(owner, 112_000, 'here')).toBeNull()
  expect(silentOwnerHint({ ...owner, released: true }, 142_000, 'here')).toBeNull()
  expect(silentOwnerHint(owner, 142_000, 'elsewhere')).toBeNull()
  expect(silentOwnerHint(null, 142_000, 'here')).toBeNull()
})
