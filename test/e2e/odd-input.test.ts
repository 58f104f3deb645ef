import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, describe, it } from 'vitest'
import { cliSample, type CliSample, expectError, numberTask } from '../support/cli-sample.ts'

const PLAN = { version: 1, title: 'Numbers', tasks: [numberTask('double')] }

describe('bytes that are not UTF-8', () => {
  const bytes = (value: unknown): Buffer =>
    Buffer.from(JSON.stringify(value, null, 1).replace('caf@', 'caf\u00e9'), 'latin1')

  it('are refused in a plan, with their line', async () => {
    const sample = cliSample()
    const file = sample.beside('plan.json', '')
    writeFileSync(file, bytes({ ...PLAN, title: 'caf@' }))
    expectError(await sample.json(['ingest', file]), {
      code: 'plan_unreadable',
      says: /plan\.json: line 3 is not UTF-8\nSave it as UTF-8/,
    })
    expect((await sample.json(['status'])).document).toMatchObject({ run: null })
    const written = sample.beside('written.json', { ...PLAN, title: 'caf\uFFFD' })
    expect(await sample.json(['ingest', written])).toMatchObject({ document: { title: 'caf\uFFFD' } })
  })

  it('are refused in a session, a project file, a prompt and a file of variables', async () => {
    const sample = cliSample()
    await sample.json(['ingest', sample.beside('plan.json', PLAN)])
    const session = sample.beside('s.session.json', '')
    writeFileSync(session, bytes({ version: 1, tasks: { 'DOUBLE-1': { red: [[{ say: 'caf@' }]] } } }))
    const scripted = await sample.json(['run', '--agent', 'scripted', '--session', session])
    expectError(scripted, { code: 'session_invalid', says: /line \d+ is not UTF-8/ })
    const project = sample.beside('project.json', '')
    writeFileSync(project, bytes({ suites: [{ name: 'caf@' }] }))
    expectError(await sample.json(['backtest', '.', '--config', project]), {
      code: 'config_unreadable',
      says: /line \d+ is not UTF-8/,
    })
    const suite =
      '[[suites]]\nrunner = "node"\ntests = ["test/**"]\nsources = ["src/**"]\nenvFiles = [".env"]\n'
    sample.repo.write({ '.tdd/config.toml': `${suite}[agents.command]\nargv = ["git"]\n` })
    writeFileSync(join(sample.repo.root, '.env'), bytes('A=caf@'))
    expectError(await sample.json(['run']), { code: 'config_invalid', says: /line 1 is not UTF-8/ })
    sample.repo.write({ '.env': 'A=b\n' })
    mkdirSync(join(sample.repo.root, '.tdd', 'prompts'))
    writeFileSync(join(sample.repo.root, '.tdd', 'prompts', 'red.md'), bytes('caf@'))
    expectError(await sample.json(['run']), {
      code: 'prompt_invalid',
      says: /red\.md:1: the prompt is not UTF-8/,
    })
  })
})

describe('a plan that comes from no plain file', () => {
  const through = (sample: CliSample, line: string, file: string) =>
    sample.cli(['ingest', ...(file === '' ? [] : [file])], {
      within: ['bash', '-c', line, 'bash'],
      killAfterMs: 60_000,
    })

  it('is taken from a pipe, and from a link', async () => {
    const sample = cliSample()
    const plan = sample.beside('plan.json', PLAN)
    const piped = await through(sample, `cat '${plan}' | "$@"`, '/dev/stdin')
    expect(piped, piped.stderr).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('1 task') as string,
    })
    const fromShell = await through(cliSample(), `"$@" <(cat '${plan}')`, '')
    expect(fromShell, fromShell.stderr).toMatchObject({ code: 0 })
    const link = join(sample.repo.directory, 'link.json')
    symlinkSync(plan, link)
    expect(await cliSample().cli(['ingest', link])).toMatchObject({ code: 0 })
  })

  it('is refused where it has no end, or is too large, without reading it all', async () => {
    const sample = cliSample()
    expectError(await sample.json(['ingest', '/dev/zero']), {
      code: 'plan_unreadable',
      says: /\/dev\/zero: it is a device/,
    })
    const large = sample.beside('large.json', '')
    truncateSync(large, 600 * 1024 * 1024)
    expectError(await sample.json(['ingest', large]), {
      code: 'plan_unreadable',
      says: /it is larger than 64 MiB/,
    })
    const endless = await through(sample, 'yes | "$@"', '/dev/stdin')
    expect(endless).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('larger than 64 MiB') as string,
    })
  })
})
