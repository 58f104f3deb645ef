import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { DRILL } from '../support/drill.ts'
import { assistant, PROGRAM } from '../support/assistant.ts'
import {
  type CliSample,
  cliSample,
  numberSource,
  numberTask,
  numberTest,
  storeOf,
} from '../support/cli-sample.ts'
import { printedDocuments } from '../support/printed-documents.ts'

const PLAN = { version: 1, title: 'Numbers', tasks: [numberTask('double'), numberTask('twice')] }
const SECRET = `ghp_${'s'.repeat(36)}`
const SESSION = {
  version: 1,
  tasks: {
    'DOUBLE-1': { red: [[numberTest('double')]], green: [[numberSource('double')]] },
    'TWICE-1': {
      red: [[{ say: `a long story ${'of nothing '.repeat(9_000)} ${SECRET}` }, numberTest('twice')]],
      green: [[{ sleepMs: 25_000 }, numberSource('twice')]],
    },
  },
}

describe('an assistant of a person', () => {
  it.runIf(DRILL)(
    'looks at a run while it goes on, and changes it only with the token that the person was shown',
    async () => {
      const sample = cliSample()
      const { repo } = sample
      writeFileSync(join(repo.root, 'plan.json'), JSON.stringify(PLAN))
      await using mine = await assistant(sample)
      expect((await mine.call('status')).document).toMatchObject({ run: null })
      expect((await mine.call('task', { key: 'DOUBLE-1' })).document).toMatchObject({
        error: { code: 'nothing_to_run' },
      })
      expect((await mine.call('plan', { file: 'plan.json' })).document).toMatchObject({
        valid: true,
        tasks: [{ key: 'DOUBLE-1' }, { key: 'TWICE-1' }],
      })
      await sample.cli(['ingest', 'plan.json'])
      const session = sample.beside('a.session.json', SESSION)
      await sample.cli(['run', '--detach', '--agent', 'scripted', '--session', session])
      await until(async () => /"completed": 1/.test((await mine.call('status')).text))

      expect((await mine.call('plan')).text).toContain('double(2) is 4')
      const first = await mine.call('events', { limit: 3 })
      expect(first.document['events']).toHaveLength(3)
      const second = await mine.call('events', { limit: 3, after: first.document['next'] })
      expect(JSON.stringify(second.document['events'])).not.toContain(
        JSON.stringify((first.document['events'] as unknown[])[2]),
      )
      expect((await mine.call('task', { key: 'DOUBLE-1' })).document).toMatchObject({
        state: { state: 'completed' },
      })
      expect((await mine.call('task', { key: 'DOUBLE-1', view: 'diff' })).text).toContain(
        '+export const double',
      )
      expect((await mine.call('task', { key: 'TWICE-1', view: 'prompt', stage: 'green' })).text).toContain(
        'Make the tests of one behaviour pass',
      )
      const report = await mine.call('report')
      expect(readFileSync(String(report.document['path']), 'utf8')).toContain('<!doctype html>')
      expect((await mine.call('check', { range: 'HEAD..tdd/numbers' })).document).toMatchObject({
        verdict: 'proven',
      })
      expect((await mine.call('prove')).document).toMatchObject({ checked: 1, proven: 1 })

      const before = (await mine.call('status')).document['run']
      for (const input of [{}, { token: 'tdd-guessed' }]) {
        for (const tool of ['stop', 'run']) {
          const refused = await mine.call(tool, input)
          expect(refused).toMatchObject({
            isError: true,
            document: { error: { code: 'permission_missing' } },
          })
        }
      }
      expect((await mine.call('status')).document['run']).toEqual(before)

      const token = givenToken(sample)
      expect((await mine.call('stop', { token, now: true })).document).toMatchObject({ asked: true })
      await until(async () => /"state": "(paused|interrupted)"/.test((await mine.call('status')).text))
      expect((await mine.call('retry', { key: 'DOUBLE-1', token })).document).toMatchObject({
        error: { code: 'task_state' },
      })
      expect((await mine.call('run', { token })).document).toMatchObject({ pid: expect.any(Number) })
      await until(async () => /"completed": 2/.test((await mine.call('status')).text))
      expect(mine.logged()).not.toContain(token)
      expect(mine.logged()).not.toContain('internal')

      const long = await mine.call('task', { key: 'TWICE-1', view: 'log' })
      const pages = [long.text]
      for (let cursor = cursorOf(long.text); cursor !== null; cursor = cursorOf(pages.at(-1) ?? '')) {
        expect(pages.at(-1)?.length).toBeLessThan(41_000)
        pages.push((await mine.call('more', { cursor })).text)
      }
      const whole = pages.map((page) => page.replace(/\nThere is more\. Call more with .*$/, '')).join('')
      expect(pages.length).toBeGreaterThan(2)
      expect(JSON.parse(whole)).toMatchObject({ task: 'TWICE-1' })
      expect(whole).not.toContain(SECRET)
      for (const file of filesBelow(dirname(await storeOf(sample)))) {
        expect(contentOf(file)).not.toContain(token)
      }
    },
  )

  it('is refused what it must not read, and what is nonsense, and goes on', async () => {
    const sample = cliSample()
    const outside = sample.beside('secret-plan.json', PLAN)
    symlinkSync(outside, join(sample.repo.root, 'link.json'))
    mkdirSync(join(sample.repo.root, 'directory'))
    await using mine = await assistant(sample)
    for (const file of [
      outside,
      '../beside/secret-plan.json',
      'link.json',
      '/etc/passwd',
      'directory',
      'no-such',
    ]) {
      const answer = await mine.call('plan', { file })
      expect(answer, file).toMatchObject({ isError: true, document: { error: { code: 'plan_unreadable' } } })
    }
    await expect(mine.call('no_such_tool')).rejects.toThrow(/no_such_tool/)
    const bad: readonly (readonly [string, Record<string, unknown>])[] = [
      ['events', { limit: 1e9 }],
      ['events', { after: -1 }],
      ['task', {}],
      ['task', { key: ['x'] }],
      ['task', { key: 'x'.repeat(100_000) }],
      ['status', { surprise: true }],
      ['check', { range: 7 }],
    ]
    for (const [tool, input] of bad) expect((await mine.call(tool, input)).isError, tool).toBe(true)
    const hostile = await mine.call('check', { range: '--output=/tmp/x..HEAD' })
    expect(hostile.document).toMatchObject({ error: { code: 'revision_unknown' } })
    expect((await mine.call('more', { cursor: '../../x' })).document).toMatchObject({
      error: { code: 'usage' },
    })
    expect((await mine.call('status')).document).toMatchObject({ run: null })
  })

  it('is served several repositories by name, and no other', async () => {
    const [one, two] = [cliSample(), cliSample()]
    await two.cli(['ingest', two.beside('plan.json', PLAN)], { env: two.env })
    await using mine = await assistant(one, ['--repo', one.repo.root, '--repo', two.repo.root])
    expect((await mine.call('status', { repository: one.repo.root })).document).toMatchObject({ run: null })
    expect((await mine.call('status', {})).isError).toBe(true)
    expect((await mine.call('status', { repository: '/' })).isError).toBe(true)
  })

  it('has ten guesses', async () => {
    const sample = cliSample()
    givenToken(sample)
    await using mine = await assistant(sample)
    for (let guess = 0; guess < 10; guess++) await mine.call('run', { token: `tdd-${guess}` })
    expect((await mine.call('run', { token: givenToken(sample) })).text).toContain('wrong tokens were tried')
  })
})

describe('the server of an assistant', () => {
  it('writes nothing but the protocol to stdout, and ends when stdin is closed', async () => {
    const sample = cliSample()
    const { code, stdout } = await spoken(sample, [
      INITIALIZE,
      '{"jsonrpc":"2.0","method":"notifications/initialized"}',
      'no json',
      '{"jsonrpc":"2.0","id":2,"method":"no/such"}',
    ])
    expect(code).toBe(0)
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { jsonrpc: string })
    expect(lines.length).toBeGreaterThan(0)
    for (const { jsonrpc } of lines) expect(jsonrpc).toBe('2.0')
  })

  it('ends when a message is too long to be meant, when its reader is gone, and by a signal', async () => {
    const sample = cliSample()
    const long = await spoken(
      sample,
      [INITIALIZE, `{"jsonrpc":"2.0","id":3,"x":"${'y'.repeat(5_000_000)}`],
      'keep open',
    )
    expect(long.code).toBe(0)
    const gone = await spoken(sample, [INITIALIZE], 'close stdout')
    expect(gone.code).not.toBe(null)
    const stopped = await spoken(sample, [INITIALIZE], 'terminate')
    expect(stopped.code).toBe(0)
  })

  it('is refused outside of a repository, and a token where nobody sits at a terminal', async () => {
    const sample = cliSample()
    const { code } = await sample.cli(['mcp'], { cwd: sample.repo.directory })
    expect(code).toBe(2)
    const token = await sample.json(['mcp', '--token'])
    expect(token).toMatchObject({ code: 2, document: { error: { code: 'usage' } } })
    expect(await sample.json(['mcp', '--for', '1h'])).toMatchObject({ code: 2 })
  })
})

const INITIALIZE = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'raw', version: '1' } },
})

async function spoken(
  { repo, env }: CliSample,
  lines: readonly string[],
  how: 'close stdin' | 'keep open' | 'close stdout' | 'terminate' = 'close stdin',
): Promise<{ readonly code: number | null; readonly stdout: string }> {
  const child = spawn(process.execPath, [PROGRAM, 'mcp'], { cwd: repo.root, env: { ...env } })
  let stdout = ''
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString('utf8')
  })
  child.stdin.on('error', () => undefined)
  const timer = setTimeout(() => child.kill('SIGKILL'), 30_000)
  const answered = once(child.stdout, 'data')
  const closed = new Promise<number | null>((done) => child.on('close', (code) => done(code)))
  if (how === 'close stdout') child.stdout.destroy()
  for (const line of lines) child.stdin.write(`${line}\n`)
  if (how === 'terminate') await answered
  if (how === 'terminate') child.kill('SIGTERM')
  if (how === 'close stdin') child.stdin.end()
  const code = await closed
  clearTimeout(timer)
  return { code, stdout }
}

/** As a person gets it: in a terminal. */
function givenToken({ repo, env }: CliSample): string {
  const line = `${process.execPath} ${PROGRAM} mcp --token --json`
  const { stdout } = spawnSync('script', ['-qec', line, '/dev/null'], {
    cwd: repo.root,
    env,
    encoding: 'utf8',
  })
  const text = stdout.replaceAll('\r', '')
  expect(printedDocuments(['mcp', '--token', '--json'], { code: 0, signal: null, stdout: text })).toEqual([
    'mcp-token',
  ])
  return (JSON.parse(text) as { token: string }).token
}

function cursorOf(text: string): string | null {
  return /Call more with \{"cursor":"([^"]+)"\}\.$/.exec(text)?.[1] ?? null
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let look = 0; look < 600; look++) {
    if (await holds()) return
    await sleep(100)
  }
  throw new Error('it never came to that')
}

function filesBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}

/** Nothing of a file that a run which goes on has removed meanwhile. */
function contentOf(file: string): string {
  try {
    return readFileSync(file, 'latin1')
  } catch {
    return ''
  }
}
