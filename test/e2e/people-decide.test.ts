import { describe, expect, it } from 'vitest'
import {
  type CliSample,
  cliSample,
  expectError,
  type JsonEnd,
  numberSource,
  numberTask,
  numberTest,
} from '../support/cli-sample.ts'
import { DRILL } from '../support/drill.ts'
import { codesOf, ingested, oneTask, put, stagesOf, workPlace } from '../support/people.ts'

/** A few starts of the program, with proofs in some of them. */

/** It says nothing of a criterion. */
function unnamedTest(name: string): Readonly<Record<string, unknown>> {
  const [path, text] = Object.entries(numberTest(name)['write'] as Record<string, string>)[0] ?? ['', '']
  return { write: { [path]: text.replace(/AC-1 /, '') } }
}

function otherUnnamedTest(name: string): Readonly<Record<string, unknown>> {
  const { write } = unnamedTest(name)
  const [path, text] = Object.entries(write as Record<string, string>)[0] ?? ['', '']
  return { write: { [path]: `${text}// written again\n`.replace("test('", "test('again: ") } }
}

/** A check that a new source breaks. */
const WITH_CHECK = [
  {
    name: 'main',
    runner: 'node',
    tests: ['test/**'],
    sources: ['src/**'],
    checks: {
      rule: [process.execPath, '-e', `process.exit(require('fs').existsSync('src/double.js') ? 1 : 0)`],
    },
  },
]

describe('a person who overrules a refusal', () => {
  it('lets the stage be accepted and the rest go on; evidence, prove and the page of the task tell it', async () => {
    const { sample } = await oneTask()
    const session = play(sample, {
      'DOUBLE-1': {
        red: [[unnamedTest('double')]],
        red_fix: [[unnamedTest('double')]],
        green: [[numberSource('double')]],
      },
    })
    expect((await sample.cli(['run', ...session])).code).toBe(1)
    for (const [codes, says, code] of [
      [['nonsense'], /cannot be waived/, 'usage'],
      [['wrong_files'], /cannot be waived/, 'usage'],
      [['check_failed'], /was refused with criterion_uncovered/, 'task_state'],
    ] as const) {
      expectError(await accept(sample, codes), { code, says })
    }
    expectError(await accept(sample, ['criterion_uncovered'], ' '), { code: 'usage', says: /reason/ })
    const accepted = await accept(sample, ['criterion_uncovered'], 'the only test\nis about it')
    expect(accepted, accepted.stderr).toMatchObject({
      code: 0,
      document: { accepted: true, state: 'retryable' },
    })
    expect(stagesOf(accepted.document)).toEqual(['red_fix'])
    expect((await sample.cli(['run', ...session])).code).toBe(0)
    const waiver = { code: 'criterion_uncovered', reason: 'the only test is about it', person: PERSON }
    expect((await sample.json(['prove', 'tdd/numbers'])).document).toMatchObject({
      proven: 1,
      broken: [],
      waived: [{ task: 'DOUBLE-1', waivers: [waiver] }],
    })
    const text = await sample.cli(['prove', 'tdd/numbers'])
    expect(text.stdout).toContain('1 of 1 landings proven, 1 of them with a waiver.')
    expect(JSON.parse(sample.repo.git('notes', '--ref=tdd', 'show', 'tdd/numbers'))).toMatchObject({
      waivers: [waiver],
    })
    expect((await sample.cli(['task', 'show', 'DOUBLE-1'])).stdout).toContain('waived criterion_uncovered')
    const events = (await sample.cli(['events'])).stdout
    expect(events).toContain('task_waived')
  })

  it.runIf(DRILL)('overrules nothing of the tests that an agent writes in their place', async () => {
    const { sample } = await oneTask()
    const session = play(sample, {
      'DOUBLE-1': {
        red: [[unnamedTest('double')]],
        red_fix: [[unnamedTest('double')], [otherUnnamedTest('double')]],
        green: [[{ dispute: 'the test is about something else' }], [numberSource('double')]],
      },
    })
    expect((await sample.cli(['run', ...session])).code).toBe(1)
    const accepted = await accept(sample, ['criterion_uncovered'], 'the only test is about it')
    expect(accepted, accepted.stderr).toMatchObject({ code: 0, document: { accepted: true } })
    await sample.cli(['run', ...session])
    const shown = await sample.json(['task', 'show', 'DOUBLE-1'])
    const attempts = shown.document['attempts'] as Attempt[]
    const since = attempts.slice(attempts.findIndex(({ outcome }) => outcome.kind === 'disputed') + 1)
    expect(since[0]).toMatchObject({
      stage: 'red_fix',
      outcome: { kind: 'refused', refusals: [{ code: 'criterion_uncovered' }] },
    })
  })

  it('lands what a check refused, and nothing that something else refused', async () => {
    const sample = cliSample()
    await ingested(sample, [numberTask('double')], WITH_CHECK)
    const work = workPlace(sample)
    await sample.json(['task', 'take', 'DOUBLE-1', work])
    put(work, numberTest('double'))
    await sample.json(['task', 'submit', 'DOUBLE-1'])
    put(work, numberSource('double'))
    const refused = await sample.json(['task', 'submit', 'DOUBLE-1'])
    expect(refused).toMatchObject({ code: 1, document: { accepted: false, stage: 'fix', directory: work } })
    expect(codesOf(refused.document)).toEqual(['check_failed'])
    const landed = await accept(sample, ['check_failed'], 'the rule is outdated')
    expect(landed.document, landed.stderr).toMatchObject({ accepted: true, state: 'completed' })
    expect(stagesOf(landed.document)).toEqual(['verify'])
    const proof = await sample.json(['prove', 'tdd/numbers', '--trust-evidence'])
    expect(proof.document).toMatchObject({ proven: 1, waived: [{ waivers: [{ code: 'check_failed' }] }] })
  })
})

describe('a run whose landings wait for a person', () => {
  it.runIf(DRILL)('lands what was approved and nothing else, also after it is started again', async () => {
    const sample = cliSample()
    await ingested(sample, [
      numberTask('double'),
      numberTask('twice'),
      numberTask('after', { dependsOn: ['DOUBLE-1'] }),
    ])
    const session = playAll(sample, ['double', 'twice', 'after'])
    const first = await sample.cli(['run', '--approve', ...session])
    expect(first.code, first.stderr).toBe(75)
    expect(first.stdout).toContain('orchestrator task approve DOUBLE-1')
    const status = await sample.json(['status'])
    expect(status.document).toMatchObject({
      tasks: { completed: 0 },
      waits: [
        { task: 'DOUBLE-1', for: 'approval', next: 'orchestrator task approve DOUBLE-1' },
        { task: 'TWICE-1', for: 'approval' },
      ],
    })
    expect((await sample.cli(['task', 'diff', 'DOUBLE-1'])).stdout).toContain('src/double.js')
    expectError(await sample.json(['task', 'approve', 'AFTER-1']), {
      code: 'task_state',
      says: /does not wait/,
    })
    expectError(await sample.json(['task', 'approve', 'NONE-1']), { code: 'task_unknown' })
    expectError(await sample.json(['task', 'approve']), { code: 'usage', says: /--all/ })
    expectError(await sample.json(['task', 'refuse', 'AFTER-1', '--note', 'no']), { code: 'task_state' })
    const again = await sample.cli(['run', '--resume', ...session])
    expect(again.code, again.stderr).toBe(75)
    expect(await landed(sample)).toEqual([])
    const approved = await sample.json(['task', 'approve', 'DOUBLE-1'])
    expect(approved).toMatchObject({ code: 0, document: { approved: [{ task: 'DOUBLE-1' }] } })
    expect((await sample.cli(['run', ...session])).code).toBe(75)
    expect(await landed(sample)).toEqual(['DOUBLE-1'])
    expect((await sample.json(['task', 'approve', '--all'])).document).toMatchObject({
      approved: [{ task: 'TWICE-1' }, { task: 'AFTER-1' }],
    })
    expect((await sample.cli(['run', ...session])).code).toBe(0)
    expect((await landed(sample)).toSorted()).toEqual(['AFTER-1', 'DOUBLE-1', 'TWICE-1'])
  })

  it.runIf(DRILL)('waits anew for work that was sent back and done again', async () => {
    const { sample } = await oneTask()
    const session = play(sample, {
      'DOUBLE-1': {
        red: [[numberTest('double')]],
        green: [[numberSource('double', 'n * 2')]],
        fix: [[numberSource('double', 'n + n')]],
      },
    })
    expect((await sample.cli(['run', '--approve', ...session])).code).toBe(75)
    const back = await sample.json(['task', 'refuse', 'DOUBLE-1', '--note', 'use addition'])
    expect(back).toMatchObject({ code: 0, document: { state: 'retryable' } })
    expect((await sample.cli(['task', 'prompt', 'DOUBLE-1'])).stdout).toContain('use addition')
    expectError(await sample.json(['task', 'approve', 'DOUBLE-1']), { code: 'task_state' })
    expect((await sample.cli(['run', ...session])).code).toBe(75)
    expect(await landed(sample)).toEqual([])
    await sample.json(['task', 'approve', 'DOUBLE-1'])
    expect((await sample.cli(['run', ...session])).code).toBe(0)
    expect(sample.repo.git('show', 'tdd/numbers:src/double.js')).toContain('n + n')
  })

  it.runIf(DRILL)('lands while it goes on, and no more waits once a person takes that back', async () => {
    const sample = cliSample()
    await ingested(sample, [numberTask('double'), numberTask('other')])
    // Longer than a slow machine takes to see that the other waits, and to approve it.
    const slow = { red: [[{ sleepMs: 15_000 }, numberTest('other')]], green: [[numberSource('other')]] }
    const session = play(sample, { 'DOUBLE-1': stages('double'), 'OTHER-1': slow })
    const approving: Promise<JsonEnd>[] = []
    const run = await sample.cli(['run', '--approve', '--workers', '2', ...session], {
      onProgress: () => {
        if (approving.length === 0) approving.push(whenWaiting(sample, 'DOUBLE-1'))
      },
    })
    const [approved] = await Promise.all(approving)
    expect(approved?.document).toMatchObject({
      approved: [{ task: 'DOUBLE-1' }],
    })
    expect(run.code, run.stderr).toBe(75)
    expect(await landed(sample)).toEqual(['DOUBLE-1'])
    expect((await sample.cli(['run', '--no-approve', ...session])).code).toBe(0)
  })
})

const PERSON = expect.stringMatching(/\S/) as string

function accept(sample: CliSample, codes: readonly string[], reason = 'I know better'): Promise<JsonEnd> {
  return sample.json([
    'task',
    'accept',
    'DOUBLE-1',
    ...codes.flatMap((code) => ['--waive', code]),
    '--reason',
    reason,
  ])
}

async function whenWaiting(sample: CliSample, key: string): Promise<JsonEnd> {
  for (let look = 0; look < 100; look++) {
    const { document } = await sample.json(['status'])
    if ((document['waits'] as { task: string }[]).some(({ task }) => task === key)) break
  }
  return sample.json(['task', 'approve', key])
}

async function landed(sample: CliSample): Promise<string[]> {
  const { document } = await sample.json(['task', 'list'])
  const tasks = document['tasks'] as { key: string; state: string }[]
  return tasks.filter(({ state }) => state === 'completed').map(({ key }) => key)
}

function stages(name: string): unknown {
  return { red: [[numberTest(name)]], green: [[numberSource(name)]] }
}

function playAll(sample: CliSample, names: readonly string[]): string[] {
  return play(sample, Object.fromEntries(names.map((name) => [`${name.toUpperCase()}-1`, stages(name)])))
}

function play(sample: CliSample, tasks: unknown): string[] {
  return ['--agent', 'scripted', '--session', sample.beside('s.session.json', { version: 1, tasks })]
}

interface Attempt {
  readonly stage: string
  readonly outcome: { readonly kind: string; readonly refusals?: readonly { readonly code: string }[] }
}
