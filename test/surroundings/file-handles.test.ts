import { execFileSync, spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { sayMissing } from '../support/missing-tool.ts'

const FEW_HANDLES = resolve(import.meta.dirname, '../support/few-handles.ts')
const hasLimits = spawnSync('prlimit', ['--version']).status === 0
if (!hasLimits)
  sayMissing({ tool: 'prlimit', untested: 'a limit of open files', get: 'apt-get install util-linux' })

/** A command line that starts another with so many files that it may have open. */
function withHandles(count: number): string[] {
  return ['prlimit', `--nofile=${count}:${count}`]
}

describe.runIf(hasLimits)('a process that may open no more files', () => {
  it('starts no program, says why, and goes on', () => {
    const [program = '', ...rest] = withHandles(64)
    const printed = execFileSync(program, [...rest, process.execPath, FEW_HANDLES], { encoding: 'utf8' })
    const refused = {
      kind: 'not_started',
      code: 'EMFILE',
      message: expect.stringContaining('ulimit -n') as string,
    }
    expect(JSON.parse(printed)).toEqual({ host: refused, session: refused, contained: refused })
  })
})
