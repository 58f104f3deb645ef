import { expect, it } from 'vitest'
import { mapTexts } from './map-texts.ts'

const shout = { text: (text: string) => text.toUpperCase() }

it('replaces texts at any depth, and leaves out what lies deeper than anybody means', () => {
  expect(mapTexts({ a: ['b', { c: 'd', n: 1 }], e: null }, shout)).toEqual({
    a: ['B', { c: 'D', n: 1 }],
    e: null,
  })
  const deep: unknown = JSON.parse(`${'['.repeat(5_000)}"x"${']'.repeat(5_000)}`)
  expect(JSON.stringify(mapTexts(deep, shout))).toBe(`${'['.repeat(200)}null${']'.repeat(200)}`)
})
