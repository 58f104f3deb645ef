import { describe, expect, it } from 'vitest'
import { entryLine, parseEntry, type TranscriptEntry } from './transcript.ts'

describe('an entry of a transcript', () => {
  it.each<TranscriptEntry>([
    { kind: 'begun', at: 1, run: 'r', task: 'A', stage: 'red', attempt: 1, agent: 'a' },
    { kind: 'said', at: 1, text: 'two\nlines' },
    { kind: 'tool', at: 1, name: 'Bash', detail: 'ls' },
    {
      kind: 'tool',
      at: 1,
      name: 'Bash',
      detail: '',
      call: '1',
      input: '{}',
      outcome: { failed: true, text: '' },
    },
    { kind: 'limited', at: 1, cause: 'rate_limit', until: 2 },
    { kind: 'gap', at: 1, entries: 3, reason: 'the disk is full' },
    { kind: 'ended', at: 1 },
  ])('is one line, and read as it was written: %o', (entry) => {
    expect(entryLine(entry)).toMatch(/^[^\n]*\n$/)
    expect(parseEntry(entryLine(entry))).toEqual(entry)
  })

  it.each([
    '{"kind":"said","at":1,"te',
    '{"kind":"said","at":1}',
    '{"kind":"said","text":"no time"}',
    '{"kind":"tool","at":1,"name":"a","detail":"b","outcome":{"failed":"no"}}',
    '{"kind":"constructor","at":1}',
    '[]',
    'null',
    '',
  ])('is none where it was cut or does not fit: %s', (line) => {
    expect(parseEntry(line)).toBeNull()
  })
})
