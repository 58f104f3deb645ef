import { createHash } from 'node:crypto'
import { cpSync, rmSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openBench } from '../../src/engine/open.ts'
import { prove, type ProveOptions } from '../../src/engine/prove.ts'
import type { ProveReport } from '../../src/protocol/output/prove-report.ts'
import { engineSample, type EngineSample, ONCE } from '../support/engine-sample.ts'
import { tempRepo, type TempRepoOptions } from '../support/temp-repo.ts'

const FILES = {
  'package.json': '{ "name": "sample", "type": "module", "scripts": { "test": "node --test" } }\n',
  '.tdd/config.toml':
    '[[suites]]\nname = "main"\nrunner = "node"\ntests = ["test/**"]\nsources = ["src/**"]\n',
  'src/one.js': 'export const one = () => 1\n',
  'tools/kit.js': 'export const kit = 1\n',
  'test/one.test.js': `import { test } from 'node:test'
import assert from 'node:assert/strict'
import { one } from '../src/one.js'
import '../tools/kit.js'
test('one', () => assert.equal(one(), 1))
`,
}
const PLAN = {
  version: 1,
  title: 'Two',
  tasks: [
    {
      key: 'TWO',
      title: 'Two',
      criteria: [{ id: 'AC-1', text: 'two() is 2' }],
      tests: ['test/two.test.js'],
      sources: ['src/two.js'],
    },
  ],
}
const TWO_TEST = FILES['test/one.test.js']
  .replaceAll('one', 'two')
  .replace('1)', '2)')
  .replace("'two'", "'AC-1 two'")
const SESSION = {
  version: 1,
  tasks: {
    TWO: {
      red: [
        [
          {
            write: {
              'test/two.test.js': TWO_TEST,
            },
          },
        ],
      ],
      green: [[{ write: { 'src/two.js': 'export const two = () => 2\n' } }]],
    },
  },
}

describe('prove', () => {
  let landed: EngineSample
  beforeAll(async () => {
    landed = await landedSample('two() is 2', { kept: true })
  })
  afterAll(() => landed.repo.remove())

  it('holds for what a run landed, without its store', async () => {
    const sample = copyOf(landed)
    expect(await proven(sample, { range: 'tdd/two' })).toEqual({
      checked: 1,
      proven: 1,
      waived: [],
      broken: [],
    })
  })

  it('finds a merge that is not what its commits merge to', async () => {
    const sample = copyOf(landed)
    const forged = forge(sample, { merge: { 'src/two.js': 'export const two = () => 3\n' } })
    expect(await proven(sample, { range: forged })).toMatchObject({
      checked: 1,
      proven: 0,
      broken: [{ task: 'TWO', code: 'evidence_mismatch' }],
    })
  })

  it('finds sources that were changed behind the proof', async () => {
    const sample = copyOf(landed)
    const green = { 'src/two.js': 'export const two = () => 3\n' }
    const kept = forge(sample, { green })
    const told = forge(sample, { green, note: asLanded })
    expect(await proven(sample, { range: kept })).toMatchObject({ broken: [{ code: 'evidence_mismatch' }] })
    expect(await proven(sample, { range: told })).toMatchObject({ broken: [{ code: 'tests_failed' }] })
  })

  it('finds a frozen test that came to assert nothing, whatever the note says', async () => {
    const sample = copyOf(landed)
    const green = {
      'src/two.js': 'export const two = () => "nonsense"\n',
      'src/more.js': 'export const more = 1\n',
      'test/two.test.js': TWO_TEST.replace('two(), 2', '1, 1'),
    }
    for (const [note, code] of [
      [undefined, 'evidence_mismatch'],
      [asLanded, 'wrong_files'],
    ] as const) {
      const forged = forge(sample, { green, ...(note === undefined ? {} : { note }) })
      expect(await proven(sample, { range: forged })).toMatchObject({ proven: 0, broken: [{ code }] })
    }
  })

  it('finds a change of what the tests lean on behind the proof', async () => {
    const sample = copyOf(landed)
    const green = { 'src/two.js': 'export const two = () => 2\n', 'tools/kit.js': 'export const kit = 2\n' }
    const forged = forge(sample, { green, note: asLanded })
    expect(await proven(sample, { range: forged })).toMatchObject({ broken: [{ code: 'wrong_files' }] })
  })

  it('finds a test whose body is not the noted one, and one that was invented', async () => {
    const sample = copyOf(landed)
    const changed = forge(sample, {
      note: (note, trees) => withTests(asLanded(note, trees), (test) => [{ ...test, bodyHash: '0' }]),
    })
    const invented = forge(sample, {
      note: (note, trees) => withTests(asLanded(note, trees), (test) => [test, { ...test, name: 'more' }]),
    })
    for (const forged of [changed, invented]) {
      const report = await proven(sample, { range: forged })
      expect(report.broken).toMatchObject([{ code: expect.stringMatching(/evidence_mismatch|tests_failed/) }])
    }
  })

  it('calls nothing proven whose note has no test that counts, whatever its kind', async () => {
    const sample = copyOf(landed)
    for (const kind of ['maintenance', 'scaffold', 'implement']) {
      const forged = forge(sample, {
        green: { 'src/two.js': 'export const two = () => 3\n' },
        note: (note, trees) => {
          const landed = withTests(asLanded(note, trees), () => [])
          return { ...landed, task: { ...landed.task, kind } }
        },
      })
      expect(await proven(sample, { range: forged })).toMatchObject({
        proven: 0,
        broken: [{ code: 'unproven' }],
      })
    }
  })

  it('finds a commit of the tests that brings sources along, and one that stands on something else', async () => {
    const sample = copyOf(landed)
    const red = { 'src/two.js': 'export const two = () => 2\n' }
    const brings = forge(sample, { red, note: asLanded })
    const elsewhere = forge(sample, { redParent: orphan(sample), note: asLanded })
    expect(await proven(sample, { range: brings })).toMatchObject({ broken: [{ code: 'wrong_files' }] })
    expect(await proven(sample, { range: elsewhere })).toMatchObject({
      broken: [{ code: 'evidence_mismatch' }],
    })
  })

  it('proves again what only its note was written anew for', async () => {
    const sample = copyOf(landed)
    expect(await proven(sample, { range: forge(sample, { note: asLanded }) })).toMatchObject({ proven: 1 })
  })

  it("takes no line of a plan's text for a trailer", async () => {
    const sample = await landedSample('TDD-Carried: 1\n\nTDD-Evidence: none\n')
    expect(await proven(sample, { range: 'tdd/two' })).toEqual({
      checked: 1,
      proven: 1,
      waived: [],
      broken: [],
    })
  })

  it('finds a note that is not the one the merge names', async () => {
    const sample = copyOf(landed)
    const note = sample.repo.git('notes', '--ref=refs/notes/tdd', 'show', 'tdd/two')
    sample.repo.git(
      'notes',
      '--ref=refs/notes/tdd',
      'add',
      '-f',
      '-m',
      note.replace('AC-1 two', 'AC-1 too'),
      'tdd/two',
    )
    expect(await proven(sample, { range: 'tdd/two' })).toMatchObject({
      broken: [{ code: 'evidence_mismatch' }],
    })
  })

  it('runs no command that only the evidence names, unless it is trusted', async () => {
    const sample = copyOf(landed)
    sample.repo.write({
      '.tdd/config.toml': FILES['.tdd/config.toml'].replace(
        'runner = "node"',
        'runner = "node"\nargs = ["--no-warnings"]',
      ),
    })
    await expect(proven(sample, { range: 'tdd/two' })).rejects.toMatchObject({ code: 'evidence_untrusted' })
    expect(await proven(sample, { range: 'tdd/two', trustEvidence: true })).toMatchObject({ proven: 1 })
  })

  it('has nothing to check on a branch without landings, and names the fetch where notes are missing or cannot be read', async () => {
    const sample = copyOf(landed)
    await expect(proven(sample, { range: 'main' })).rejects.toMatchObject({ code: 'nothing_to_check' })
    const hint = expect.stringContaining('git fetch origin +refs/notes/tdd:refs/notes/tdd') as string
    sample.repo.git('notes', '--ref=refs/notes/tdd', 'add', '-f', '-m', '{}', 'tdd/two')
    await expect(proven(sample, { range: 'tdd/two' })).rejects.toMatchObject({
      code: 'evidence_missing',
      message: expect.stringContaining('can be read') as string,
      hint,
    })
    sample.repo.git('update-ref', '-d', 'refs/notes/tdd')
    await expect(proven(sample, { range: 'tdd/two' })).rejects.toMatchObject({
      code: 'evidence_missing',
      message: expect.stringContaining('none of 1 landings has its evidence note') as string,
      hint,
    })
  })
})

type Landed = Pick<EngineSample, 'repo' | 'env'>

async function landedSample(goal = 'two() is 2', options: TempRepoOptions = {}): Promise<EngineSample> {
  const sample = engineSample(FILES, options)
  await using engine = await sample.open()
  await sample.ingest(engine, { ...PLAN, tasks: PLAN.tasks.map((task) => ({ ...task, goal })) })
  expect(await sample.run(engine, SESSION)).toMatchObject({ state: 'completed' })
  return sample
}

/** The repository of one run, for each test its own copy. */
function copyOf(landed: EngineSample): Landed {
  const repo = tempRepo({})
  rmSync(repo.root, { recursive: true })
  cpSync(landed.repo.root, repo.root, { recursive: true })
  return { repo, env: { ...repo.env, XDG_STATE_HOME: repo.state } }
}

async function proven(sample: Landed, options: Partial<ProveOptions>): Promise<ProveReport> {
  await using bench = await openBench({ directory: sample.repo.root, env: sample.env, flags: ONCE })
  return await prove(bench, {
    range: null,
    trustEvidence: false,
    signal: new AbortController().signal,
    onLanding: () => undefined,
    ...options,
  })
}

interface Note {
  readonly task: Readonly<Record<string, unknown>>
  readonly tests: readonly Readonly<Record<string, unknown>>[]
  readonly trees: Readonly<Record<string, string>>
}

/** The landing of `tdd/two` once more, with other files in its commits and perhaps another note that the merge names. */
function forge(
  { repo }: Landed,
  forgery: {
    readonly redParent?: string
    readonly red?: Readonly<Record<string, string>>
    readonly green?: Readonly<Record<string, string>>
    readonly merge?: Readonly<Record<string, string>>
    readonly note?: (note: Note, trees: Note['trees']) => Note
  },
): string {
  const made = (
    from: string,
    files: Readonly<Record<string, string>>,
    parents: readonly string[],
  ): string => {
    repo.git('checkout', '-q', '--detach', from)
    repo.write(files)
    repo.git('add', '-A')
    const tree = repo.git('write-tree')
    repo.git('reset', '-q', '--hard')
    return repo.git('commit-tree', tree, ...parents.flatMap((parent) => ['-p', parent]), '-m', 'forged')
  }
  const parent = repo.git('rev-parse', 'tdd/two^1')
  const red = forgery.red ?? {}
  const green = { ...red, ...forgery.green }
  const redCommit = made('tdd/two^2^', red, [forgery.redParent ?? parent])
  const greenCommit = made('tdd/two^2', green, [redCommit])
  const merged = made('tdd/two', { ...green, ...forgery.merge }, [parent, greenCommit])
  const treeOf = (commit: string): string => repo.git('rev-parse', `${commit}^{tree}`)
  const trees = { base: treeOf(parent), tests: treeOf(redCommit), merge: treeOf(merged) }
  const old = `${repo.git('notes', '--ref=refs/notes/tdd', 'show', 'tdd/two')}\n`
  const note = forgery.note?.(JSON.parse(old) as Note, trees)
  const text = note === undefined ? old : `${JSON.stringify(note)}\n`
  const digest = createHash('sha256').update(text).digest('hex')
  const message = repo
    .git('log', '-1', '--format=%B', 'tdd/two')
    .replace(/TDD-Red: .*/, `TDD-Red: ${redCommit}`)
    .replace(/TDD-Green: .*/, `TDD-Green: ${greenCommit}`)
    .replace(/TDD-Evidence: .*/, `TDD-Evidence: sha256:${digest}`)
  const parents = ['-p', parent, '-p', greenCommit]
  const forged = repo.git('commit-tree', trees.merge, ...parents, '-m', message)
  repo.git('notes', '--ref=refs/notes/tdd', 'add', '-f', '-m', text, forged)
  repo.git('checkout', '-q', 'main')
  return forged
}

function asLanded(note: Note, trees: Note['trees']): Note {
  return { ...note, trees }
}

function withTests(note: Note, tests: (test: Note['tests'][number]) => Note['tests'][number][]): Note {
  return { ...note, tests: note.tests.flatMap((test) => tests(test)) }
}

/** A commit with the tree of the base that nobody's history contains. */
function orphan({ repo }: Landed): string {
  return repo.git('commit-tree', repo.git('rev-parse', 'tdd/two^1^{tree}'), '-m', 'elsewhere')
}
