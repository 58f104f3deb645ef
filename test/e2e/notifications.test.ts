import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { systemClock } from '../../src/runtime/clock.ts'
import {
  cliSample,
  expectError,
  NODE_PROJECT,
  numberSource,
  numberTask,
  numberTest,
} from '../support/cli-sample.ts'
import { isAlive, processesWith } from '../support/processes.ts'
import { tempRepo } from '../support/temp-repo.ts'
import { webhookServer } from '../support/webhook-server.ts'

const CRASH = [{ fail: 'crash' }]
const PLAN = {
  version: 1,
  title: 'Numbers',
  limits: { redFix: 20, attempts: 100 },
  tasks: [numberTask('double')],
}
const SESSION = {
  version: 1,
  tasks: {
    'DOUBLE-1': { red: [CRASH, CRASH, CRASH, [numberTest('double')]], green: [[numberSource('double')]] },
  },
}
/** The one worker opens after two failures, fails its probe, and is replaced. */
const SICK = {
  TDD_CIRCUIT_WORKER_MAX_CONSECUTIVE: '2',
  TDD_CIRCUIT_WORKER_TASKS: '1',
  TDD_CIRCUIT_WORKER_WAIT_MS: '200',
  TDD_CIRCUIT_WORKER_EXTENSIONS: '0',
  TDD_CIRCUIT_STAGE_MAX_FAILURES: '100',
  TDD_CIRCUIT_SYSTEM_RATE_OUTCOMES: '100',
  TDD_NOTIFY_ALLOW_PRIVATE: '1',
}

describe('notifications of a run', () => {
  it('reach Slack from a run in the background, whose address is seen nowhere', async () => {
    await using server = await webhookServer()
    const sample = cliSample(tempRepo(NODE_PROJECT, { kept: true }))
    const env = { ...sample.env, ...SICK }
    const session = sample.beside('a.session.json', SESSION)
    await sample.json(['ingest', sample.beside('plan.json', PLAN)])
    let seen: unknown[] = ['nobody looked']
    server.answer((_, response) => {
      seen = processesWith(server.url.host)
      response.end('ok')
    })
    const run = ['run', '--agent', 'scripted', '--session', session, '--workers', '1']
    const started = await sample.json([...run, '--detach', '--slack-webhook', server.url.href], { env })
    expect(started, started.stderr).toMatchObject({ code: 0 })
    const said = (): string => server.received.map(({ body }) => body).join('\n')
    for (let count = 1; !said().includes('The run is completed'); count += 1) await server.until(count)
    expect(said()).toContain('worker_1 is replaced')
    expect(said()).toContain('1 of 1 task landed on tdd/numbers')
    expect(seen).toEqual([])
    await ended(Number(started.document['pid']))
    for (const text of textsBelow(sample.repo.state)) expect(text).not.toContain('SECRET')
    sample.repo.remove()
  })

  it('are refused before anything starts where the address is none, without showing it', async () => {
    const sample = cliSample()
    const empty = await sample.json(['run', '--detach', '--slack-webhook', ''])
    expectError(empty, { code: 'usage', says: /notify\.slackWebhook is empty/ })
    const given = await sample.json(['run', '--slack-webhook', 'hooks.slack.com/services/xyzzy'])
    expectError(given, { code: 'usage', says: /notify\.slackWebhook is not a web address/ })
    const env = {
      ...sample.env,
      TDD_NOTIFY_WEBHOOK: 'https://example.com/xyzzy',
      TDD_NOTIFY_WEBHOOK_SECRET: 'plugh',
    }
    const unsigned = await sample.json(['run'], { env })
    expectError(unsigned, { code: 'config_invalid', says: /shorter than 16 characters/ })
    const asked = await sample.json(['config'], { env })
    expectError(asked, { code: 'config_invalid', says: /shorter than 16 characters/ })
    const examined = await sample.json(['doctor'], { env })
    expect(examined.document['findings']).toContainEqual(
      expect.objectContaining({
        area: 'configuration',
        level: 'problem',
        what: expect.stringContaining('shorter than 16 characters'),
      }),
    )
    const signed = { ...env, TDD_NOTIFY_WEBHOOK_SECRET: 'plugh sixteen characters' }
    const shown = await sample.json(['config'], { env: signed })
    expect(shown.document['values']).toContainEqual(
      expect.objectContaining({ path: 'notify.webhook', value: '[redacted]', from: 'environment' }),
    )
    const fine = await sample.json(['doctor'], { env: signed })
    expect(JSON.stringify(fine.document)).toContain('people are told by webhook')
    const texts = [given, unsigned, asked, examined, shown, fine].map((end) => JSON.stringify(end))
    for (const text of texts) expect(text).not.toMatch(/xyzzy|plugh/)
  })
})

/** A process that is no child of ours. */
async function ended(pid: number): Promise<void> {
  for (let look = 0; look < 600 && isAlive(pid); look += 1) await systemClock.sleep(100)
}

function textsBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
}
