import { spawnSync } from 'node:child_process'
import { chmodSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import {
  cliSample,
  type CliSample,
  expectError,
  type JsonEnd,
  numberSource,
  numberTask,
  numberTest,
} from '../support/cli-sample.ts'

const NAMES = ['double', 'twice']
const [first = {}, second = {}] = NAMES.map((name) => numberTask(name))
const PLAN = { version: 1, title: 'Numbers', tasks: [first, { ...second, dependsOn: ['DOUBLE-1'] }] }
/** Long enough to change a branch while RED of the second task is under way. */
const SLOW = { sleepMs: 1_500 }
const SESSION = {
  version: 1,
  tasks: {
    'DOUBLE-1': { red: [[numberTest('double')]], green: [[numberSource('double')]] },
    'TWICE-1': { red: [[numberTest('twice'), SLOW]], green: [[numberSource('twice')]] },
  },
}
const RESUME = 'orchestrator run --resume'
const LANDED = /landed.*DOUBLE-1|DOUBLE-1.*landed/

import { DRILL } from '../support/drill.ts'
describe('a run that is resumed', () => {
  it.runIf(DRILL)('goes on with the agent that was named for it, wherever it is typed', async () => {
    const sample = await planned()
    sample.repo.write({ 'deep/keep.txt': '' })
    const session = ['--session', '../beside/s.session.json']
    const spent = await sample.json(['run', '--agent', 'scripted', ...session, '--max-invocations', '1'])
    expect(spent, spent.stderr).toMatchObject({ code: 75, document: { pausedBy: 'budget' } })
    const end = await sample.json(['run', '--resume'], { cwd: join(sample.repo.root, 'deep') })
    expect(end, end.stderr).toMatchObject({ code: 0, document: { state: 'completed' } })
  })

  it.runIf(DRILL)('takes flags before what was named for it', async () => {
    const sample = await planned()
    await sample.json([...sample.run, '--max-invocations', '1'])
    const other = await sample.json(['run', '--resume', '--agent', 'command'])
    expect(other.stderr).toContain('no coding agent is configured')
    const missing = await sample.json(['run', '--resume', '--session', 'missing.json'])
    expect(missing.stderr).toContain('missing.json')
    const end = await sample.json(['run', '--resume'])
    expect(end, end.stderr).toMatchObject({ code: 0, document: { state: 'completed' } })
  })
})

describe('a run that is resumed with another target', () => {
  it.runIf(DRILL)('says what to pass, and what stands in its way', async () => {
    const sample = await planned()
    await sample.json([...sample.run, '--max-invocations', '1'])
    const moved = await sample.json(['run', '--resume'], { env: { ...sample.env, TDD_TARGET: 'other' } })
    expectError(moved, { code: 'usage', says: /Pass --target tdd\/numbers, or start another run with --new/ })
    const flagged = await sample.json(['run', '--resume', '--target', 'other'])
    expectError(flagged, { code: 'usage', says: /Leave out --target, or/ })
    sample.repo.git('checkout', '--quiet', 'tdd/numbers')
    const own = ['run', '--resume', '--target', 'tdd/numbers']
    const held = await sample.json(own)
    expectError(held, { code: 'target_checked_out', says: /landed\. Switch away first: / })
    expect(held.stderr).not.toMatch(/^Resuming /m)
    sample.repo.git('switch', '--quiet', '--detach')
    expect(await sample.json(own)).toMatchObject({ code: 0, document: { state: 'completed' } })
  })
})

describe('the line that resumes a run is one for all who print it, and works', () => {
  it.runIf(DRILL)('where a budget is spent', async () => {
    const sample = await planned()
    const paused = await sample.json([...sample.run, '--max-invocations', '2'])
    await expectLine(sample, paused, `${RESUME} --max-invocations 4`)
  })

  it.runIf(DRILL)('where its target was checked out meanwhile', async () => {
    const sample = await planned()
    const checkOut = (): void => void sample.repo.git('checkout', '--quiet', 'tdd/numbers')
    const paused = await sample.json(sample.run, { onProgress: once(LANDED, checkOut) })
    await expectLine(sample, paused, `git -C ${sample.repo.root} switch --detach && ${RESUME}`)
  })

  it.runIf(DRILL)('where its target was deleted meanwhile', async () => {
    const sample = await planned()
    const remove = (): void => void sample.repo.git('branch', '--quiet', '-D', 'tdd/numbers')
    const paused = await sample.json(sample.run, { onProgress: once(LANDED, remove) })
    const [{ merge = '' } = {}] = paused.document['landed'] as { readonly merge?: string }[]
    await expectLine(sample, paused, `git branch tdd/numbers ${merge} && ${RESUME}`)
  })

  it.runIf(DRILL)('where a person stops it', async () => {
    const sample = await planned()
    const { pid } = (await sample.json([...sample.run, '--detach'])).document
    onTestFinished(() => endProcess(Number(pid)))
    await sample.cli(['attach'], {
      onProgress: (text, kill) => {
        if (LANDED.test(text)) kill('SIGINT')
      },
    })
    sample.repo.git('checkout', '--quiet', 'tdd/numbers')
    const line = `git -C ${sample.repo.root} switch --detach && ${RESUME}`
    expect((await sample.cli(['stop', '--now'])).stdout).toContain(`Next: ${line}\n`)
    follow(sample, line)
  })

  it.runIf(DRILL)('where it was killed', async () => {
    const sample = await planned()
    await sample.cli(sample.run, {
      onProgress: (text, kill) => {
        if (LANDED.test(text)) kill('SIGKILL')
      },
    })
    await expectStatus(sample, RESUME)
    follow(sample, RESUME)
  })
})

/** A plan, and how its run is started by a person who has no agent configured. */
async function planned(): Promise<CliSample & { readonly run: readonly string[] }> {
  const sample = cliSample()
  await sample.json(['ingest', sample.beside('plan.json', PLAN)])
  const session = sample.beside('s.session.json', SESSION)
  return { ...sample, run: ['run', '--workers', '1', '--agent', 'scripted', '--session', session] }
}

function once(words: RegExp, act: () => void): (text: string) => void {
  let done = false
  return (text) => {
    if (done || !words.test(text)) return
    done = true
    act()
  }
}

/** Whoever ends or looks says the same line, and it brings the run to its end. */
async function expectLine(sample: CliSample, paused: JsonEnd, line: string): Promise<void> {
  expect(paused, paused.stderr).toMatchObject({ code: 75, document: { state: 'paused', next: line } })
  await expectStatus(sample, line)
  follow(sample, line)
}

async function expectStatus(sample: CliSample, command: string): Promise<void> {
  expect((await sample.json(['status'])).document).toMatchObject({ run: { resume: { command } } })
  expect((await sample.cli(['status'])).stdout).toContain(`Next: ${command}\n`)
}

/** Types it in a shell that finds the program by its name. */
function follow(sample: CliSample, line: string): void {
  const { repo, env } = sample
  const main = resolve(import.meta.dirname, '..', '..', 'dist', 'cli', 'main.js')
  const program = sample.beside('orchestrator', `#!/bin/sh\nexec '${process.execPath}' '${main}' "$@"\n`)
  chmodSync(program, 0o755)
  const path = `${dirname(program)}:${env['PATH'] ?? ''}`
  const { status, stderr } = spawnSync('sh', ['-c', line], {
    cwd: repo.root,
    env: { ...env, PATH: path },
    encoding: 'utf8',
  })
  expect({ status, stderr }).toMatchObject({ status: 0 })
}

/** What a failed test left in the background. */
function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended, as it should.
  }
}
