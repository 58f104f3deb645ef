import { describe, expect, it } from 'vitest'
import { passedSecrets } from './passed-secrets.ts'

describe('the secrets of variables that are passed on', () => {
  it('are values whose name says so, headers one by one, passwords of addresses, and what a person named', () => {
    const passed = {
      ANTHROPIC_API_KEY: 'key-1',
      ANTHROPIC_CUSTOM_HEADERS: 'X-Gateway-Pass: hunter2hunter2\nX-Team: blue',
      HTTPS_PROXY: 'http://me:pass%20word@proxy.example:8080',
      AWS_REGION: 'us-east-1',
      CORP_PAT: 'named-by-me',
    }
    const secrets = passedSecrets(passed, ['CORP_PAT'])
    expect(secrets).toEqual(
      expect.arrayContaining(['key-1', 'hunter2hunter2', 'pass%20word', 'pass word', 'named-by-me']),
    )
    expect(secrets).not.toContain('us-east-1')
    expect(secrets).not.toContain(passed.HTTPS_PROXY)
  })
})
