import { execFile } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { cliSample, type CliSample, NODE_PROJECT, numberTask, storeOf } from '../support/cli-sample.ts'
import { DRILL } from '../support/drill.ts'
import { tempRepo } from '../support/temp-repo.ts'
import { webhookServer } from '../support/webhook-server.ts'

const ROOT = resolve(import.meta.dirname, '..', '..')

/** An agent with a command line that can do `name(n)`: the test in RED, the source in GREEN. */
const AGENT = `
const { mkdirSync, writeFileSync } = require('node:fs')
const name = process.env.TDD_TASK.replace(/-1$/, '').toLowerCase()
mkdirSync('test', { recursive: true })
if (process.env.TDD_STAGE === 'red') writeFileSync('test/' + name + '.test.js', [
  "import { test } from 'node:test'", "import assert from 'node:assert/strict'",
  "import { " + name + " } from '../src/" + name + ".js'",
  "test('AC-1 " + name + "', () => assert.equal(" + name + "(2), 4))", ''].join('\\n'))
else writeFileSync('src/' + name + '.js', 'export const ' + name + ' = (n) => n + n\\n')
`
const CONFIG = `[agents.command]
argv = ["node", "-e", ${JSON.stringify(AGENT)}]

[verify]
repeats = 1

[[suites]]
name = "main"
runner = "node"
tests = ["test/**"]
sources = ["src/**"]
setup = []
checks = {}
`

/** The environment of the mission, its webhook aside: that one is given a server that answers. */
const ENVIRONMENT = {
  TDD_MAX_WORKERS: '3',
  TDD_MAX_INVOCATIONS: '100',
  TDD_CIRCUIT_STAGE_MAX_FAILURES: '5',
  TDD_CIRCUIT_WORKER_MAX_CONSECUTIVE: '5',
  TDD_NOTIFY_ALLOW_PRIVATE: '1',
}
const RUNS = [
  'orchestrator run --parallel --workers 2',
  'orchestrator run --parallel --workers 3',
  'orchestrator run --parallel --single-branch',
  'orchestrator run --parallel --slack-webhook $SLACK_WEBHOOK_URL',
]
const LOOKS = [
  'orchestrator status',
  'orchestrator circuits status',
  'orchestrator circuits status --level worker',
  'orchestrator circuits status --state open',
  'orchestrator circuits health',
  'orchestrator circuits health --json',
  'orchestrator circuits reset worker:worker_1',
  'orchestrator circuits reset all --force',
]
const VIEWS = [
  'SELECT * FROM v_open_circuits;',
  'SELECT * FROM v_circuit_health_summary;',
  'SELECT * FROM v_flapping_circuits;',
]

describe.runIf(DRILL)('what the mission writes', () => {
  it('is done as it stands: commands, variables, views and calls of the library', async () => {
    await using server = await webhookServer()
    const sample = cliSample(tempRepo({ ...NODE_PROJECT, '.tdd/config.toml': CONFIG }))
    const env = { ...sample.env, ...ENVIRONMENT, SLACK_WEBHOOK_URL: server.url.href }
    for (const [at, line] of RUNS.entries()) {
      const plan = { version: 1, title: 'Numbers', tasks: [numberTask(`number${at}`)] }
      expect((await sample.json(['ingest', sample.beside(`${at}.json`, plan), '--new'])).code).toBe(0)
      const end = await shell(sample, line, env)
      expect(end, line).toMatchObject({ code: 0 })
      expect(end.said, line).toMatch(/1 of 1 tasks? landed/)
    }
    expect(server.received.length).toBeGreaterThan(0)
    for (const line of LOOKS) expect(await shell(sample, line, env), line).toMatchObject({ code: 0 })
    const { document } = await sample.json(['status'])
    expect(document).toMatchObject({ run: { state: 'completed' } })
    const db = new DatabaseSync(await storeOf(sample), { readOnly: true })
    for (const query of VIEWS) expect(db.prepare(query).all(), query).toBeInstanceOf(Array)
    db.close()
    for (const page of ['CIRCUIT_BREAKER_CONFIG.md', 'CIRCUIT_BREAKER_MONITORING.md']) {
      for (const program of programsIn(page)) {
        const end = await shell(sample, `node ${JSON.stringify(programFile(sample, program))}`, env)
        expect(end, `${page}:\n${program}`).toMatchObject({ code: 0 })
        expect(end.said).toMatch(/HEALTHY|DEGRADED|circuit_breaker_state/)
      }
    }
  })
})

/** The line as it stands, in a shell in which `orchestrator` is our program. */
function shell(
  { repo }: CliSample,
  line: string,
  env: Readonly<Record<string, string>>,
): Promise<{ readonly code: number | null; readonly said: string }> {
  const bin = join(repo.directory, 'bin')
  mkdirSync(bin, { recursive: true })
  const orchestrator = join(bin, 'orchestrator')
  writeFileSync(orchestrator, `#!/bin/sh\nexec ${process.execPath} ${ROOT}/dist/cli/main.js "$@"\n`)
  chmodSync(orchestrator, 0o755)
  const path = `${bin}:${join(process.execPath, '..')}:${env['PATH'] ?? ''}`
  return new Promise((done) => {
    execFile('/bin/sh', ['-c', line], { cwd: repo.root, env: { ...env, PATH: path } }, (error, out, err) => {
      done({ code: error === null ? 0 : Number(error.code), said: `${out}${err}` })
    })
  })
}

/** Programs that a page of the documentation shows. */
function programsIn(page: string): string[] {
  const text = readFileSync(join(ROOT, 'docs', 'reference', page), 'utf8')
  return [...text.matchAll(/```ts\n([^]*?)```/g)].map(([, program = '']) => program)
}

/** As a file of a project that has our package installed, about a task that the run has. */
function programFile({ repo }: CliSample, program: string): string {
  const project = join(repo.directory, 'caller')
  const installed = join(project, 'node_modules')
  if (!existsSync(installed)) {
    mkdirSync(installed, { recursive: true })
    symlinkSync(ROOT, join(installed, 'tdd-orchestrator'))
  }
  const file = join(project, 'program.mts')
  writeFileSync(file, program.replaceAll('TDD-1', 'NUMBER3-1'))
  return file
}
