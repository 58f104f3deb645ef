import { execFileSync, spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { cliSample, expectError } from '../support/cli-sample.ts'
import { DRILL } from '../support/drill.ts'
import { letterFiles, letterPlan, letterSession } from '../support/letters.ts'
import { sayMissing } from '../support/missing-tool.ts'
import { tempRepo } from '../support/temp-repo.ts'

const FEW_HANDLES = resolve(import.meta.dirname, '../support/few-handles.ts')
const KEYS = ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H']

const hasLimits = spawnSync('prlimit', ['--version']).status === 0
if (!hasLimits)
  sayMissing({ tool: 'prlimit', untested: 'a limit of open files', get: 'apt-get install util-linux' })

/** A command line that starts another one, which may have so many files open. */
function withHandles(count: number): string[] {
  return ['prlimit', `--nofile=${count}:${count}`]
}

describe.runIf(hasLimits)('a process that may open no more files', () => {
  it('starts no program and lends no ports, says why, and goes on once it may', () => {
    const [program = '', ...rest] = withHandles(64)
    const printed = execFileSync(program, [...rest, process.execPath, FEW_HANDLES], { encoding: 'utf8' })
    const why = expect.stringContaining('ulimit -n') as string
    const end = { kind: 'not_started', code: 'EMFILE', message: why }
    expect(JSON.parse(printed)).toEqual({
      ends: [end, end, end],
      refused: why,
      lent: { first: expect.any(Number) as number, count: 10 },
    })
  })
})

describe.runIf(DRILL && hasLimits)('a run of eight workers that may have few files open', () => {
  it('is refused where so many workers would use them up, and what to do is said', async () => {
    const sample = cliSample(tempRepo(letterFiles))
    await sample.cli(['ingest', sample.beside('plan.json', letterPlan(KEYS))])
    const end = await sample.cli(['run', '--workers', '8', '--json'], { within: withHandles(96) })
    const document = JSON.parse(end.stdout) as Readonly<Record<string, unknown>>
    expectError({ ...end, document }, { code: 'too_few_files', says: /ulimit -n .*--workers 4/ })
  })

  for (const count of [128, 256])
    it(`charges no agent and lands all with ${count}`, async () => {
      const sample = cliSample(tempRepo(letterFiles))
      const session = sample.beside('played.session.json', letterSession(KEYS))
      await sample.cli(['ingest', sample.beside('plan.json', letterPlan(KEYS))])
      const play = ['--workers', '8', '--agent', 'scripted', '--session', session, '--json']
      const { code, stdout, stderr } = await sample.cli(['run', ...play], { within: withHandles(count) })
      expect(code, stderr).toBe(0)
      const report = JSON.parse(stdout) as Report
      expect(report.refusals, stderr).toEqual([])
      expect(report.landed).toHaveLength(KEYS.length)
    })
})

interface Report {
  readonly landed: readonly unknown[]
  readonly refusals: readonly unknown[]
}
