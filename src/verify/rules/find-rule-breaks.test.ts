import { expect, it } from 'vitest'
import type { TestStanding, TouchedTest } from '../../domain/proof.ts'
import { findRuleBreaks } from './find-rule-breaks.ts'

const FILE = 'test/a.test.js'

function touched(name: string, standing: TestStanding): TouchedTest {
  return { file: FILE, name, bodyHash: '', criteria: [], standing }
}

it('rules on touched tests let be what claims nothing or failed by the sources themselves', async () => {
  const text =
    "it('stub', () => { f() })\nit('source', () => { f() })\nit('passes', () => { f() })\nit('untouched', () => { f() })\n"
  const fails = (reason: 'stub' | 'source_exception'): TestStanding => ({
    kind: 'fails',
    reason,
    message: '',
    perFile: false,
  })
  const findings = await findRuleBreaks({
    changes: [
      { path: FILE, change: 'modified', pathClass: 'test' },
      { path: 'test/gone.test.js', change: 'deleted', pathClass: 'test' },
    ],
    before: () => Promise.resolve(null),
    after: () => Promise.resolve(text),
    secrets: [],
    touched: [
      touched('stub', fails('stub')),
      touched('source', fails('source_exception')),
      touched('passes', { kind: 'characterisation' }),
    ],
  })
  expect(findings.map((finding) => [finding.rule, finding.test])).toEqual([['no_assertion', 'stub']])
})
