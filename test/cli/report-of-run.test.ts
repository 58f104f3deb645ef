import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { reportOfRun, wantedReport } from '../../src/cli/report-of-run.ts'
import type { RunReport } from '../../src/protocol/output/run-report.ts'

describe('the report that a run was asked for', () => {
  it('is wanted where it is named, where reports lie, or nowhere', async () => {
    expect(await wantedReport('/', undefined)).toBe(null)
    expect(await wantedReport('/', true)).toMatchObject({ out: null })
    expect(await wantedReport(tmpdir(), 'r.html')).toMatchObject({ out: join(tmpdir(), 'r.html') })
    await expect(wantedReport('/', '')).rejects.toMatchObject({ code: 'usage', message: /names no file/ })
    await expect(wantedReport('/', '-')).rejects.toMatchObject({ code: 'usage', message: /names no file/ })
    await expect(wantedReport('/', 'none/r.html')).rejects.toMatchObject({ code: 'usage' })
  })

  it('takes nothing from the run where it cannot be written after all: a warning says why', async () => {
    const cwd = mkdtempSync(join(tmpdir(), 'tdd-no-repository-'))
    onTestFinished(() => rmSync(cwd, { recursive: true, force: true }))
    const done = { run: 'run-1', state: 'completed', warnings: ['a warning'] } as unknown as RunReport
    expect(await reportOfRun({ cwd, env: {} }, done, null)).toBe(done)
    expect(await reportOfRun({ cwd, env: {} }, done, await wantedReport('/', true))).toEqual({
      ...done,
      warnings: ['a warning', expect.stringContaining('there is no git repository')],
    })
  })
})
