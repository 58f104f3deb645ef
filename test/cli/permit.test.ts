import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { givePermit, requirePermit } from '../../src/cli/mcp/permit.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { testPlace } from '../support/contained.ts'

const HOUR_MS = 3_600_000
const missing = { code: 'permission_missing' }

describe('the token that a person gives an assistant', () => {
  it('holds until its time is over, and only its digest is kept', async () => {
    using place = testPlace()
    const { token, until } = await givePermit(place.path, systemClock, HOUR_MS)
    await requirePermit(place.path, systemClock, token)
    await expect(requirePermit(place.path, { now: () => until }, token)).rejects.toMatchObject(missing)
    expect(readFileSync(join(place.path, 'mcp-permit.json'), 'utf8')).not.toContain(token)
  })

  it('is no other text, and void once there is another', async () => {
    using place = testPlace()
    const first = await givePermit(place.path, systemClock, HOUR_MS)
    const second = await givePermit(place.path, systemClock, HOUR_MS)
    for (const told of [undefined, '', first.token, `${second.token} `, second.token.toUpperCase()])
      await expect(requirePermit(place.path, systemClock, told)).rejects.toMatchObject(missing)
    await requirePermit(place.path, systemClock, second.token)
  })

  it.each(['', 'no json', '{}', '{"digest":"","until":9e15}', '{"digest":"zz","until":9e15}'])(
    'does not follow from a file that holds %j',
    async (text) => {
      using place = testPlace()
      writeFileSync(join(place.path, 'mcp-permit.json'), text)
      await expect(requirePermit(place.path, systemClock, '')).rejects.toMatchObject(missing)
    },
  )

  it('is never repeated by what refuses it', async () => {
    using place = testPlace()
    const refused = await requirePermit(place.path, systemClock, 'tdd-wrong').catch(
      (thrown: unknown) => thrown,
    )
    expect(JSON.stringify(refused, Object.getOwnPropertyNames(refused))).not.toContain('tdd-wrong')
  })
})
