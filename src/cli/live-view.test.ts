import { describe, expect, it } from 'vitest'
import { coloured, type Look, viewLines } from './live-view.ts'
import { Screen } from './screen.ts'

const LOOK: Look = {
  workers: [
    { worker: 'worker_1', state: 'working', task: 'A-1', stage: 'green', since: 1_000 },
    { worker: 'worker_2', state: 'idle', task: null, stage: null, since: 0 },
  ],
  spend: { invocations: 3, costUsd: 0.5 },
  landed: 3,
  total: 12,
  elapsedMs: 60_000,
  now: 13_000,
}

describe('the live view of a run', () => {
  it('shows how far it is, what it cost, what is left, and who does what', () => {
    expect(viewLines(LOOK)).toEqual([
      '',
      '[######..................] 3 of 12 tasks landed, 1 min, 3 agent calls, 0.50 USD, about 3 min left',
      '  worker_1  A-1  GREEN  12.0 s',
    ])
  })

  it('does not guess what is left before enough has landed', () => {
    expect(viewLines({ ...LOOK, landed: 2 })[1]).not.toContain('left')
  })

  it('colours only where colours are wanted', () => {
    expect(coloured('A-1  landed', false)).toBe('A-1  landed')
    expect(coloured('A-1  landed', true)).toBe('A-1  \u001B[32mlanded\u001B[0m')
  })
})

describe('the screen', () => {
  function screen(columns: number, rows: number) {
    const written: string[] = []
    const stream = { columns, rows, write: (text: string) => written.push(text) > 0 }
    return { written, screen: new Screen(stream) }
  }

  it('draws in place and leaves printed lines above', () => {
    const { written, screen: drawn } = screen(80, 24)
    drawn.draw(['one', 'two'])
    drawn.print(['stays'])
    drawn.draw(['one'])
    expect(written).toEqual([
      'one\u001B[K\ntwo\u001B[K\n\u001B[J',
      '\u001B[2A\r\u001B[Jstays\n',
      'one\u001B[K\n\u001B[J',
    ])
  })

  it('never lets a line or a block outgrow the terminal, whatever its colours', () => {
    const { written, screen: drawn } = screen(12, 3)
    drawn.draw(['\u001B[31m0123456789abcdef\u001B[0m', 'two', 'three'])
    expect(written).toEqual(['\u001B[31m0123456789a\u001B[0m\u001B[K\ntwo\u001B[K\n\u001B[J'])
  })
})
