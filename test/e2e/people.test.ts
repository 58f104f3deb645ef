import { mkdirSync, rmSync, symlinkSync, writeFileSync, existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  type CliSample,
  cliSample,
  expectError,
  numberSource,
  numberTask,
  numberTest,
} from '../support/cli-sample.ts'

/** A test of a person takes a few starts of the program, each with proofs of its own. */
const SLOW = 240_000

describe('a person who takes a task', () => {
  it('is judged as an agent is, stage by stage, and what they made lands with proof', {
    timeout: SLOW,
  }, async () => {
    const sample = cliSample()
    await ingested(sample, [numberTask('double')])
    const before = sample.picture()
    const taken = await sample.json(['task', 'take', 'DOUBLE-1', work(sample)])
    expect(taken).toMatchObject({
      code: 0,
      document: { stage: 'red', tests: ['test/double.test.js'], refusals: [] },
    })
    expect(readFileSync(join(work(sample), 'src/add.js'), 'utf8')).toContain('add')
    put(sample, numberSource('double'))
    const wrong = await sample.json(['task', 'submit', 'DOUBLE-1'])
    expect(wrong).toMatchObject({
      code: 1,
      document: { state: 'running', accepted: false, directory: work(sample) },
    })
    expect(codesOf(wrong.document)).toContain('wrong_files')
    rmSync(join(work(sample), 'src/double.js'))
    put(sample, numberTest('double'))
    const red = await sample.json(['task', 'submit', 'DOUBLE-1'])
    expect(red).toMatchObject({ code: 0, document: { accepted: true, state: 'running', stage: 'green' } })
    put(sample, numberSource('double'))
    const green = await sample.json(['task', 'submit', 'DOUBLE-1'])
    expect(green).toMatchObject({
      code: 0,
      document: { accepted: true, state: 'completed', directory: null },
    })
    expect(stagesOf(green.document)).toEqual(['green', 'verify'])
    expect((await sample.json(['prove', 'tdd/numbers'])).document).toMatchObject({ checked: 1, proven: 1 })
    const shown = await sample.json(['task', 'show', 'DOUBLE-1'])
    const attempts = shown.document['attempts'] as { agent: string | null; spend: { invocations: number } }[]
    expect(attempts.map(({ agent }) => agent)).toEqual(['person', 'person', 'person', null])
    expect(attempts.map(({ spend }) => spend.invocations)).toEqual([0, 0, 0, 0])
    expect((await sample.json(['status'])).document).toMatchObject({ run: { state: 'completed' } })
    expect(withoutGit(sample.picture())).toEqual(withoutGit(before))
    expect(sample.repo.git('status', '--porcelain')).toBe('')
  })
})

function work(sample: CliSample): string {
  return join(sample.repo.directory, 'work')
}

async function ingested(sample: CliSample, tasks: readonly unknown[]): Promise<void> {
  const plan = { version: 1, title: 'Numbers', tasks }
  expect(await sample.json(['ingest', sample.beside('plan.json', plan)])).toMatchObject({ code: 0 })
}

/** Writes what an action of a session file would. */
function put(sample: CliSample, action: Readonly<Record<string, unknown>>): void {
  for (const [path, text] of Object.entries(action['write'] as Record<string, string>)) {
    const place = join(work(sample), path)
    mkdirSync(dirname(place), { recursive: true })
    writeFileSync(place, text)
  }
}

function codesOf(document: Readonly<Record<string, unknown>>): string[] {
  return verdictsOf(document).flatMap(({ refusals }) => refusals.map(({ code }) => code))
}

function stagesOf(document: Readonly<Record<string, unknown>>): string[] {
  return verdictsOf(document).map(({ stage }) => stage)
}

function verdictsOf(document: Readonly<Record<string, unknown>>) {
  return document['verdicts'] as { stage: string; refusals: { code: string }[] }[]
}

function withoutGit(picture: readonly string[]): string[] {
  return picture.filter((line) => !line.startsWith('.git/'))
}
