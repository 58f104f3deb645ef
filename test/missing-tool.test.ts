import { describe, expect, it, vi } from 'vitest'
import { sayMissing } from './support/missing-tool.ts'

const TOOL = { tool: 'frobnicate', untested: 'everything about frobs', get: 'apt-get install frobnicate' }
const LINE =
  'NOT TESTED: everything about frobs. frobnicate is missing; to get it: apt-get install frobnicate'

describe('a tool that tests need and that is missing', () => {
  it('is said in one line on a machine of a person', () => {
    const written = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
    sayMissing(TOOL, {})
    expect(written.mock.calls).toEqual([[`\n${LINE}\n`]])
  })

  it('fails the tests under CI', () => {
    expect(() => sayMissing(TOOL, { CI: 'true' })).toThrow(LINE)
  })
})
