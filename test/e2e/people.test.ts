import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  type CliSample,
  cliSample,
  expectError,
  numberSource,
  numberTask,
  numberTest,
} from '../support/cli-sample.ts'
import { DRILL } from '../support/drill.ts'
import { codesOf, ingested, oneTask, put, stagesOf, workPlace } from '../support/people.ts'

/** A few starts of the program, with proofs in some of them. */

describe('a person who takes a task', () => {
  it('is judged as an agent is, stage by stage, and what they made lands with proof', async () => {
    const { sample, work } = await oneTask()
    const before = withoutGit(sample.picture())
    const taken = await sample.json(['task', 'take', 'DOUBLE-1', work])
    const due = { stage: 'red', tests: ['test/double.test.js'], refusals: [] }
    expect(taken).toMatchObject({ code: 0, document: due })
    expect(readFileSync(join(work, 'src/add.js'), 'utf8')).toContain('add')
    expect(git(work, 'status', '--porcelain')).toBe('')
    put(work, numberSource('double'))
    expect(git(work, 'status', '--porcelain')).toBe('?? src/double.js\n')
    const wrong = await sample.json(['task', 'submit', 'DOUBLE-1'])
    const stays = { state: 'running', accepted: false, directory: work }
    expect(wrong).toMatchObject({ code: 1, document: stays })
    expect(codesOf(wrong.document)).toContain('wrong_files')
    rmSync(join(work, 'src/double.js'))
    put(work, numberTest('double'))
    const red = await sample.json(['task', 'submit', 'DOUBLE-1'])
    expect(red).toMatchObject({ code: 0, document: { accepted: true, state: 'running', stage: 'green' } })
    put(work, numberSource('double'))
    const green = await sample.json(['task', 'submit', 'DOUBLE-1'])
    expect(green).toMatchObject({
      code: 0,
      document: { accepted: true, state: 'completed', directory: null },
    })
    expect(stagesOf(green.document)).toEqual(['green', 'verify'])
    expect((await sample.json(['prove', 'tdd/numbers'])).document).toMatchObject({ checked: 1, proven: 1 })
    const shown = await sample.json(['task', 'show', 'DOUBLE-1'])
    const attempts = shown.document['attempts'] as Attempt[]
    expect(attempts.map(({ agent }) => agent)).toEqual(['person', 'person', 'person', null])
    expect(attempts.map(({ spend }) => spend.invocations)).toEqual([0, 0, 0, 0])
    expect((await sample.json(['status'])).document).toMatchObject({ run: { state: 'completed' } })
    expect(withoutGit(sample.picture())).toEqual(before)
  })

  it.runIf(DRILL)(
    'has it for themselves beside a run that works the rest and then waits for them',
    async () => {
      const sample = cliSample()
      await ingested(sample, [
        numberTask('double'),
        numberTask('twice', { dependsOn: ['DOUBLE-1'] }),
        numberTask('other'),
      ])
      const work = workPlace(sample)
      await sample.json(['task', 'take', 'DOUBLE-1', work])
      const run = await sample.cli(['run', ...session(sample, ['other', 'twice'])])
      expect(run.code, run.stderr).toBe(75)
      expect(run.stdout).toContain('orchestrator task submit DOUBLE-1')
      const status = await sample.json(['status'])
      expect(status.document).toMatchObject({
        run: { state: 'paused' },
        tasks: { completed: 1 },
        waits: [{ task: 'DOUBLE-1', for: 'submit', next: 'orchestrator task submit DOUBLE-1' }],
      })
      expect((await sample.cli(['task', 'list'])).stdout).not.toContain('interrupted')
      const empty = await sample.json(['task', 'submit', 'DOUBLE-1', '--give-back'])
      expect(empty, 'what is refused stays with them').toMatchObject({
        code: 1,
        document: { accepted: false, state: 'running', directory: work },
      })
      put(work, numberTest('double'))
      const red = await sample.json(['task', 'submit', 'DOUBLE-1', '--give-back'])
      expect(red).toMatchObject({
        code: 0,
        document: { accepted: true, state: 'retryable', directory: null },
      })
      const rest = await sample.cli(['run', ...session(sample, ['double', 'twice'])])
      expect(rest.code, rest.stderr).toBe(0)
      const shown = await sample.json(['task', 'show', 'DOUBLE-1'])
      const attempts = shown.document['attempts'] as Attempt[]
      expect(attempts.map(({ agent }) => agent)).toEqual(['person', 'person', 'scripted', null])
    },
  )

  it.runIf(DRILL)('has what was accepted, and need not wait for the provider of the agents', async () => {
    const { sample } = await oneTask()
    const limited = { fail: 'rate_limit', resetMs: 3_600_000 }
    const played = { 'DOUBLE-1': { red: [[numberTest('double')]], green: [[limited]] } }
    const run = await sample.cli(['run', '--on-limit', 'exit', ...sessionOf(sample, played)])
    expect(run.code, run.stderr).toBe(75)
    const work = workPlace(sample)
    const taken = await sample.json(['task', 'take', 'DOUBLE-1', work])
    expect(taken, taken.stderr).toMatchObject({ code: 0, document: { stage: 'green' } })
    expect(existsSync(join(work, 'test/double.test.js'))).toBe(true)
    put(work, numberSource('double'))
    const end = await sample.json(['task', 'submit', 'DOUBLE-1'])
    expect(end, end.stderr).toMatchObject({ code: 0, document: { accepted: true, state: 'completed' } })
  })

  it.runIf(DRILL)('is judged by the run that goes on', async () => {
    const sample = cliSample()
    await ingested(sample, [numberTask('other'), numberTask('double')])
    const work = workPlace(sample)
    const slow = { 'OTHER-1': { red: [[{ sleepMs: 600_000 }]] } }
    const taken: ReturnType<CliSample['json']>[] = []
    const run = sample.cli(['run', '--workers', '1', ...sessionOf(sample, slow)], {
      onProgress: (text) => {
        if (text.includes('OTHER-1') && taken.length === 0) taken.push(byHand())
      },
    })
    // The only worker has the other task then: ours is free.
    const byHand = async (): ReturnType<CliSample['json']> => {
      const first = await sample.json(['task', 'take', 'DOUBLE-1', work])
      expect(first, first.stderr).toMatchObject({ code: 0 })
      put(work, numberTest('double'))
      expect((await sample.json(['task', 'submit', 'DOUBLE-1'])).document).toMatchObject({ accepted: true })
      put(work, numberSource('double'))
      const end = await sample.json(['task', 'submit', 'DOUBLE-1'])
      expect(end.document).toMatchObject({ accepted: true })
      const stopped = await sample.cli(['stop', '--now'])
      expect(stopped.code).toBe(0)
      return end
    }
    expect((await run).code).toBe(130)
    expect(await Promise.all(taken)).toHaveLength(1)
    expect((await sample.json(['status'])).document).toMatchObject({ tasks: { completed: 1 } })
    const shown = await sample.json(['task', 'show', 'DOUBLE-1'])
    expect(shown.document).toMatchObject({ state: { state: 'completed' } })
    const attempts = shown.document['attempts'] as Attempt[]
    expect(attempts.map(({ agent }) => agent)).toEqual(['person', 'person', null])
  })
})

describe('the directory of a person', () => {
  it('is not made where something is, or where a repository or the state lies', async () => {
    const { sample } = await oneTask()
    const { root, directory, state } = sample.repo
    const full = join(directory, 'full')
    mkdirSync(full)
    writeFileSync(join(full, 'mine'), 'mine')
    symlinkSync(root, join(directory, 'link'))
    mkdirSync(join(directory, 'empty'))
    symlinkSync(join(directory, 'empty'), join(directory, 'to-empty'))
    const places = [
      full,
      join(root, 'inside'),
      join(directory, 'link', 'inside'),
      join(directory, 'to-empty'),
      join(directory, 'no', 'parent'),
      state,
      directory,
    ]
    for (const place of places) {
      const end = await sample.json(['task', 'take', 'DOUBLE-1', place])
      expectError(end, { code: 'directory_unusable', says: /cannot be worked in/ })
    }
    expect(readdirSync(full)).toEqual(['mine'])
    expect((await sample.json(['task', 'show', 'DOUBLE-1'])).document).toMatchObject({
      state: { state: 'available' },
    })
    expect(await sample.json(['task', 'take', 'DOUBLE-1', join(directory, 'empty')])).toMatchObject({
      code: 0,
    })
  })

  it.runIf(DRILL)(
    'is read as it is: what is gone or a link to elsewhere is refused, and nothing of it is lost',
    async () => {
      const { sample, work } = await oneTask()
      await sample.json(['task', 'take', 'DOUBLE-1', work])
      put(work, numberTest('double'))
      renameSync(work, `${work}-moved`)
      const gone = await sample.json(['task', 'submit', 'DOUBLE-1'])
      expectError(gone, { code: 'task_state', says: /is gone/ })
      symlinkSync(sample.repo.root, work)
      const link = await sample.json(['task', 'submit', 'DOUBLE-1'])
      expectError(link, { code: 'task_state', says: /is a link/ })
      rmSync(work)
      mkdirSync(work)
      await refusedOfAnother(sample, work)
      rmSync(work, { recursive: true })
      renameSync(`${work}-moved`, work)
      symlinkSync(join(sample.repo.root, 'src/add.js'), join(work, 'src/double.js'))
      const inside = await sample.json(['task', 'submit', 'DOUBLE-1'])
      expect(inside).toMatchObject({ code: 1, document: { accepted: false, state: 'running' } })
      rmSync(join(work, 'src/double.js'))
      expect((await sample.json(['task', 'submit', 'DOUBLE-1'])).document).toMatchObject({
        accepted: true,
        stage: 'green',
      })
      expect(sample.repo.git('status', '--porcelain')).toBe('')
    },
  )

  it.runIf(DRILL)('stays when the task is given back, and is made anew with what was refused', async () => {
    const { sample, work } = await oneTask()
    await sample.json(['task', 'take', 'DOUBLE-1', work])
    expectError(await sample.json(['task', 'take', 'DOUBLE-1', `${work}-2`]), {
      code: 'task_state',
      says: /is taken by/,
    })
    put(work, numberTest('double'))
    put(work, numberSource('double'))
    expect(await sample.json(['task', 'submit', 'DOUBLE-1'])).toMatchObject({ code: 1 })
    expect(await sample.json(['task', 'give-back', 'DOUBLE-1'])).toMatchObject({
      code: 0,
      document: { state: 'retryable' },
    })
    expect(existsSync(join(work, 'src/double.js'))).toBe(true)
    expectError(await sample.json(['task', 'submit', 'DOUBLE-1']), {
      code: 'task_state',
      says: /nobody has taken/,
    })
    expectError(await sample.json(['task', 'give-back', 'DOUBLE-1']), {
      code: 'task_state',
      says: /nobody has taken/,
    })
    const again = await sample.json(['task', 'take', 'DOUBLE-1', `${work}-2`])
    expect(again.document).toMatchObject({ stage: 'red_fix' })
    const refusals = again.document['refusals'] as { code: string }[]
    expect(refusals.map(({ code }) => code)).toContain('wrong_files')
    expect(existsSync(join(`${work}-2`, 'src/double.js'))).toBe(true)
  })
})

describe('a task whose directory cannot be made', () => {
  it('is nobody’s again, and the reason is told', async () => {
    const { sample, work } = await oneTask()
    sample.repo.git('checkout', '-q', '-b', 'mine')
    const env = { ...sample.env, TDD_TARGET: 'mine' }
    const end = await sample.json(['task', 'take', 'DOUBLE-1', work], { env })
    expectError(end, { code: 'target_checked_out' })
    const shown = await sample.json(['task', 'show', 'DOUBLE-1'])
    expect(shown.document).toMatchObject({ person: null, state: { state: 'retryable' } })
    expect(existsSync(work)).toBe(false)
    expect(await sample.json(['task', 'take', 'DOUBLE-1', work])).toMatchObject({ code: 0 })
  })
})

describe('what is asked twice', () => {
  it('is done once', async () => {
    const { sample, work } = await oneTask()
    const takes = await Promise.all(
      [work, `${work}-2`].map((place) => sample.json(['task', 'take', 'DOUBLE-1', place])),
    )
    expect(takes.map(({ code }) => code).toSorted((one, other) => Number(one) - Number(other))).toEqual([
      0, 2,
    ])
    const [mine = ''] = takes.flatMap(({ document }) =>
      typeof document['directory'] === 'string' ? [document['directory']] : [],
    )
    expect([work, `${work}-2`].filter((place) => existsSync(place))).toEqual([mine])
    put(mine, numberTest('double'))
    const both = await Promise.all([1, 2].map(() => sample.json(['task', 'submit', 'DOUBLE-1'])))
    for (const { document, stderr } of both)
      expect(document, stderr).toMatchObject({ accepted: true, stage: 'green' })
    const attempts = (await sample.json(['task', 'show', 'DOUBLE-1'])).document['attempts'] as Attempt[]
    expect(attempts.map(({ stage }) => stage)).toEqual(['red'])
  })
})

describe('a kill while a person is served', () => {
  it('loses nothing: what was handed in is judged once it is asked again', async () => {
    const { sample, work } = await oneTask()
    await sample.json(['task', 'take', 'DOUBLE-1', work])
    put(work, numberTest('double'))
    for (const killAfterMs of [900, 1_300, 1_700]) {
      const killed = await sample.cli(['task', 'submit', 'DOUBLE-1'], { killAfterMs })
      if (killed.signal === null) break
    }
    const shown = await sample.json(['task', 'show', 'DOUBLE-1'])
    expect(shown.document).toMatchObject({ state: { state: 'running' } })
    const isJudged = (shown.document['attempts'] as Attempt[]).some(
      ({ outcome }) => outcome.kind === 'accepted',
    )
    // On a machine that is busy no kill may have let it come to the verdict, or to the question.
    const end = isJudged ? null : await sample.json(['task', 'submit', 'DOUBLE-1'])
    if (end !== null) expect(end.document, end.stderr).toMatchObject({ accepted: true, stage: 'green' })
    put(work, numberSource('double'))
    expect((await sample.json(['task', 'submit', 'DOUBLE-1'])).document).toMatchObject({ state: 'completed' })
    const attempts = (await sample.json(['task', 'show', 'DOUBLE-1'])).document['attempts'] as Attempt[]
    const accepted = attempts.filter(({ outcome }) => outcome.kind === 'accepted').map(({ stage }) => stage)
    expect(accepted).toEqual(['red', 'green', 'verify'])
  })

  it('leaves no half of a directory behind', async () => {
    const { sample, work } = await oneTask()
    for (const killAfterMs of [400, 600, 800, 1_000]) {
      const killed = await sample.cli(['task', 'take', 'DOUBLE-1', work], { killAfterMs })
      if (killed.signal === null) break
      if (existsSync(work)) expect(readFileSync(join(work, 'test/add.test.js'), 'utf8')).toContain('adds')
    }
    const shown = await sample.json(['task', 'show', 'DOUBLE-1'])
    const hold = shown.document['person'] as { asks: string | null } | null
    if (hold?.asks !== null)
      expect(await sample.json(['task', 'take', 'DOUBLE-1', work])).toMatchObject({ code: 0 })
    expect(readdirSync(sample.repo.directory).filter((name) => name.startsWith('work'))).toEqual(['work'])
    expect(existsSync(join(work, 'src/add.js'))).toBe(true)
  })
})

interface Attempt {
  readonly agent: string | null
  readonly stage: string
  readonly outcome: { readonly kind: string }
  readonly spend: { readonly invocations: number }
}

function session(sample: CliSample, names: readonly string[]): string[] {
  const stages = (name: string) => ({ red: [[numberTest(name)]], green: [[numberSource(name)]] })
  return sessionOf(sample, Object.fromEntries(names.map((name) => [`${name.toUpperCase()}-1`, stages(name)])))
}

function sessionOf(sample: CliSample, tasks: unknown): string[] {
  return ['--agent', 'scripted', '--session', sample.beside('s.session.json', { version: 1, tasks })]
}

/** Only who may give a directory away can try it. */
async function refusedOfAnother(sample: CliSample, work: string): Promise<void> {
  if (process.getuid?.() !== 0) return
  chownSync(work, 12_345, 12_345)
  const other = await sample.json(['task', 'submit', 'DOUBLE-1'])
  expectError(other, { code: 'task_state', says: /another user/ })
}

function git(directory: string, ...args: string[]): string {
  return execFileSync('git', args, { cwd: directory, encoding: 'utf8' })
}

function withoutGit(picture: readonly string[]): string[] {
  return picture.filter((line) => !line.startsWith('.git/'))
}
