import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runProgram } from '../support/built-program.ts'
import { CAUGHT, caughtAt, emptyPlace, expectProven, TASKS } from '../support/demo-sample.ts'
import { DRILL } from '../support/drill.ts'
import { processesWith } from '../support/processes.ts'
import { runShape } from '../support/run-shape.ts'
import { nodeModulesWith } from '../support/tools.ts'

const modules = nodeModulesWith('claude-agent-sdk')

/** `npm test` plays shorter runs with it. */
const isAsked = DRILL || process.env['TDD_TEST_AGENTS'] === '1'

describe.skipIf(modules === null || !isAsked)('the demonstration with Claude Code', () => {
  it('lands the same with the real client as with the scripted agent, and catches the same', async () => {
    const { directory, env } = emptyPlace()
    const kept = join(directory, 'kept')
    const ended = await runProgram(
      ['demo', '--agent', 'claude', '--json', '--no-sleep', '--workers', '3', '--keep', kept],
      {
        cwd: directory,
        env: { ...env, TDD_CLAUDE_SDK: join(modules ?? '', '@anthropic-ai/claude-agent-sdk') },
      },
    )
    expect(ended, ended.stderr).toMatchObject({ code: 0 })
    const report = runShape.parse(JSON.parse(ended.stdout))
    expect(report).toMatchObject({ state: 'completed', target: 'tdd/evenly', pausedBy: null })
    expect(report.tasks).toMatchObject({ total: TASKS, completed: TASKS, failed: 0, pending: 0 })
    expect(await caughtAt(kept, report.run)).toEqual(CAUGHT)
    expect(report.spend.costUsd).toBeGreaterThan(0)
    if (DRILL) await expectProven(kept, env)
    expect(processesWith(directory)).toEqual([])
  })
})
