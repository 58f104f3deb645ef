import { execFile, execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { pathWithThisNode } from './support/tools.ts'
import { type TempRepo, tempRepo } from './support/temp-repo.ts'
import { DRILL } from './support/drill.ts'

const ROOT = resolve(import.meta.dirname, '..')
const run = promisify(execFile)
const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  readonly dependencies: Readonly<Record<string, string>>
}
/** For busy machines: a whole run and two proofs, and a compiler that reads every declaration. */

const PROJECT = {
  'package.json': '{ "name": "sample", "type": "module", "version": "1.0.0" }\n',
  'src/add.js': 'export const add = (a, b) => a + b\n',
  'test/add.test.js': `import { test } from 'node:test'
import assert from 'node:assert/strict'
import { add } from '../src/add.js'
test('adds', () => assert.equal(add(1, 2), 3))
`,
}

const PLAN = {
  version: 1,
  title: 'Double',
  project: { suites: [{ name: 'main', runner: 'node', tests: ['test/**'], sources: ['src/**'] }] },
  tasks: [{ key: 'DOUBLE-1', title: 'Double', tests: ['test/double.test.js'], sources: ['src/double.js'] }],
}

const SESSION = {
  version: 1,
  tasks: {
    'DOUBLE-1': {
      red: [
        [
          {
            write: {
              'test/double.test.js': `import { test } from 'node:test'
import assert from 'node:assert/strict'
import { double } from '../src/double.js'
test('doubles', () => assert.equal(double(2), 4))
`,
            },
          },
        ],
      ],
      green: [[{ write: { 'src/double.js': 'export const double = (n) => n + n\n' } }]],
    },
  },
}

/** What a user writes: plan to landed branch, then both kinds of proof. */
const PROGRAM = `
import { executeRun, ingest, check, openBench, openEngine, prove, OrchestratorError } from 'tdd-orchestrator'
const opening = { directory: process.argv[2], env: process.env, flags: {} }
const never = new AbortController().signal
const told = {}
{
  await using engine = await openEngine(opening)
  told.refused = await ingest(engine, { ...plan('{}'), confirm: async () => true }).catch((error) =>
    error instanceof OrchestratorError ? { code: error.code, exit: error.exitCode } : String(error))
  told.ingested = await ingest(engine, { ...plan(process.argv[3]), confirm: async () => true })
  told.report = await executeRun(engine, {
    which: 'continue', name: 'scripted', sessionFile: process.argv[4], withoutSleep: false, workers: 2, target: null,
    refactor: false,
    branches: false, budget: { invocations: null, tokens: null, usd: null, timeMs: null },
    winding: never, stopping: never, report: (fault) => { throw fault }, onRun: () => undefined,
  })
}
const { target, base } = told.report
await using bench = await openBench(opening)
told.proof = await prove(bench, { range: target, trustEvidence: true, signal: never, onLanding: () => undefined })
told.check = await check(bench, { range: base + '..' + target, signal: never, onSuite: () => undefined })
console.log(JSON.stringify(told))
function plan(text) {
  return { text, fileName: 'plan.json', agent: 'scripted', asNewRun: false }
}
`

const TYPES = `
import { type Agent, type RunReport, ingest, openEngine } from 'tdd-orchestrator'
const agent: Agent = {
  name: 'mine',
  async *run(request) {
    yield { kind: 'said', text: request.prompt }
    yield { kind: 'result', result: { kind: 'done', claims: {} } }
  },
}
export async function main(report: RunReport): Promise<string> {
  await using engine = await openEngine({ directory: '.', env: {}, flags: {} })
  // The text of a plan is no number.
  const wrong: Parameters<typeof ingest>[1]['text'] extends string ? 'typed' : 'any' = 'typed'
  return [agent.name, report.landed[0]?.evidence, engine.stateDirectory, wrong].join()
}
`

describe('the library, as it is packed', () => {
  it('takes a plan to a landed and proven branch', async () => {
    const repo = tempRepo(PROJECT)
    const user = userOf(repo, {
      'main.mjs': PROGRAM,
      'plan.json': JSON.stringify(PLAN),
      'a.session.json': JSON.stringify(SESSION),
    })
    const args = [join(user, 'main.mjs'), repo.root, JSON.stringify(PLAN), join(user, 'a.session.json')]
    const env = { ...repo.env, PATH: pathWithThisNode(), XDG_STATE_HOME: repo.state }
    const { stdout } = await run(process.execPath, args, { env })
    expect(JSON.parse(stdout)).toMatchObject({
      refused: { code: 'plan_invalid', exit: 2 },
      ingested: { title: 'Double', tasks: 1, added: false },
      report: { state: 'completed', target: 'tdd/double', tasks: { total: 1, completed: 1 } },
      proof: { checked: 1, proven: 1, waived: [], broken: [] },
      check: { verdict: 'proven', tests: [{ name: 'doubles', red: 'failed', green: 'passed' }] },
    })
  })

  it.runIf(DRILL)('has types that a strict program can use', async () => {
    const repo = tempRepo(PROJECT)
    const user = userOf(repo, { 'main.ts': TYPES, 'package.json': '{ "type": "module" }' })
    mkdirSync(join(user, 'node_modules/@types'), { recursive: true })
    symlinkSync(join(ROOT, 'node_modules/@types/node'), join(user, 'node_modules/@types/node'))
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc')
    const options = ['--strict', '--noEmit', '--target', 'es2024', '--lib', 'es2024,esnext.disposable']
    const args = [tsc, ...options, '--module', 'nodenext', '--types', 'node', 'main.ts']
    await expect(run(process.execPath, args, { cwd: user })).resolves.toMatchObject({ stdout: '' })
  })
})

/** A project of a user beside the repository, in which the package is installed as npm would publish it, with nothing but what it depends on. */
function userOf(repo: TempRepo, files: Readonly<Record<string, string>>): string {
  repo.write(Object.fromEntries(Object.entries(files).map(([name, text]) => [`../user/${name}`, text])))
  const user = join(repo.directory, 'user')
  const installed = join(user, 'node_modules')
  for (const file of packedFiles()) {
    mkdirSync(join(installed, 'tdd-orchestrator', dirname(file)), { recursive: true })
    copyFileSync(join(ROOT, file), join(installed, 'tdd-orchestrator', file))
  }
  for (const name of Object.keys(manifest.dependencies)) {
    mkdirSync(join(installed, dirname(name)), { recursive: true })
    symlinkSync(join(ROOT, 'node_modules', name), join(installed, name))
  }
  return user
}

function packedFiles(): readonly string[] {
  const args = ['pack', '--dry-run', '--json', '--ignore-scripts']
  const packed = JSON.parse(execFileSync('npm', args, { cwd: ROOT, encoding: 'utf8' })) as Packed
  const paths = packed.flatMap(({ files }) => files.map(({ path }) => path))
  expect(paths, 'npm run build makes dist').toContain('dist/cli/main.js')
  return paths
}

type Packed = readonly { readonly files: readonly { readonly path: string }[] }[]
