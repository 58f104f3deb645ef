import { describe, expect, it } from 'vitest'
import { createLogger, type LoggerOptions } from './logger.ts'
import { redactSecrets } from './redact-secrets.ts'

function logged(options: Partial<LoggerOptions> = {}) {
  const lines: string[] = []
  const logger = createLogger({ sink: (line) => lines.push(line), clock: { now: () => 0 }, ...options })
  return { logger, entries: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>), lines }
}

describe('the logger', () => {
  it('writes one line of JSON per message, with the fields of its parents', () => {
    const { logger, entries, lines } = logged({ fields: { run: 'r1' } })
    logger.child({ task: 'A' }).info({ stage: 'red' }, 'stage\nended')
    expect(lines[0]).not.toContain('\n')
    expect(entries()).toEqual([
      {
        at: '1970-01-01T00:00:00.000Z',
        level: 'info',
        message: 'stage\nended',
        run: 'r1',
        task: 'A',
        stage: 'red',
      },
    ])
  })

  it('drops what is below its level', () => {
    const { logger, entries } = logged({ level: 'warn' })
    logger.debug({}, 'a')
    logger.info({}, 'b')
    logger.warn({}, 'c')
    logger.error({}, 'd')
    expect(entries().map(({ message }) => message)).toEqual(['c', 'd'])
  })

  it('writes no secret, known by value, by name or by shape, however deep', () => {
    const { logger, lines } = logged({ secrets: ['correct horse'] })
    const cause = new Error(`refused ghp_${'a'.repeat(36)}`)
    logger.error(
      { cause, request: { apiKey: 'plain-value', list: ['correct horse'] } },
      `key sk-ant-${'b'.repeat(30)}`,
    )
    expect(lines[0]).not.toMatch(/ghp_a|plain-value|correct horse|sk-ant-b/)
    expect(lines[0]).toContain('refused [redacted]')
  })

  it('keeps counts of tokens, which are no secrets', () => {
    const { logger, entries } = logged()
    logger.info({ token: 12, inputTokens: 1200 }, 'used')
    expect(entries()[0]).toMatchObject({ token: 12, inputTokens: 1200 })
  })

  it('writes the message even when a field cannot be written', () => {
    const circle: Record<string, unknown> = {}
    circle['self'] = circle
    const { logger, entries } = logged()
    logger.info({ circle, big: 1n }, 'still here')
    expect(entries()[0]).toMatchObject({ message: 'still here', unwritable: 'TypeError' })
  })
})

describe('redaction', () => {
  it.each([
    ['an Anthropic key', `sk-ant-api03-${'x'.repeat(40)}`],
    ['a GitHub token', `github_pat_${'x'.repeat(40)}`],
    ['a GitLab token', `glpat-${'x'.repeat(20)}`],
    ['a Slack webhook', 'https://hooks.slack.com/services/T000/B000/abcdef'],
    ['an AWS key id', `AKIA${'X'.repeat(16)}`],
    ['a JSON web token', `eyJ${'a'.repeat(10)}.eyJ${'b'.repeat(10)}.${'c'.repeat(10)}`],
    ['a private key', '-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n-----END OPENSSH PRIVATE KEY-----'],
  ])('replaces %s', (_title, secret) => {
    expect(redactSecrets(`before ${secret} after`)).toBe('before [redacted] after')
  })

  it.each([
    'API_TOKEN=abcdef9431',
    'A=1\nexport DB_PASSWORD="abcdef9431"\nB=2',
    '+SIGNING_KEY=abcdef9431',
    JSON.stringify({ content: 'A=1\nAPI_TOKEN=abcdef9431\nB=2' }),
  ])('replaces what a file of variables calls secret: %o', (text) => {
    expect(redactSecrets(text)).toMatch(/=["']?\[redacted\]/)
    expect(redactSecrets(text)).not.toContain('9431')
  })

  it.each(['API_TOKEN=$TOKEN', 'API_KEY=', 'MONKEYS=abcdefgh', 'const API_KEY = process.env.API_KEY'])(
    'leaves alone what only speaks of one: %o',
    (text) => {
      expect(redactSecrets(text)).toBe(text)
    },
  )

  it('replaces the password of an address and what follows Bearer', () => {
    const text =
      'postgres://me:hunter22@host/db Authorization: Bearer abcdefghijklmnop, Basic bWU6aHVudGVyMjI='
    expect(redactSecrets(text)).toBe(
      'postgres://me:[redacted]@host/db Authorization: Bearer [redacted], Basic [redacted]',
    )
  })

  it.each(['a.', 'eyJxxxxxxxx-', 'a://b:', 'Basic ', '-----BEGIN '])(
    'takes no longer for %j again and again',
    (part) => {
      // Once over half a megabyte is less than a second; once over the rest for each part of it is many minutes.
      const before = process.cpuUsage()
      redactSecrets(part.repeat(Math.ceil(500_000 / part.length)))
      expect(process.cpuUsage(before).user).toBeLessThan(60_000_000)
    },
  )

  it('leaves ordinary text as it is', () => {
    const text =
      'Basic authentication: task-1 ran sk-learn at https://example.org:8080/a@b with sha256:0123456789abcdef'
    expect(redactSecrets(text)).toBe(text)
  })
})
