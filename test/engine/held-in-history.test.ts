import { describe, expect, it, onTestFinished } from 'vitest'
import { heldInHistory } from '../../src/engine/backtest/held-in-history.ts'
import { readHistory } from '../../src/engine/backtest/read-history.ts'
import { openBench } from '../../src/engine/open.ts'
import { doingBefore } from '../support/interleave.ts'
import { sampleSuite } from '../support/proof-samples.ts'
import { tempRepo } from '../support/temp-repo.ts'

const COMMITS = 3
/** Files that each commit changes; those that it leaves are more than that. */
const CHANGED = 3

describe('what the tests of a history lean on', () => {
  it('is what they use and a commit changes', async () => {
    const { walk, commits } = await history()
    const held = await walk()
    expect([...held]).toEqual(commits.map(({ id }) => [id, new Set(['testing/check.js'])]))
  })

  it('is not read further once somebody stops it', async () => {
    const { walk, workshop } = await history()
    const stop = new AbortController()
    const git = doingBefore(workshop.git, 'files', () => stop.abort())
    await expect(walk({ workshop: { ...workshop, git }, signal: stop.signal })).rejects.toMatchObject({
      code: 'interrupted',
    })
  })

  it('costs the next commit the files that it changes', async () => {
    const { walk, workshop, commits } = await history()
    let read = 0
    const git = doingBefore(workshop.git, 'readBlob', () => (read += 1))
    await walk({ workshop: { ...workshop, git }, commits: commits.slice(0, 1) })
    const atFirst = read
    await walk({ workshop: { ...workshop, git }, commits })
    expect(atFirst).toBeGreaterThan(CHANGED)
    expect(read - atFirst).toBeLessThanOrEqual(CHANGED * (COMMITS - 1))
  })

  it('is told once where it takes long, and not at all where it does not', async () => {
    const { walk, workshop } = await history()
    const told: string[] = []
    const tell = (line: string): void => void told.push(line)
    let now = 0
    await walk({ workshop: { ...workshop, clock: { ...workshop.clock, monotonic: () => now } }, tell })
    expect(told).toEqual([])
    const monotonic = (): number => (now += 60_000)
    await walk({ workshop: { ...workshop, clock: { ...workshop.clock, monotonic } }, tell })
    expect(told).toEqual(['[0/3] reading what the tests of each commit lean on'])
  })
})

/** Commits that each change a test, a source and a helper that all tests use, and the walk over them. */
async function history() {
  const test = (name: string, value: number): string =>
    `import { check } from '../testing/check.js'\nimport { a } from '../src/${name}.js'\ncheck(a, ${value})\n`
  const repo = tempRepo({
    'src/a.js': 'export const a = 0\n',
    'test/a.test.js': test('a', 0),
    'test/b.test.js': test('b', 0),
    'test/c.test.js': test('c', 0),
    'testing/check.js': 'export const check = () => 0\n',
  })
  for (let value = 1; value <= COMMITS; value += 1) {
    repo.commit({
      'src/a.js': `export const a = ${value}\n`,
      'test/a.test.js': test('a', value),
      'testing/check.js': `export const check = () => ${value}\n`,
    })
  }
  const env = { ...repo.env, XDG_STATE_HOME: repo.state }
  const bench = await openBench({ directory: repo.root, env, flags: {} })
  onTestFinished(() => bench[Symbol.asyncDispose]())
  const { workshop } = bench
  const { commits } = await readHistory(bench, { from: null, to: 'HEAD', limit: null })
  const defaults = {
    workshop,
    commits,
    signal: new AbortController().signal,
    tell: (line: string): void => expect.unreachable(line),
  }
  return {
    workshop,
    commits,
    walk: (over: Partial<typeof defaults> = {}) => {
      const asked = { ...defaults, ...over }
      return heldInHistory(asked.workshop, { commits: asked.commits, suites: [sampleSuite()] }, asked)
    },
  }
}
