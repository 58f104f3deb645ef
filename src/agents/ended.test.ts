import { expect, it } from 'vitest'
import { resultOfEnd } from './ended.ts'

const detailOf = (stderr: string): string | null => {
  const end = { kind: 'exited', code: 1 } as const
  const output = { stdout: Buffer.alloc(0), stderr: Buffer.from(stderr), truncated: false, durationMs: 1 }
  const result = resultOfEnd({ end, ...output })
  return result !== null && 'detail' in result ? result.detail : null
}

it('says the last line of an agent that failed, whole or not at all: half a secret would not be known', () => {
  expect(detailOf('first\nno key\n')).toBe('exit code 1: no key')
  expect(detailOf('')).toBe('exit code 1')
  expect(detailOf(`${'a '.repeat(149)}secret 9431`)).toBe(`exit code 1: ${'a '.repeat(149)}secret 9431`)
  expect(detailOf(`first\n${'x '.repeat(600_000)}x`)).toBe('exit code 1: …')
})
