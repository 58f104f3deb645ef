import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  cliSample,
  emptyTest,
  expectError,
  NODE_PROJECT,
  numberSource,
  numberTask,
  numberTest,
} from '../support/cli-sample.ts'
import { whyNoSandbox } from '../support/sandbox.ts'
import { tempRepo } from '../support/temp-repo.ts'
import { DRILL } from '../support/drill.ts'

const noSandbox = await whyNoSandbox()

interface Finding {
  readonly area: string
  readonly level: string
  readonly what: string
  readonly advice: string | null
}

describe('init', () => {
  it('shows what it finds, writes it once, and the file means the same suites', async () => {
    const sample = cliSample()
    const file = join(sample.repo.root, '.tdd/config.toml')
    const shown = await sample.json(['init', '--dry-run'])
    expect(shown).toMatchObject({ code: 0, document: { written: false } })
    expect(shown.document['suites']).toMatchObject([
      { name: 'main', runner: 'node', tests: ['test/**'], sources: ['src/**'] },
    ])
    expect(existsSync(file)).toBe(false)
    expect(readdirSync(sample.repo.state), 'nor is a state begun').toEqual([])
    expect(await sample.json(['init'])).toMatchObject({ code: 0, document: { written: true } })
    expect(readFileSync(file, 'utf8')).toBe(shown.document['text'])
    expect((await sample.json(['config'])).document).toMatchObject({ suitesFrom: 'file' })

    const mine = '[run]\nworkers = 7\n'
    writeFileSync(file, mine)
    expectError(await sample.json(['init']), { code: 'usage', says: /--force/ })
    expect(readFileSync(file, 'utf8')).toBe(mine)
    expect(await sample.json(['init', '--force'])).toMatchObject({ code: 0 })
    expect(readFileSync(file, 'utf8')).toBe(shown.document['text'])
  })

  it('takes a package manager only where it is installed', async () => {
    const sample = cliSample(
      tempRepo({ 'pyproject.toml': '[project]\nname = "sample"\n', 'uv.lock': '', 'tests/test_a.py': '' }),
    )
    const bin = join(sample.repo.directory, 'bin')
    sample.repo.write({ '../bin/uv': { script: 'exit 0' } })
    const setupWith = async (path: string): Promise<string> => {
      const shown = await sample.json(['init', '--dry-run'], { env: { ...sample.env, PATH: path } })
      return (
        String(shown.document['text'])
          .split('\n')
          .find((line) => line.startsWith('setup')) ?? ''
      )
    }
    const path = sample.env['PATH'] ?? ''
    const without = path.split(':').filter((directory) => !existsSync(join(directory, 'uv')))
    expect(await setupWith(`${bin}:${path}`)).toContain('"uv", "sync"')
    expect(await setupWith(without.join(':'))).toContain('"-m", "venv"')
  })

  it('says so when it finds nothing', async () => {
    const sample = cliSample(tempRepo({ 'README.md': 'hello\n' }))
    expect((await sample.cli(['init', '--dry-run'])).stdout).toContain('No test suite was found')
  })
})

describe('config', () => {
  it('tells each value and where it came from', async () => {
    const sample = cliSample()
    sample.repo.write({ '.tdd/config.toml': '[limits]\ngreen = 5\n' })
    const end = await sample.json(['config'], {
      env: { ...sample.env, TDD_MAX_WORKERS: '4', TDD_WROKERS: '1' },
    })
    expect(end.document['values']).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ path: 'limits.green', value: 5, from: 'file' }),
        expect.objectContaining({ path: 'run.workers', value: 4, from: 'environment' }),
        expect.objectContaining({ path: 'limits.fix', value: 3, from: 'default' }),
      ]),
    )
    expect(end.stderr).toContain('TDD_WROKERS')
    expect((await sample.json(['config', '--schema'])).document).toMatchObject({ type: 'object' })
  })
})

describe('doctor', () => {
  it('names what is missing and how to get it', async () => {
    const sample = cliSample()
    const end = await sample.json(['doctor'])
    expect(end).toMatchObject({ code: 1, document: { usable: false } })
    const findings = end.document['findings'] as Finding[]
    const problems = findings.filter(({ level }) => level === 'problem')
    // Nobody named an agent: a run would take Claude Code, and here it has no SDK.
    expect(problems).toMatchObject([
      { area: 'agent', what: expect.stringContaining('Claude Agent SDK') as string },
    ])
    expect(problems[0]?.advice).toContain('[agents.command]')
    const suite = '[[suites]]\nrunner = "node"\ntests = ["test/**"]\nsources = ["src/**"]\n'
    const configured = async (setup: string): Promise<unknown> => {
      sample.repo.write({
        '.tdd/config.toml': `${suite}setup = ${setup}\n[agents.command]\nargv = ["git"]\n`,
      })
      return (await sample.json(['doctor'])).document
    }
    const made = '[["sh", "-c", "make it"], [".venv/bin/python", "-m", "pip"]]'
    expect(await configured(made), 'setup makes what it calls by a path').toMatchObject({ usable: true })
    expect(JSON.stringify(await configured('[["./setup.sh"]]'))).toContain('./setup.sh is not on the PATH')
  })

  it('asks of the agent what a run asks of it before it begins', async () => {
    const sample = cliSample()
    const agentFinding = async (toml: string): Promise<Finding | undefined> => {
      sample.repo.write({ '.tdd/config.toml': toml })
      const { document } = await sample.json(['doctor'])
      return (document['findings'] as Finding[]).findLast(({ area }) => area === 'agent')
    }
    const missing = { level: 'problem', what: 'there is no program no-such-agent' }
    for (const driver of ['command', 'acp']) {
      expect(await agentFinding(`[agents.${driver}]\nargv = ["no-such-agent"]\n`)).toMatchObject(missing)
      expect(await agentFinding(`[agents.${driver}]\nargv = ["git"]\n`)).toMatchObject({
        level: 'ok',
        what: expect.stringMatching(new RegExp(`^${driver}: /.*/git$`, 'u')) as string,
      })
    }
    const both = '[run]\nagent = "acp"\n[agents.command]\nargv = ["git"]\n'
    expect(await agentFinding(both), 'the one that a run takes').toMatchObject({ level: 'problem' })
    sample.repo.write({ '.tdd/prompts/red.md': 'Write {{nothing}}.' })
    expect(await agentFinding('[agents.command]\nargv = ["git"]\n')).toMatchObject({
      level: 'problem',
      what: expect.stringContaining('{{nothing}}') as string,
    })
  })

  it('lets no run begin whose agent is nowhere', async () => {
    const sample = cliSample()
    sample.repo.write({ '.tdd/config.toml': '[agents.command]\nargv = ["no-such-agent"]\n' })
    await sample.cli([
      'ingest',
      sample.beside('plan.json', { version: 1, title: 'Numbers', tasks: [numberTask('double')] }),
    ])
    expect(await sample.json(['run'])).toMatchObject({
      code: 2,
      document: { error: { code: 'agent_missing' } },
    })
    expect((await sample.json(['status'])).document).toMatchObject({ spend: { invocations: 0 } })
  })

  it.skipIf(noSandbox !== null)(
    'names an agent that the sandbox hides, and no run begins with it',
    async () => {
      const sample = cliSample()
      const agent = join(sample.repo.root, 'agent.sh')
      writeFileSync(agent, '#!/bin/sh\n', { mode: 0o755 })
      sample.repo.write({ '.tdd/config.toml': `[agents.command]\nargv = [${JSON.stringify(agent)}]\n` })
      const { code, stdout } = await sample.cli(['doctor'])
      expect(code, stdout).toBe(1)
      expect(stdout).toMatch(/PROBLEM {2}the sandbox hides the agent's program .*agent\.sh\n.* on the PATH/)
      const plan = { version: 1, title: 'Numbers', tasks: [numberTask('double')] }
      await sample.cli(['ingest', sample.beside('plan.json', plan)])
      expect(await sample.json(['run'])).toMatchObject({
        code: 2,
        document: {
          error: {
            code: 'toolchain_missing',
            message: expect.stringMatching(/^the sandbox hides the agent's program .*agent\.sh$/),
            hint: expect.stringContaining(' on the PATH'),
          },
        },
      })
      const { document } = await sample.json(['status'])
      expect(document).toMatchObject({ run: { state: 'planned' }, spend: { invocations: 0 } })
    },
  )

  it('tells of a repository, suite or configuration that stands in the way', async () => {
    const sample = cliSample()
    const told = async (cwd = sample.repo.root): Promise<string> => {
      const { code, stdout } = await sample.cli(['doctor'], { cwd })
      expect(code).toBe(1)
      return stdout
    }
    expect(await told(sample.repo.home)).toMatch(/PROBLEM {2}there is no git repository/)
    writeFileSync(join(sample.repo.root, '.git', 'index.lock'), '')
    const suites = '[[suites]]\nrunner = "vitest"\nsetup = []\ntests = ["test/**"]\nsources = ["src/**"]\n'
    const lost = `${suites.replace('vitest', 'node')}name = "lost"\ncwd = "nope"\n`
    sample.repo.write({ '.tdd/config.toml': `${suites}checks = { lint = ["no-such-linter"] }\n${lost}` })
    expect((await sample.cli(['config'])).stderr).toContain('suite lost: there is no directory nope')
    const text = await told()
    expect(text).toMatch(/PROBLEM {2}lost: there is no directory nope in the files of HEAD/)
    expect(text).toContain('an index.lock is left')
    expect(text).toContain('vitest is not installed, and no setup installs it')
    expect(text).toContain('no-such-linter is not on the PATH')
    sample.repo.write({ '.tdd/config.toml': '[run]\nworker = 1\n' })
    expect(await told()).toMatch(/PROBLEM[\s\S]*workers/)
  })

  it('tries a fresh tree: failing tests by name, and whether a broken source line is noticed', async () => {
    const failing = `import { test } from 'node:test'\ntest('fails since long', () => { throw new Error('old') })\n`
    const sample = cliSample(tempRepo({ ...NODE_PROJECT, 'test/old.test.js': failing }))
    sample.repo.write({ '.tdd/config.toml': '[agents.command]\nargv = ["git"]\n' })
    const seen = await sample.cli(['doctor', '--tree'])
    expect(seen, seen.stdout + seen.stderr).toMatchObject({ code: 0 })
    expect(seen.stdout).toContain('test/old.test.js: fails since long')
    expect(seen.stdout).toContain('a broken line in src/add.js is noticed')

    const { document } = await sample.json(['doctor', '--tree'])
    expect(document['trees']).toEqual([
      {
        suite: 'main',
        setupMs: null,
        setupCopied: null,
        testMs: expect.any(Number),
        tests: 2,
        bytes: expect.any(Number),
        noticed: true,
      },
    ])

    sample.repo.commit({
      'test/add.test.js': `import { test } from 'node:test'\ntest('sees nothing', () => {})\n`,
    })
    const blind = await sample.cli(['doctor', '--tree'])
    expect(blind.code).toBe(1)
    expect(blind.stdout).toContain('no test notices a broken line in src/add.js')
  })

  it('notes that a fresh tree has no test files yet, and calls files without a test a problem', async () => {
    const sample = cliSample(
      tempRepo({ 'package.json': '{ "name": "sample", "type": "module" }\n', 'src/add.js': '' }),
    )
    sample.repo.write({ '.tdd/config.toml': '[agents.command]\nargv = ["git"]\n' })
    const fresh = await sample.cli(['doctor', '--tree'])
    expect(fresh.stdout).toMatch(
      /note {5}main: there are no tests yet; no file of HEAD fits its patterns: test\/\*\*/,
    )
    expect(fresh.code).toBe(0)

    sample.repo.commit({ 'test/add.test.js': "import 'node:test'\n" })
    const hollow = await sample.cli(['doctor', '--tree'])
    expect(hollow.stdout).toMatch(/PROBLEM {2}main: the runner found no test/)
    expect(hollow.code).toBe(1)
  })
})

describe('clean and uninstall', () => {
  const PLAN = { version: 1, title: 'Numbers', tasks: [numberTask('double'), numberTask('never')] }
  const SESSION = {
    version: 1,
    tasks: {
      'DOUBLE-1': { red: [[numberTest('double')]], green: [[numberSource('double')]] },
      'NEVER-1': {
        red: [[numberTest('never')]],
        green: [[numberSource('never', 'n')]],
      },
    },
  }
  const DONE = {
    ...SESSION.tasks,
    'NEVER-1': { red: [[emptyTest('never', 1)]], red_fix: [[emptyTest('never', 1)]] },
  }

  it('free what is not needed, and never the accepted work of a task that has not landed', async () => {
    const sample = cliSample()
    await sample.json(['ingest', sample.beside('plan.json', PLAN)])
    const session = sample.beside('s.session.json', SESSION)
    await sample.json(['run', '--agent', 'scripted', '--session', session])
    expectError(await sample.json(['task', 'diff', 'MISSING-1']), { code: 'task_unknown' })
    const slots = join(
      sample.repo.state,
      'tdd-orchestrator',
      readdirSync(join(sample.repo.state, 'tdd-orchestrator'))[0] ?? '',
      'slots',
    )
    expect(await sample.json(['clean', '--dry-run'])).toMatchObject({ code: 0, document: { removed: false } })
    expect(existsSync(slots)).toBe(true)
    const cleaned = await sample.json(['clean', '--history'])
    expect(cleaned.document['things']).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          name: 'git objects of tasks',
          remove: false,
          kept: expect.stringContaining('NEVER-1') as string,
        }),
      ]),
    )
    expect(existsSync(slots)).toBe(false)
    const diff = await sample.json(['task', 'diff', 'NEVER-1'])
    expect(diff.document['diff']).toContain('test/never.test.js')

    const elsewhere = join(sample.repo.directory, 'elsewhere.db')
    const handedIn = await sample.cli(['ingest', sample.beside('plan.json', PLAN)], {
      env: { ...sample.env, TDD_DB: elsewhere },
    })
    expect(handedIn, handedIn.stderr).toMatchObject({ code: 0 })
    const refs = (): string[] => sample.repo.git('for-each-ref', '--format=%(refname)').split('\n')
    expectError(await sample.json(['uninstall']), { code: 'usage', says: /--yes/ })
    expect(refs()).toContain('refs/tdd/fence/tdd/numbers')
    const gone = await sample.cli(['uninstall', '--yes'])
    expect(gone, gone.stderr).toMatchObject({ code: 0 })
    expect(gone.stderr).toContain('NEVER-1')
    expect(gone.stderr).toContain(`Keeps the store ${elsewhere}, which has work`)
    expect(existsSync(elsewhere)).toBe(true)
    expect(refs()).toEqual(['refs/heads/main', 'refs/heads/tdd/numbers', 'refs/notes/tdd'])
    expect(existsSync(join(slots, '..'))).toBe(false)
    expect(await sample.json(['prove', 'tdd/numbers'])).toMatchObject({ code: 0, document: { proven: 1 } })
  })

  it.runIf(DRILL)('remove the history when everything has landed or was given up', async () => {
    const sample = cliSample()
    await sample.json(['ingest', sample.beside('plan.json', PLAN)])
    const session = sample.beside('s.session.json', { version: 1, tasks: DONE })
    await sample.json(['run', '--agent', 'scripted', '--session', session])
    expect(await sample.json(['clean', '--history'])).toMatchObject({ code: 0 })
    expect((await sample.json(['status'])).document).toMatchObject({ run: null })
    expect(await sample.json(['prove', 'tdd/numbers'])).toMatchObject({ code: 0, document: { proven: 1 } })
  })
})
