import { expect, it } from 'vitest'
import { resultOfEnd } from './ended.ts'

const NOTHING_TOLD = { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0), truncated: false, durationMs: 1 }

const FAILED = { kind: 'exited', code: 1 } as const

const detailOf = (stderr: string): string | null => {
  const result = resultOfEnd({ ...NOTHING_TOLD, stderr: Buffer.from(stderr), end: FAILED })
  return result !== null && 'detail' in result ? result.detail : null
}

it('says the last line of an agent that failed, whole or not at all: half a secret would not be known', () => {
  expect(detailOf('first\nno key\n')).toBe('exit code 1: no key')
  expect(detailOf('')).toBe('exit code 1')
  expect(detailOf('Error: no key\n\nNode.js v24.1.0\n')).toBe('exit code 1: Error: no key')
  const thrown = "Error: no key\n    at main (a.js:1:1) {\n  code: 'NO_KEY',\n  [cause]: 1\n}"
  expect(detailOf(`a.js:1\n${thrown}\n\nNode.js v24.1.0\n`)).toBe('exit code 1: Error: no key')
  const apart = ['Error: no key\n', 'Error: no key\n\n  Set it.'].map(
    (message) => `${message}\n    at main (a.js:1:1)`,
  )
  for (const told of apart)
    expect(detailOf(`${told}\n\nNode.js v24.1.0\n`)).toBe('exit code 1: Error: no key')
  expect(detailOf('It needs Node.js v24.1.0\n')).toBe('exit code 1: It needs Node.js v24.1.0')
  const deep = `Error: no key${'\n    at main (a.js:1:1)'.repeat(2_000)}`
  expect(detailOf(`${deep}\n\nNode.js v24.1.0\n`)).toBe('exit code 1:     at main (a.js:1:1)')
  expect(detailOf('{\n  left: 1\n}\n')).toBe('exit code 1: }')
  expect(detailOf('\n  at nothing\n\nNode.js v24.1.0')).toBe('exit code 1:   at nothing')
  expect(detailOf(`${'a '.repeat(149)}secret 9431`)).toBe(`exit code 1: ${'a '.repeat(149)}secret 9431`)
  expect(detailOf(`first\n${' '.repeat(1_000_000)}x`)).toBe(`exit code 1: ${' '.repeat(1_000_000)}x`)
  expect(detailOf(`first\n${'x '.repeat(600_000)}x`)).toBe('exit code 1: …')
})

it('blames an agent for what it wrote beyond its limit, and not for a disk that is full', () => {
  const kindOf = (which: 'disk' | 'room' | 'full') =>
    resultOfEnd({ ...NOTHING_TOLD, end: { kind: 'limit', which } })?.kind
  expect([kindOf('disk'), kindOf('room'), kindOf('full')]).toEqual([
    'gave_up',
    'infrastructure',
    'infrastructure',
  ])
})

it.each([
  ['ENOENT', 'not_installed'],
  ['EAGAIN', 'failed'],
  ['E2BIG', 'failed'],
])(
  'blames no agent that could not be started, and tells a missing program from a machine without means: %s',
  (code, means) => {
    expect(resultOfEnd({ ...NOTHING_TOLD, end: { kind: 'not_started', code, message: 'no' } })).toMatchObject(
      {
        kind: 'infrastructure',
        code: means,
      },
    )
  },
)
