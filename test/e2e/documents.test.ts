import type { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { DRILL } from '../support/drill.ts'
import { buildProgram } from '../../src/cli/command-line.ts'
import { openOutput } from '../../src/cli/output.ts'
import { DOCUMENTS, type DocumentName, PRINTED_BY } from '../../src/protocol/output/documents.ts'
import { cliSample, emptyTest, numberSource, numberTask, numberTest } from '../support/cli-sample.ts'
import { printedDocuments } from '../support/printed-documents.ts'

const PLAN = {
  version: 1,
  title: 'Numbers',
  tasks: [numberTask('double'), numberTask('never'), numberTask('after', { dependsOn: ['NEVER-1'] })],
}

/** One task lands after a refusal, one is given up, and the third waits until a person stops the run. */
const SESSION = {
  version: 1,
  tasks: {
    'DOUBLE-1': {
      red: [[{ say: 'the test comes first' }, numberTest('double'), { usage: { costUsd: 0.25 } }]],
      green: [[numberSource('double', 'n')], [numberSource('double')]],
    },
    'NEVER-1': {
      red: [[emptyTest('never', 1)]],
      red_fix: [[emptyTest('never', 1)], [numberTest('never'), { sleepMs: 600_000 }]],
    },
    'AFTER-1': { red: [[numberTest('after')]], green: [[numberSource('after')]] },
  },
}

/** Of commands that take long; the tests that are about them hold what they print to its shape as well. */
const ELSEWHERE: readonly DocumentName[] = ['backtest-report', 'mcp-token', 'metrics-serving', 'prove-report']

describe('what commands print with --json', () => {
  it.runIf(DRILL)('has its documented shape, whatever is asked, all through the life of a run', async () => {
    const sample = cliSample()
    const session = sample.beside('a.session.json', SESSION)
    const seen = new Set<DocumentName>()
    const ask = async (...args: readonly string[]): Promise<void> => {
      const end = await sample.cli([...args, '--json'])
      for (const name of printedDocuments([...args, '--json'], end)) seen.add(name)
    }
    await ask('status')
    await ask('init')
    await ask('doctor')
    await ask('config')
    await ask('config', '--schema')
    await ask('task', 'list')
    await ask('ingest', sample.beside('plan.json', PLAN))
    await ask('task', 'show', 'AFTER-1')
    await ask('run', '--dry-run', '--agent', 'claude', '--max-usd', '1')
    await ask('run', '--agent', 'scripted', '--session', session)
    await ask('status')
    await ask('events')
    await ask('task', 'list')
    for (const key of ['DOUBLE-1', 'NEVER-1', 'AFTER-1']) {
      await ask('task', 'show', key)
      await ask('task', 'log', key)
      await ask('task', 'diff', key)
      await ask('task', 'prompt', key, '--stage', 'green')
    }
    await ask('task', 'log', 'DOUBLE-1', '--follow')
    await ask('task', 'prompt', 'DOUBLE-1', '--attempt', '1')
    await ask('report')
    await ask('check', 'HEAD..tdd/numbers')
    await ask('task', 'retry', 'NEVER-1')
    await ask('task', 'take', 'NEVER-1', `${sample.repo.directory}/work`)
    await ask('task', 'submit', 'NEVER-1')
    await ask('task', 'show', 'NEVER-1')
    await ask('status')
    await ask('task', 'accept', 'NEVER-1', '--waive', 'weak_test', '--reason', 'because')
    await ask('task', 'give-back', 'NEVER-1')
    await ask('task', 'approve', '--all')
    await ask('task', 'refuse', 'NEVER-1', '--note', 'no')
    await ask('run', '--detach', '--agent', 'scripted', '--session', session)
    await ask('task', 'show', 'NEVER-1')
    await Promise.all([ask('attach'), ask('stop', '--now')])
    await ask('task', 'cancel', 'NEVER-1')
    await ask('circuits', 'status')
    await ask('circuits', 'health')
    await ask('health')
    await ask('metrics')
    await ask('circuits', 'history')
    await ask('circuits', 'explain', 'system:system')
    await ask('circuits', 'reset', 'all', '--force')
    await ask('quarantine', 'list')
    await ask('quarantine', 'clear', '--all')
    await ask('clean', '--dry-run')
    await ask('uninstall', '--yes')
    await ask('no-such-command')
    expect([...seen, ...ELSEWHERE].toSorted()).toEqual(Object.keys(DOCUMENTS).toSorted())
  })

  it('is named for every command of the program', () => {
    const output = openOutput({ json: true, lines: false, env: {} })
    const program = buildProgram({ output, cwd: '/', env: {} }, () => {})
    expect(commandsBelow(program, '').toSorted()).toEqual(Object.keys(PRINTED_BY).toSorted())
  })

  it('is refused by its shape when a key is added or left out', () => {
    const end = (document: unknown) => ({ code: 0, signal: null, stdout: JSON.stringify(document) })
    const report = { checked: 1, proven: 1, waived: [], broken: [] }
    expect(printedDocuments(['prove', '--json'], end(report))).toEqual(['prove-report'])
    expect(() => printedDocuments(['prove', '--json'], end({ ...report, more: 1 }))).toThrow(/"more"/)
    expect(() => printedDocuments(['prove', '--json'], end({ checked: 1, proven: 1 }))).toThrow(/broken/)
  })
})

function commandsBelow(command: Command, path: string): string[] {
  if (command.commands.length === 0) return [path]
  return command.commands.flatMap((sub) => commandsBelow(sub, `${path} ${sub.name()}`.trim()))
}
