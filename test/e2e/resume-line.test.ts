import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { cliSample, type CliSample, numberSource, numberTask, numberTest } from '../support/cli-sample.ts'

const NAMES = ['double', 'twice']
const [first = {}, second = {}] = NAMES.map((name) => numberTask(name))
const PLAN = { version: 1, title: 'Numbers', tasks: [first, { ...second, dependsOn: ['DOUBLE-1'] }] }
const SESSION = {
  version: 1,
  tasks: Object.fromEntries(
    NAMES.map((name) => [
      `${name.toUpperCase()}-1`,
      { red: [[numberTest(name), { sleepMs: 300 }]], green: [[numberSource(name)]] },
    ]),
  ),
}

describe('the line that resumes a run', () => {
  it('goes on with the agent that was named for the run, wherever it is typed', async () => {
    const sample = await ingested()
    sample.repo.write({ 'deep/keep.txt': '' })
    const session = '../beside/s.session.json'
    const spent = await sample.json([
      'run',
      '--agent',
      'scripted',
      '--session',
      session,
      '--max-invocations',
      '1',
    ])
    expect(spent, spent.stderr).toMatchObject({ code: 75, document: { pausedBy: 'budget' } })
    const end = await sample.json(['run', '--resume'], { cwd: join(sample.repo.root, 'deep') })
    expect(end, end.stderr).toMatchObject({ code: 0, document: { state: 'completed' } })
  })

  it('goes on with another agent that is named, and from then on with that', async () => {
    const sample = await ingested()
    await sample.json([...sample.run, '--max-invocations', '1'])
    const other = await sample.json(['run', '--resume', '--agent', 'command'])
    expect(other.stderr).toContain('no coding agent is configured')
    const missing = await sample.json(['run', '--resume', '--session', 'missing.json'])
    expect(missing.stderr).toContain('missing.json')
    const end = await sample.json(['run', '--resume'])
    expect(end, end.stderr).toMatchObject({ code: 0, document: { state: 'completed' } })
  })
})

/** A plan, and how its run is called as a person would who has no agent configured. */
async function ingested(): Promise<CliSample & { readonly run: readonly string[] }> {
  const sample = cliSample()
  await sample.json(['ingest', sample.beside('plan.json', PLAN)])
  const session = sample.beside('s.session.json', SESSION)
  return { ...sample, run: ['run', '--workers', '1', '--agent', 'scripted', '--session', session] }
}
