import { describe, expect, it } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'
import { OrchestratorError } from '../../src/errors.ts'
import { type Receiver, receiversOf } from '../../src/config/receivers.ts'

const SLACK = 'https://hooks.slack.com/services/T0/B0/abc'
const SECRET = 'sixteen characters'

describe('where people are told', () => {
  it('is nowhere unless it is configured', () => {
    expect(receivers({})).toEqual([])
    expect(receivers({ SLACK_WEBHOOK_URL: '' })).toEqual([])
  })

  it('is Slack, by its usual variable, and an address of their own that is signed', () => {
    const env = {
      SLACK_WEBHOOK_URL: SLACK,
      TDD_NOTIFY_WEBHOOK: 'https://example.com/tdd',
      TDD_NOTIFY_WEBHOOK_SECRET: SECRET,
    }
    expect(receivers(env)).toEqual([
      { name: 'slack', url: new URL(SLACK), secret: null, allowPrivate: false },
      { name: 'webhook', url: new URL('https://example.com/tdd'), secret: SECRET, allowPrivate: false },
    ])
  })

  it('may be without encryption where the own network is allowed', () => {
    const env = { SLACK_WEBHOOK_URL: 'http://10.0.0.7/hook', TDD_NOTIFY_ALLOW_PRIVATE: '1' }
    expect(receivers(env)[0]?.url.href).toBe('http://10.0.0.7/hook')
  })

  it.each([
    ['no address', 'hooks.slack.com/services/xyzzy', /is not a web address/],
    ['another protocol', 'file:///xyzzy', /does not begin with https/],
    ['no encryption', 'http://example.com/xyzzy', /needs notify\.allowPrivate/],
    ['a password', 'https://ada:xyzzy@example.com/', /user name or password/],
    ['an address without end', `https://example.com/${'xyzzy'.repeat(500)}`, /is not a web address/],
    ['a line break', 'https://\n', /is not a web address/],
  ])('is refused with %s, and the secret is not shown', (_, address, says) => {
    const refused = refusal({ SLACK_WEBHOOK_URL: address })
    expect(refused).toMatchObject({ code: 'config_invalid', message: expect.stringMatching(says) })
    expect(JSON.stringify(refused)).not.toContain('xyzzy')
    expect(refusal({}, { 'notify.slackWebhook': address })).toMatchObject({ code: 'usage' })
  })

  it.each([
    ['without a secret', {}, /is not set/],
    ['with a secret that can be guessed', { TDD_NOTIFY_WEBHOOK_SECRET: 'xyzzy' }, /shorter than 16/],
  ])('is refused %s', (_, env, says) => {
    const refused = refusal({ TDD_NOTIFY_WEBHOOK: 'https://example.com/', ...env })
    expect(refused).toMatchObject({ code: 'config_invalid', message: expect.stringMatching(says) })
  })

  it('is refused where it is empty or longer than any address, as every option is', () => {
    for (const value of ['', `https://example.com/${'xyzzy'.repeat(5_000)}`]) {
      const refused = refusal({}, { 'notify.slackWebhook': value })
      expect(refused).toMatchObject({ code: 'usage' })
      expect(JSON.stringify(refused)).not.toContain('xyzzy')
    }
  })
})

function receivers(env: Readonly<Record<string, string>>, flags = {}): Receiver[] {
  return receiversOf(loadConfig({ root: null, env: { HOME: '/home/ada', ...env }, flags }))
}

function refusal(env: Readonly<Record<string, string>>, flags = {}): unknown {
  try {
    return receivers(env, flags)
  } catch (thrown) {
    if (!(thrown instanceof OrchestratorError)) throw thrown
    const { code, message, hint } = thrown
    return { code, message, hint }
  }
}
