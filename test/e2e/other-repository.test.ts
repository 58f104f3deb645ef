import { rmSync } from 'node:fs'
import { expect, it } from 'vitest'
import { expectError } from '../support/cli-sample.ts'
import { type LetterRuns, letterRuns } from '../support/letter-runs.ts'
import { letterFiles } from '../support/letters.ts'

it.each<[string, readonly string[]]>([
  ['before anything landed', ['--max-invocations', '1']],
  ['after a task has landed', ['--max-invocations', '3']],
])('a run that was left %s is not resumed in another repository at the same place', async (_, budget) => {
  const runs = await letterRuns(['A', 'B'])
  expect((await runs.work([...budget, '--workers', '1'])).code).toBe(75)
  makeAnew(runs)
  const says = /has no commit [0-9a-f]{40}[^]*another repository[^]*orchestrator run --new/
  const refused = await runs.json(['run', '--resume'])
  expectError(refused, { code: 'repository_other', says })
  expect(refused.stderr).not.toContain('Resuming')
  const { code, stderr } = await runs.work(['--new'])
  expect(code, stderr).toBe(0)
})

it('nor where what it began from had landed there before, and is known here alone', async () => {
  const runs = await letterRuns(['A', 'B'])
  expect((await runs.work()).code).toBe(0)
  runs.repo.git('merge', '-q', '--ff-only', 'tdd/letters')
  const plan = {
    version: 1,
    title: 'More',
    tasks: [{ key: 'C', title: 'C', tests: ['test/c.test.js'], sources: ['src/c.js'] }],
  }
  await runs.json(['ingest', runs.beside('more.json', plan)])
  const session = { version: 1, tasks: { C: { red: [[{ fail: 'auth' }]] } } }
  await runs.cli(['run', '--agent', 'scripted', '--session', runs.beside('more.session.json', session)])
  expect((await runs.json(['status'])).document).toMatchObject({ run: { target: 'tdd/more' } })
  makeAnew(runs)
  expectError(await runs.json(['run']), { code: 'repository_other' })
})

/** Another history, with the same files but one. */
function makeAnew({ repo }: LetterRuns): void {
  rmSync(repo.root, { recursive: true })
  repo.write({ 'README.md': 'another\n' })
  repo.git('init', '--quiet', '--template=', '--initial-branch=main')
  repo.commit({ ...letterFiles, 'README.md': 'another\n' }, 'Begin anew')
}
