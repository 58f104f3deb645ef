import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { secretForms } from '../../src/runtime/secret-forms.ts'
import {
  type CliSample,
  cliSample,
  expectError,
  NODE_PROJECT,
  numberTask,
  storeOf,
} from '../support/cli-sample.ts'
import { tempRepo } from '../support/temp-repo.ts'
import { SECRET_PATH, webhookServer } from '../support/webhook-server.ts'

/** Put together here, so that this file itself holds nothing that looks like a credential. */
const SHAPED = {
  anthropic: ['sk-', 'ant-api03-Q7wErTyUiOpAsDfGhJkLzXcV'].join(''),
  github: ['gh', 'p_a8Kd02mVxQwLr7ZtYbNc5SfHjGe3UiOpT4Rq'].join(''),
  aws: ['AK', 'IAQ3EGRT7WXLBN52KD'].join(''),
  jwt: ['ey', 'JhbGciOiJIUzI1NiJ9.ey', 'JzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N'].join(''),
  pem: 'MIIEpAIBAAKCAQEA3Tz2mr7SZiAMfQyuvBjM9Oi0FZ2Yk',
  env: 'from-the-env-file-5566',
}
const NAMED = {
  AGENT_TOKEN: 'agent+token/of "many" kinds 1',
  PLAIN_VALUE: 'plain-setting-value-771',
  ANTHROPIC_API_KEY: SHAPED.anthropic,
  REGISTRY_TOKEN: 'swordfish-of-the-registry',
  TDD_NOTIFY_WEBHOOK_SECRET: 'what-letters-are-signed-with-88',
}

/** Says all that it knows, in many forms, and in parts; what it does follows from the number of its attempt. */
const AGENT = `
const { writeFileSync, readFileSync, readdirSync } = require('node:fs')
const say = (text) => process.stdout.write(text + '\\n')
const { AGENT_TOKEN, PLAIN_VALUE, ANTHROPIC_API_KEY, SLACK_WEBHOOK_URL, TDD_ATTEMPT, TDD_TASK, TDD_STAGE } = process.env
for (const value of [AGENT_TOKEN, PLAIN_VALUE, ANTHROPIC_API_KEY, SLACK_WEBHOOK_URL]) {
  say('raw ' + value)
  say('base64 ' + Buffer.from('user:' + value).toString('base64'))
  say('address https://example.com/?k=' + encodeURIComponent(value))
  say('json ' + JSON.stringify({ value }))
  say('in two ' + value.slice(0, 12))
  say(value.slice(12))
}
say(readFileSync('keys.txt', 'utf8'))
say(readFileSync('.env', 'utf8'))
const all = 'last words ' + AGENT_TOKEN + ' ' + PLAIN_VALUE
if (TDD_TASK === 'NEVER-1' || TDD_ATTEMPT === '1') { process.stderr.write(all + '\\n'); process.exit(3) }
if (TDD_STAGE.startsWith('red')) writeFileSync('test/double.test.js', [
  "import { test } from 'node:test'", "import assert from 'node:assert/strict'",
  "import { readFileSync } from 'node:fs'", "import { double } from '../src/double.js'",
  "const told = readFileSync('node_modules/told/secret', 'utf8')",
  "test('AC-1 double', () => assert.equal(double(2), 4, 'it is told ' + told))", ''].join('\\n'))
else {
  const key = Buffer.from('user:' + AGENT_TOKEN).toString('base64')
  const bodies = { 3: 'n', 4: 'n + n // ' + AGENT_TOKEN, 5: 'n + n // ' + key }
  writeFileSync('src/double.js', 'export const double = (n) => ' + (bodies[TDD_ATTEMPT] ?? 'n + n') + '\\n')
}
`
const SETUP = `import { mkdirSync, writeFileSync } from 'node:fs'
console.log('setup got ' + process.env.REGISTRY_TOKEN)
mkdirSync('node_modules/told', { recursive: true })
writeFileSync('node_modules/told/secret', process.env.REGISTRY_TOKEN ?? 'nothing')
`
const CONFIG = `[agents.command]
argv = ["node", "-e", ${JSON.stringify(AGENT)}]
passEnv = ["AGENT_TOKEN", "PLAIN_VALUE", "ANTHROPIC_API_KEY", "SLACK_WEBHOOK_URL"]

[limits]
green = 5

[circuits.stage]
maxFailures = 100

[circuits.worker]
maxFailures = 100

[[suites]]
name = "main"
runner = "node"
tests = ["test/**"]
sources = ["src/**"]
setup = [["node", "setup.mjs"]]
setupSecrets = ["REGISTRY_TOKEN"]
`
const PLAN = {
  version: 1,
  title: 'Numbers',
  tasks: [numberTask('double'), numberTask('never', { dependsOn: ['DOUBLE-1'] })],
}

describe('a secret that an agent, a test or setup tells', () => {
  it('is nowhere in what is kept and told of a run, whatever form it has', async () => {
    await using server = await webhookServer()
    const files = {
      ...NODE_PROJECT,
      'setup.mjs': SETUP,
      '.env': `PAYMENT_API_TOKEN=${SHAPED.env}\n`,
      'keys.txt': [
        `${SHAPED.github} ${SHAPED.aws} ${SHAPED.jwt}`,
        '-----BEGIN RSA PRIVATE KEY-----',
        SHAPED.pem,
        '-----END RSA PRIVATE KEY-----',
        '',
      ].join('\n'),
      '.tdd/config.toml': CONFIG,
    }
    const sample = cliSample(tempRepo(files, { kept: true }))
    const env = {
      ...sample.env,
      ...NAMED,
      TDD_NOTIFY_ALLOW_PRIVATE: '1',
      SLACK_WEBHOOK_URL: server.url.href,
      TDD_NOTIFY_WEBHOOK: `${server.url.href}2`,
    }
    const said: Record<string, string> = {}
    const ask = async (...args: string[]): Promise<number | null> => {
      const end = await sample.cli(args, { env })
      said[args.join(' ')] = `${end.stdout}\n${end.stderr}`
      return end.code
    }
    expect(await ask('ingest', sample.beside('plan.json', PLAN), '--json')).toBe(0)
    expect(await ask('run', '--agent', 'command', '--workers', '1')).toBe(1)
    const story = (await sample.json(['task', 'show', 'DOUBLE-1'], { env })).document['attempts'] as Attempt[]
    expect(story.map(({ stage, outcome }) => [stage, outcome.kind, outcome.refusals?.[0]?.code])).toEqual([
      ['red', 'gave_up', undefined],
      ['red', 'accepted', undefined],
      ['green', 'refused', 'tests_failed'],
      ['green', 'refused', 'secret_found'],
      ['green', 'refused', 'secret_found'],
      ['green', 'accepted', undefined],
      ['verify', 'accepted', undefined],
    ])
    for (const key of ['DOUBLE-1', 'NEVER-1']) {
      for (const look of ['show', 'log']) await ask('task', look, key, '--json')
      await ask('task', 'log', key)
      await ask('task', 'log', key, '--follow')
      await ask('task', 'prompt', key, '--stage', 'green')
    }
    for (const attempt of ['3', '4', '5']) await ask('task', 'diff', 'DOUBLE-1', '--attempt', attempt)
    for (const look of ['status', 'events', 'metrics', 'health', 'doctor', 'config'])
      await ask(look, '--json')
    const page = join(sample.repo.directory, 'report.html')
    expect(await ask('report', '--out', page)).toBe(0)
    said['report.html'] = readFileSync(page, 'utf8')
    said['notifications'] = server.received.map(({ body }) => body).join('\n')
    // They were told, and what was told is there.
    expect(said['task log DOUBLE-1']).toMatch(/raw \[redacted\]/)
    expect(said['notifications']).toContain('NEVER-1')
    expect(said['task show DOUBLE-1 --json']).toContain('it is told [redacted]')
    const kept = { ...said, ...(await filesOf(sample)) }
    expect(Object.keys(kept).filter((name) => name.includes('.jsonl.gz')).length).toBeGreaterThan(6)
    const found = Object.entries(kept).flatMap(([name, text]) =>
      NEEDLES.filter((needle) => text.includes(needle)).map((needle) => `${name}: ${needle}`),
    )
    expect(found).toEqual([])
    sample.repo.remove()
  })

  it('is not kept of what a person says to a task', async () => {
    const sample = cliSample(tempRepo({ ...NODE_PROJECT, '.tdd/config.toml': CONFIG }))
    const env = { ...sample.env, ...NAMED }
    const ask = (...args: string[]) => sample.json(args, { env })
    expect(await ask('ingest', sample.beside('plan.json', PLAN))).toMatchObject({ code: 0 })
    const cancel = await ask('task', 'cancel', 'DOUBLE-1', '--reason', `no ${NAMED.REGISTRY_TOKEN}`)
    expect(cancel, cancel.stderr).toMatchObject({ code: 0 })
    const retry = await ask('task', 'retry', 'DOUBLE-1', '--note', `take ${NAMED.AGENT_TOKEN} for it`)
    expect(retry, retry.stderr).toMatchObject({ code: 0 })
    const shown = await ask('task', 'show', 'DOUBLE-1')
    expect(shown.document['note']).toBe('take [redacted] for it')
    const files = Object.entries(await filesOf(sample))
    expect(files.length).toBeGreaterThan(0)
    const told = files.filter(([, text]) => NEEDLES.some((needle) => text.includes(needle)))
    expect(told.map(([name]) => name)).toEqual([])
  })

  it('may stand in no plan: it would be stored', async () => {
    const sample = cliSample(tempRepo({ ...NODE_PROJECT, '.tdd/config.toml': CONFIG }))
    const task = numberTask('double', { goal: `call it with ${NAMED.REGISTRY_TOKEN}` })
    const plan = sample.beside('plan.json', JSON.stringify({ ...PLAN, tasks: [task] }, null, 2))
    const end = await sample.json(['ingest', plan], { env: { ...sample.env, ...NAMED } })
    expectError(end, { code: 'plan_invalid', says: /plan\.json:\d+ holds a secret of yours/ })
    expect(JSON.stringify(end)).not.toContain(NAMED.REGISTRY_TOKEN)
  })

  it.each(['command', 'acp', 'claude'])('is known where the agent %s is given it by name', async (agent) => {
    const config = `[agents.${agent}]\npassEnv = ["OTHER_API_TOKEN"]\n`
    const sample = cliSample(tempRepo({ ...NODE_PROJECT, '.tdd/config.toml': config }))
    const task = numberTask('double', { goal: `call it with ${NAMED.REGISTRY_TOKEN}` })
    const plan = sample.beside('plan.json', { ...PLAN, tasks: [task] })
    const env = { ...sample.env, OTHER_API_TOKEN: NAMED.REGISTRY_TOKEN }
    expectError(await sample.json(['ingest', plan], { env }), {
      code: 'plan_invalid',
      says: /holds a secret of yours/,
    })
  })
})

interface Attempt {
  readonly stage: string
  readonly outcome: { readonly kind: string; readonly refusals?: readonly { readonly code: string }[] }
}

/** Every form, and the halves that are told one after the other. */
const NEEDLES: readonly string[] = [
  ...secretForms([...Object.values(NAMED), ...Object.values(SHAPED), SECRET_PATH, 'SECRETtoken']),
  ...Object.values(NAMED).flatMap((value) => [value.slice(0, 12), value.slice(12)]),
]

/** What lies in the state of a sample as text, transcripts unpacked; what agents and setup wrote into trees is theirs. */
async function filesOf(sample: CliSample): Promise<Record<string, string>> {
  const directory = dirname(await storeOf(sample))
  const names = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !/\/(slots|agent-packs|objects\.git)\//.test(path.slice(directory.length)))
  return Object.fromEntries(
    names.map((path) => {
      const bytes = readFileSync(path)
      return [path, (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('latin1')]
    }),
  )
}
