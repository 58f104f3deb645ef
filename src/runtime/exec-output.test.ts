import { array, assert, constantFrom, integer, property, tuple } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OutputKeeper } from './exec-output.ts'

describe('kept output', () => {
  it('is all of it up to the limit, and head and tail beyond', () => {
    const pieces = array(
      tuple(constantFrom('stdout' as const, 'stderr' as const), integer({ min: 0, max: 60 })),
    )
    assert(
      property(pieces, integer({ min: 0, max: 200 }), (list, limit) => {
        const keeper = new OutputKeeper(limit)
        const whole = { stdout: '', stderr: '' }
        for (const [stream, size] of list) {
          const text = Array.from(
            { length: size },
            (_, index) => 'abcdefghij'[(whole[stream].length + index) % 10],
          ).join('')
          whole[stream] += text
          keeper.add(stream, Buffer.from(text))
        }
        const result = keeper.finish()
        const total = whole.stdout.length + whole.stderr.length
        expect(result.truncated).toBe(total > limit)
        let kept = 0
        for (const stream of ['stdout', 'stderr'] as const) {
          const parts = result[stream].toString().split(/\n\[\.\.\. \d+ bytes left out \.\.\.\]\n/)
          const [head = '', tail = ''] = parts
          kept += head.length + tail.length
          if (parts.length === 1) expect(head).toBe(whole[stream])
          expect(whole[stream].startsWith(head) && whole[stream].endsWith(tail)).toBe(true)
        }
        expect(kept).toBe(Math.min(total, limit))
      }),
      { seed: 7, numRuns: 300 },
    )
  })
})
