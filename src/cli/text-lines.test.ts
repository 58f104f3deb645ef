import { describe, expect, it } from 'vitest'
import { columns, counted, durationText, indented, sizeText } from './text-lines.ts'

describe('lines for people', () => {
  it('stand in columns', () => {
    expect(
      columns([
        ['A-1', 'landed', 'x'],
        ['LONGER', 'is', ''],
      ]),
    ).toEqual(['A-1     landed  x', 'LONGER  is'])
  })

  it.each([
    [850, '850 ms'],
    [12_340, '12.3 s'],
    [245_000, '4 min 5 s'],
    [7_800_000, '2 h 10 min'],
    [59_990, '1 min'],
    [119_700, '2 min'],
    [3_599_900, '1 h'],
  ])('say %d ms as %s', (ms, text) => expect(durationText(ms)).toBe(text))

  it.each([
    [0, '0 bytes'],
    [2_048, '2.0 KiB'],
    [5 * 1024 ** 3, '5.0 GiB'],
  ])('say %d bytes as %s', (bytes, text) => expect(sizeText(bytes)).toBe(text))

  it('count one and many', () => {
    expect([counted(1, 'task'), counted(0, 'task'), counted(2, 'entry', 'entries')]).toEqual([
      '1 task',
      '0 tasks',
      '2 entries',
    ])
  })

  it('keep the lines of a text that is moved in', () => {
    expect(indented('a\n\nb', 2)).toEqual(['  a', '', '  b'])
  })
})
