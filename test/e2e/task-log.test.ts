import { existsSync, readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { transcriptsBeside } from '../../src/config/transcript-place.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import {
  cliSample,
  type CliSample,
  NODE_PROJECT,
  numberSource,
  numberTask,
  numberTest,
  storeOf,
} from '../support/cli-sample.ts'
import { tempRepo } from '../support/temp-repo.ts'

const PLAN = { version: 1, title: 'Numbers', tasks: [numberTask('double'), numberTask('half')] }
const SESSION = {
  version: 1,
  tasks: {
    'DOUBLE-1': {
      red: [
        [
          { say: 'before the wait' },
          { usage: { inputTokens: 700, costUsd: 0.25 } },
          { sleepMs: 6_000 },
          numberTest('double'),
          { say: 'the test is there' },
        ],
      ],
      green: [
        [numberSource('double', 'n'), { say: 'wrong' }],
        [numberSource('double'), { say: 'right' }],
      ],
    },
    'HALF-1': { red: [[numberTest('half')]], green: [[numberSource('half')]] },
  },
}
const AGAIN = {
  version: 1,
  tasks: {
    ...SESSION.tasks,
    'DOUBLE-1': { ...SESSION.tasks['DOUBLE-1'], red: [[numberTest('double'), { say: 'once more' }]] },
  },
}

interface Line {
  readonly attempt: number
  readonly stage: string
  readonly outcome: string
  readonly entry: { readonly kind: string; readonly text?: string } | null
  readonly whole: boolean | null
}

describe('what the agents of a task say', () => {
  it('is followed live from another process, through a kill, until the task has ended', async () => {
    const sample = cliSample(tempRepo(NODE_PROJECT, { kept: true }))
    await sample.json(['ingest', sample.beside('plan.json', PLAN)])
    const run = ['run', '--agent', 'scripted', '--session', sample.beside('a.session.json', SESSION)]
    let killed = false
    let kill: (signal: NodeJS.Signals) => void = () => undefined
    const working = sample.cli(run, { onProgress: (_, signal) => (kill = signal) })
    await begun(sample)
    const first = await sample.cli(['task', 'log', 'DOUBLE-1', '--follow', '--json'], {
      onOutput: (text) => {
        if (killed || !text.includes('before the wait')) return
        killed = true
        kill('SIGKILL')
      },
    })
    expect((await working).signal).toBe('SIGKILL')
    expect(first).toMatchObject({ code: 0 })
    // It was told while its attempt went on, and stays readable.
    expect(linesOf(first.stdout).map(({ entry }) => entry?.text ?? entry?.kind)).toEqual(
      expect.arrayContaining(['begun', 'before the wait']),
    )
    const cut = await sample.json(['task', 'log', 'DOUBLE-1'])
    expect(cut.document['attempts']).toMatchObject([{ stage: 'red', outcome: 'running', agent: 'scripted' }])
    expect(JSON.stringify(cut.document)).toContain('before the wait')
    const resumed = sample.cli(['run', '--resume', '--session', sample.beside('b.session.json', AGAIN)])
    await begun(sample, 2)
    const second = await sample.cli(['task', 'log', 'DOUBLE-1', '--follow', '--json'])
    expect(second.code).toBe(0)
    expect((await resumed).code).toBe(0)
    const told = linesOf(second.stdout)
    expect(
      told.filter(({ entry }) => entry === null).map(({ stage, outcome, whole }) => [stage, outcome, whole]),
    ).toEqual([
      ['red', 'lost', false],
      ['red', 'accepted', true],
      ['green', 'refused', true],
      ['green', 'accepted', true],
      ['verify', 'accepted', null],
    ])
    expect(told.flatMap(({ entry }) => (entry?.kind === 'said' ? [entry.text] : []))).toEqual([
      'before the wait',
      'once more',
      'wrong',
      'right',
    ])
    const green = (await sample.cli(['task', 'log', 'DOUBLE-1', '--stage', 'green'])).stdout
    expect(green).toMatch(/wrong[\s\S]*right/)
    expect(green).not.toContain('once more')
    const all = (await sample.cli(['task', 'log', 'DOUBLE-1'])).stdout
    expect(all).toMatch(/RED {2}lost[\s\S]*700 tokens, 0\.25 USD \(estimated\)[\s\S]*\[cut\]/)
    // Each attempt of an agent has its file, packed.
    const [folder = ''] = readdirSync(transcriptsBeside(await storeOf(sample)))
    const files = readdirSync(`${transcriptsBeside(await storeOf(sample))}/${folder}`)
    expect(files.length).toBeGreaterThanOrEqual(6)
    expect(files.every((name) => name.endsWith('.jsonl.gz'))).toBe(true)
    // They go with the store, and not before.
    const things = (await sample.json(['clean', '--dry-run'])).document['things']
    expect(things).toContainEqual(expect.objectContaining({ name: 'transcripts of agents', remove: false }))
    const place = transcriptsBeside(await storeOf(sample))
    await sample.json(['clean', '--history'])
    expect(existsSync(place)).toBe(false)
    sample.repo.remove()
  })
})

function linesOf(stdout: string): Line[] {
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line)
}

/** So many attempts of the task were begun. */
async function begun(sample: CliSample, count = 1): Promise<void> {
  for (let look = 0; look < 200; look += 1) {
    const { document } = await sample.json(['task', 'log', 'DOUBLE-1'])
    if (((document['attempts'] as unknown[] | undefined) ?? []).length >= count) return
    await systemClock.sleep(100)
  }
}
