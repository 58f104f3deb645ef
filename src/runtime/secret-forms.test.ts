import { describe, expect, it } from 'vitest'
import { redactSecrets } from './redact-secrets.ts'
import { secretForms } from './secret-forms.ts'

const SECRET = 'p@ss "wörd"/9431?+~>>'

describe('a secret as programs write it', () => {
  const clean = (text: string): string =>
    redactSecrets(text, secretForms([SECRET, 'one line 1\nother line 2']))

  it.each(['', 'u', 'u:', 'usr:', 'user:'])('is found in base64 behind %o', (before) => {
    for (const alphabet of ['base64', 'base64url'] as const) {
      const whole = Buffer.from(`${before}${SECRET}:and more`).toString(alphabet)
      const told = clean(`it is ${whole}.`)
      expect(told).toContain('[redacted]')
      // What is left of it are digits of what stands beside it.
      expect(Buffer.from(told.replaceAll('[redacted]', ''), alphabet).toString('latin1')).not.toContain(
        '9431',
      )
      expect(told.length).toBeLessThan(60)
    }
  })

  it.each([
    ['as it is', SECRET],
    ['in an address', encodeURIComponent(SECRET)],
    ['in JSON', JSON.stringify({ a: SECRET })],
    ['one line of it', 'other line 2'],
  ])('is found %s', (_, text) => {
    expect(clean(text)).toContain('[redacted]')
    expect(clean(text)).not.toMatch(/9431|other/)
  })

  it('is not looked for where it is a word of any text', () => {
    expect(secretForms(['yes', '', 'dev'])).toEqual([])
  })
})
