import { describe, expect, it } from 'vitest'
import { checkResult } from '../../test/support/proof-samples.ts'
import { addedFindings, normaliseFindings } from './checks.ts'

function failed(output: string, directory = '/tree'): ReturnType<typeof checkResult> {
  return checkResult({ ok: false, exitCode: 1, findings: normaliseFindings(output, directory), output })
}

describe('findings of a check', () => {
  it('are the same when only positions, the tree and the time differ', () => {
    const before = failed('/a/src/x.js:3:5 error no-var\n\u001b[31m2 errors\u001b[0m in 12ms', '/a')
    const now = failed('/b/src/x.js:14:5 error no-var\n1 error in 9ms', '/b')
    expect(addedFindings(before, now)).toEqual([])
  })

  it('leave out excerpts of the source, which change with their neighbours', () => {
    expect(normaliseFindings('src/a.ts:1:2 unused\n 1 | const x = 1\n   : ^\n  > 2 │ let y', '/t')).toEqual([
      'src/a.ts:# unused',
    ])
  })

  it('keep the code of a rule', () => {
    expect(normaliseFindings("src/a.ts(1,5): error TS2304: Cannot find name 'x'.", '/t')).toEqual([
      "src/a.ts(#): error TS2304: Cannot find name 'x'.",
    ])
  })

  it('count: the second of two equal ones is new', () => {
    expect(addedFindings(failed('a: unused'), failed('a: unused\na: unused'))).toEqual(['a: unused'])
  })

  it('are all new where the check passed before', () => {
    expect(addedFindings(checkResult(), failed('a: unused'))).toEqual(['a: unused'])
    expect(addedFindings(checkResult(), failed(''))).toEqual(['exit code 1'])
  })

  it('are none where the check passes now', () => {
    expect(addedFindings(null, checkResult({ findings: ['warning'] }))).toEqual([])
  })

  it('tell a command that no longer starts or ends from one that never did', () => {
    const missing = checkResult({ ok: false, exitCode: null })
    const hanging = checkResult({ ok: false, exitCode: null, timedOut: true })
    expect(addedFindings(checkResult(), missing)).toEqual(['it could not be started'])
    expect(addedFindings(missing, missing)).toEqual([])
    expect(addedFindings(checkResult(), hanging)).toEqual(['it timed out'])
    expect(addedFindings(hanging, hanging)).toEqual([])
  })

  it('tell a check that failed before and fails in another way now, with both exit codes', () => {
    const before = failed('a: unused')
    const now = (over: Parameters<typeof checkResult>[0]) => ({ ...before, ...over })
    expect(addedFindings(before, now({}))).toEqual([])
    expect(addedFindings(before, now({ exitCode: 2 }))).toEqual([
      'it ends with exit code 2 (1 on the base), and no finding explains that',
    ])
    expect(addedFindings(before, now({ findings: [] }))).toEqual([
      'it ends with exit code 1 (1 on the base), and no finding explains that',
    ])
    expect(addedFindings(before, now({ exitCode: 2, findings: ['crashed'] }))).toEqual(['crashed'])
    const silent = now({ findings: [] })
    expect(addedFindings(silent, silent)).toEqual([])
    expect(addedFindings(silent, { ...silent, exitCode: 2 })).toHaveLength(1)
  })

  it.each([
    ['counts them', 3, 2],
    ['is a mask of their kinds', 30, 28],
  ])('explain by those that are gone why a code that %s is another', (_, then, code) => {
    const before = { ...failed('a: unused\nb: unused\nb: unused'), exitCode: then }
    const now = { ...failed('a: unused\nb: unused'), exitCode: code }
    expect(addedFindings(before, now)).toEqual([])
    expect(addedFindings({ ...before, omitted: 1 }, { ...before, exitCode: code })).toEqual([])
    expect(addedFindings(before, { ...now, findings: [] })).toHaveLength(1)
    expect(addedFindings(before, { ...before, exitCode: code })).toHaveLength(1)
  })

  it.each([126, 134])('that are gone do not explain that it ends with %i', (exitCode) => {
    const before = failed('a: unused\nb: unused\nb: unused')
    const now = { ...failed('a: unused\nb: unused'), exitCode }
    expect(addedFindings(before, now)).toEqual([
      `it ends with exit code ${exitCode} (1 on the base), and no finding explains that`,
    ])
    expect(addedFindings({ ...before, exitCode }, now), 'it ended so before').toEqual([])
  })

  it('hide nothing beyond the lines that are compared: more of them than before are refused', () => {
    const lines = (omitted: number) => ({ ...failed('a: unused'), omitted })
    expect(addedFindings(lines(5), lines(5))).toEqual([])
    expect(addedFindings(lines(5), lines(4))).toEqual([])
    expect(addedFindings(lines(5), lines(6))).toEqual([expect.stringContaining('7 lines (6 on the base)')])
    expect(addedFindings(lines(0), lines(1))).toEqual([expect.stringContaining('2 lines (1 on the base)')])
  })
})
