import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { systemClock } from '../../src/runtime/clock.ts'
import { processIdentity } from '../../src/runtime/process-identity.ts'
import { openSqliteStore } from '../../src/store/sqlite.ts'
import type { Store } from '../../src/store/store.ts'
import {
  type CliSample,
  cliSample,
  emptyTest,
  expectError,
  numberSource,
  numberTask,
  numberTest,
  storeOf,
} from '../support/cli-sample.ts'
import { parsedPage } from '../support/parsed-page.ts'
import { newRun, taskDefinition } from '../support/store-data.ts'

const HOSTILE =
  '</title></style><script>document.title="owned"</script><img src=x onerror=alert(1)>\u202e\u2066'

const PLAN = {
  version: 1,
  title: `Numbers ${HOSTILE}`,
  tasks: [
    numberTask('double', { title: `Double ${HOSTILE}`, goal: HOSTILE }),
    numberTask('never'),
    numberTask('after', { dependsOn: ['NEVER-1'] }),
  ],
}

const SESSION = {
  version: 1,
  tasks: {
    'DOUBLE-1': {
      red: [[{ say: HOSTILE }, numberTest('double'), { usage: { costUsd: 0.25 } }]],
      green: [[numberSource('double', 'n')], [numberSource('double', `n + n // \u001b[31m${HOSTILE}`)]],
    },
    'NEVER-1': { red: [[emptyTest('never', 1)]], red_fix: [[emptyTest('never', 1)]] },
  },
}

async function played(
  ...flags: readonly string[]
): Promise<CliSample & { readonly ran: Record<string, unknown> }> {
  const sample = cliSample()
  const session = sample.beside('a.session.json', SESSION)
  const plan = await sample.json(['ingest', sample.beside('plan.json', PLAN)])
  expect(plan, plan.stderr).toMatchObject({ code: 0 })
  const scripted = ['--agent', 'scripted', '--session', session]
  const paused = await sample.json(['run', ...scripted, '--max-invocations', '1', '--report'])
  expect(paused, paused.stderr).toMatchObject({ code: 75, document: { state: 'paused' } })
  const early = readFileSync(String(paused.document['report']), 'utf8')
  expect(parsedPage(early).text).toContain('Next: orchestrator run --resume')
  const run = await sample.json(['run', ...scripted, ...flags])
  expect(run, run.stderr).toMatchObject({ code: 1, document: { state: 'incomplete' } })
  return { ...sample, ran: run.document }
}

describe('the report of a run', () => {
  it('is refused where there is no run, and where it could not be written, before a run has begun', async () => {
    const sample = cliSample()
    expectError(await sample.json(['report']), { code: 'nothing_to_run', says: /ingest/ })
    const there = join(sample.repo.directory, 'beside')
    mkdirSync(there)
    symlinkSync('/etc/hosts', join(there, 'link.html'))
    expectError(await sample.json(['run', '--report', there]), { code: 'usage', says: /is a directory/ })
    const link = join(there, 'link.html')
    expectError(await sample.json(['report', '--out', link]), { code: 'usage', says: /is a link/ })
  })

  it('is one page that tells everything and runs nothing, by the run itself and afterwards', async () => {
    const sample = await played('--report')
    const { report, run } = sample.ran as { report: string; run: string }
    expect(report.startsWith(sample.repo.state)).toBe(true)
    const page = parsedPage(readFileSync(report, 'utf8'))
    expect(page.elements('script', 'img', 'iframe', 'object', 'link', 'base', 'form')).toEqual([])
    expect(page.attributes().filter((name) => name.startsWith('on') || name === 'style')).toEqual([])
    expect(page.text).toContain(String.raw`<img src=x onerror=alert(1)>\u202e\u2066`)
    expect(page.text).toContain(String.raw`// \u001b[31m</title>`)
    for (const told of [
      'DOUBLE-1',
      'unexpected_green',
      '+export const double = (n) => n + n',
      'AC-1 double',
      'without the sources: fails for want of what is not written',
      'Next: orchestrator task list',
    ]) {
      expect(page.text).toContain(told)
    }
    const before = sample.picture()
    const out = join(sample.repo.directory, 'beside', 'r.html')
    writeFileSync(out, 'something of mine')
    expectError(await sample.json(['report', run, '--out', out]), { code: 'usage', says: /is no report/ })
    expect(readFileSync(out, 'utf8')).toBe('something of mine')
    writeFileSync(out, `${readFileSync(report, 'utf8')} an older one`)
    const again = await sample.json(['report', run, '--out', out])
    expect(again).toMatchObject({ code: 0, document: { run, state: 'incomplete', path: out, cut: [] } })
    expect(readFileSync(out, 'utf8')).toHaveLength(readFileSync(report, 'utf8').length)
    expect(again.document['bytes']).toBe(Buffer.byteLength(readFileSync(out)))
    expect(
      readdirSync(join(sample.repo.directory, 'beside')).filter((name) => name.endsWith('.tmp')),
    ).toEqual([])
    expect(sample.picture()).toEqual(before)
    expectError(await sample.json(['report', `${run.slice(0, -1)}_`]), {
      code: 'run_unknown',
      says: new RegExp(`Did you mean ${run}`),
    })
    expect((await sample.cli(['report'])).stdout).toContain(report)
  })

  it('tells of a run that is still going how it stands, and of one that was killed that nobody works on it', async () => {
    const sample = cliSample()
    const store = await startedRun(sample)
    expect(await sample.json(['report'])).toMatchObject({ code: 0, document: { state: 'running' } })
    const told = await sample.cli(['report', 'run-1'])
    expect(told).toMatchObject({ code: 0, stdout: expect.stringContaining('still going') as string })
    const [, path = ''] = /^Report of run run-1: (.+) \(/m.exec(told.stdout) ?? []
    expect(readFileSync(path, 'utf8')).toContain('This run was still going.')
    await store.close()
    expect((await sample.json(['report'])).document).toMatchObject({ state: 'interrupted', path })
  })
})

/** The store of a sample, owned by this process, with a run that goes on. */
async function startedRun(sample: CliSample): Promise<Store> {
  const db = await storeOf(sample)
  const store = await openSqliteStore({ path: db, clock: systemClock, owner: processIdentity() })
  await store.createRun({ ...newRun('run-1'), tasks: [taskDefinition('A')] }, systemClock.now())
  await store.startRun('run-1', { target: 't', base: 'b', workers: 2 }, systemClock.now())
  return store
}
