import { describe, expect, it } from 'vitest'
import { familyOf, type ProcessRow, parsePsMarks, parsePsRows, parseStat } from './process-tree.ts'

function row(pid: number, parent: number, more: Partial<ProcessRow> = {}): ProcessRow {
  return { pid, parent, group: 1, session: 1, startTicks: 100, cpuTicks: 0, inert: false, ...more }
}
const pids = (rows: readonly ProcessRow[]): number[] => rows.map(({ pid }) => pid).sort((a, b) => a - b)

describe('the family of a process', () => {
  it('is its descendants, its group and its session, and their descendants', () => {
    const rows = [
      row(10, 1),
      row(11, 10),
      row(12, 11),
      row(20, 1, { group: 10 }),
      row(21, 20),
      row(30, 1, { session: 10 }),
      row(40, 1),
      row(41, 40),
    ]
    expect(pids(familyOf(rows, 10, new Map([[10, 100]])))).toEqual([10, 11, 12, 20, 21, 30])
  })

  it('includes who was known before and was adopted by another since', () => {
    const known = new Map([
      [10, 100],
      [40, 100],
    ])
    expect(pids(familyOf([row(40, 1), row(41, 40)], 10, known))).toEqual([40, 41])
  })

  it('includes nobody who merely got a number that was ours', () => {
    const known = new Map([
      [10, 100],
      [40, 100],
    ])
    const rows = [
      row(10, 1, { startTicks: 900, group: 10, session: 10 }),
      row(11, 10),
      row(40, 1, { startTicks: 900 }),
    ]
    expect(familyOf(rows, 10, known)).toEqual([])
  })
})

describe('what the system tells about processes', () => {
  it('is read from /proc also when a name has spaces and parentheses', () => {
    const text = '42 (a) (b c) S 7 42 42 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 12345 1000 50'
    const expected = {
      pid: 42,
      parent: 7,
      group: 42,
      session: 42,
      startTicks: 12345,
      // Its own time and that of the children it waited for: utime, stime, cutime, cstime.
      cpuTicks: 5 + 6 + 7 + 8,
      inert: false,
    }
    expect(parseStat(text)).toEqual(expected)
    expect(parseStat(text.replace(' S ', ' Z '))).toEqual({ ...expected, inert: true })
    expect(parseStat('')).toBeNull()
  })

  it('is read from ps where there is no /proc', () => {
    const text =
      '    1     0     1      0 Ss   Mon Nov 16 10:00:00 2026\n  310     1   310      0 Z    Mon Nov 16 10:00:05 2026\n'
    const [first, second] = parsePsRows(text)
    expect(first).toMatchObject({ pid: 1, parent: 0, group: 1, session: 0, inert: false })
    expect(second).toMatchObject({ pid: 310, parent: 1, inert: true })
    expect((second?.startTicks ?? 0) - (first?.startTicks ?? 0)).toBe(5)
  })

  it('shows marks in the environments that ps prints', () => {
    const text =
      '  310 sleep 600 PATH=/bin TDD_MARK=own.abc TERM=dumb\n  311 sleep 600 TDD_MARK=owner.abc\n  312 sleep 1\n'
    expect(parsePsMarks(text, 'own.')).toEqual([{ pid: 310, mark: 'own.abc' }])
  })
})
