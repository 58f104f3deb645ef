import { execFileSync, spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runProgram } from '../support/built-program.ts'
import { CAUGHT, caughtAt, emptyPlace, expectProven, TASKS } from '../support/demo-sample.ts'
import { DRILL } from '../support/drill.ts'
import { processesWith } from '../support/processes.ts'
import { type PrintedRun, runShape } from '../support/run-shape.ts'

describe('the demonstration', () => {
  it.each(DRILL ? [1, 3, 8] : [3])(
    'lands every task with %i workers, catches all that goes wrong, and leaves a green history behind',
    async (workers) => {
      const { directory, temp, env } = emptyPlace()
      const kept = join(directory, 'kept')
      const ended = await runProgram(
        ['demo', '--json', '--no-sleep', '--workers', String(workers), '--keep', kept],
        { cwd: directory, env },
      )
      expect(ended, ended.stderr).toMatchObject({ code: 0 })
      const report = runShape.parse(JSON.parse(ended.stdout))
      expect(report).toMatchObject({ state: 'completed', target: 'tdd/evenly', workers, pausedBy: null })
      expect(report.tasks).toMatchObject({ total: TASKS, completed: TASKS, failed: 0, pending: 0 })
      expect(new Set(report.landed.map(({ task }) => task)).size).toBe(TASKS)
      expect(await caughtAt(kept, report.run)).toEqual(CAUGHT)
      expectGreenHistory(join(kept, 'repository'), report, join(directory, 'clone'))
      if (DRILL) await expectProven(kept, env)
      expect(processesWith(directory)).toEqual([])
      expect(readdirSync(temp)).toEqual([])
    },
  )

  it('ends at once on an interrupt and leaves nothing behind', async () => {
    const { directory, temp, env } = emptyPlace()
    const ended = await runProgram(['demo', '--json'], {
      cwd: directory,
      env,
      onProgress: (text, kill) => {
        if (text.includes('GREEN')) kill('SIGINT')
      },
    })
    expect(ended, ended.stderr).toMatchObject({ code: 130 })
    expect(runShape.parse(JSON.parse(ended.stdout))).toMatchObject({ state: 'interrupted' })
    expect(readdirSync(temp)).toEqual([])
    expect(processesWith(temp)).toEqual([])
  })

  it('keeps nothing in a directory that is not empty', async () => {
    const { directory, env } = emptyPlace()
    const ended = await runProgram(['demo', '--json', '--keep', directory], { cwd: directory, env })
    expect(ended.code).toBe(2)
    expect(JSON.parse(ended.stdout)).toMatchObject({ error: { code: 'usage' } })
    expect(readdirSync(directory)).toEqual(['temp'])
  })

  it('says which place cannot be made, and does not look for one for ever', async () => {
    const { directory, env } = emptyPlace()
    const below = await runProgram(['demo', '--json', '--keep', '/proc/none'], { cwd: directory, env })
    expect(below.code).toBe(2)
    expect(JSON.parse(below.stdout)).toMatchObject({ error: { code: 'usage' } })
    const none = { ...env, TMPDIR: join(directory, 'none') }
    const temporary = await runProgram(['demo', '--json'], { cwd: directory, env: none })
    expect(temporary.code).toBe(2)
    expect(JSON.parse(temporary.stdout)).toMatchObject({
      error: { code: 'directory_unusable', message: expect.stringContaining(none.TMPDIR) as string },
    })
  })
})

/** Runs the library's own tests at each first-parent commit; in the drill a task's tests before and after its sources as well. */
function expectGreenHistory(repository: string, report: PrintedRun, clone: string): void {
  const git = (...args: string[]): string =>
    execFileSync('git', args, { cwd: repository, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim()
  git('fsck', '--full', '--strict')
  expect(git('rev-parse', report.target)).toBe(report.head)
  const firstParents = git('rev-list', '--first-parent', '--reverse', `${report.base}..${report.head}`).split(
    '\n',
  )
  expect(firstParents).toEqual(report.landed.map(({ merge }) => merge))
  git('clone', '--quiet', '--no-checkout', '.', clone)
  const passes = (commit: string, ...files: string[]): boolean => {
    execFileSync('git', ['checkout', '--quiet', '--force', commit], { cwd: clone, stdio: 'pipe' })
    const { NODE_TEST_CONTEXT: _, ...env } = process.env
    return spawnSync(process.execPath, ['--test', ...files], { cwd: clone, env }).status === 0
  }
  for (const { task, merge, red, green } of report.landed) {
    expect(git('rev-parse', `${merge}^2`, `${green}^`).split('\n'), task).toEqual([green, red])
    const tests = git('diff', '--name-only', `${red}^`, red).split('\n')
    expect(
      tests.every((file) => file.startsWith('test/')),
      `${task} changes only tests first`,
    ).toBe(true)
    if (DRILL) {
      expect(passes(red, ...tests), `the tests of ${task} without its sources`).toBe(false)
      expect(passes(green, ...tests), `the tests of ${task} with its sources`).toBe(true)
    }
    expect(passes(merge), `all tests after ${task} landed`).toBe(true)
    expect(git('notes', '--ref=tdd', 'show', merge)).toContain(task)
  }
}
