import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { testPlace } from '../support/contained.ts'
import { cliSample, NODE_PROJECT, numberTask } from '../support/cli-sample.ts'
import { tempRepo } from '../support/temp-repo.ts'
import { nodeModulesWith } from '../support/tools.ts'

const modules = nodeModulesWith('claude-agent-sdk')
const sdk = join(modules ?? '', '@anthropic-ai/claude-agent-sdk')
const SDK_FILE = '[agents.claude]\nsdk = "/usr/lib/claude"\n'

describe('a run with Claude Code', () => {
  it('says what to install where its SDK is not, and changes nothing', async () => {
    const refused = await refusal({}, { TDD_CLAUDE_SDK: '/no/such/sdk', ANTHROPIC_API_KEY: 'a-key-of-mine' })
    expect(refused).toMatchObject({
      code: 'agent_missing',
      message: expect.stringContaining('/no/such/sdk') as string,
      hint: expect.stringContaining('npm install @anthropic-ai/claude-agent-sdk') as string,
    })
  })

  it('runs no code that a repository names', async () => {
    const files = { ...NODE_PROJECT, '.tdd/config.toml': SDK_FILE }
    const refused = await refusal(files, { ANTHROPIC_API_KEY: 'a-key-of-mine' })
    expect(refused).toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining('sdk') as string,
    })
  })

  it.skipIf(modules === null)('says which key it looked for', async () => {
    expect(await refusal({}, { TDD_CLAUDE_SDK: sdk })).toMatchObject({
      code: 'agent_credentials',
      hint: expect.stringContaining('ANTHROPIC_API_KEY') as string,
    })
  })

  it.skipIf(modules === null)('says that a key was copied with more than it is', async () => {
    const env = { TDD_CLAUDE_SDK: sdk, ANTHROPIC_API_KEY: 'a-key\nof-mine' }
    expect(await refusal({}, env)).toMatchObject({
      code: 'agent_credentials',
      message: 'ANTHROPIC_API_KEY has a space or a line break in it',
    })
  })

  it.skipIf(modules === null)('says that its client is not there', async () => {
    const env = {
      TDD_CLAUDE_SDK: sdk,
      TDD_CLAUDE_PROGRAM: 'no-such-claude',
      ANTHROPIC_API_KEY: 'a-key-of-mine',
    }
    const refused = await refusal({}, env)
    expect(refused).toMatchObject({
      code: 'agent_missing',
      message: expect.stringContaining('no-such-claude') as string,
    })
  })
  it.skipIf(modules === null)('says that its client is too old', async () => {
    using place = testPlace('outside')
    const program = join(place.path, 'claude')
    writeFileSync(program, '#!/bin/sh\necho "2.0.22 (Claude Code)"\n', { mode: 0o755 })
    const env = { TDD_CLAUDE_SDK: sdk, TDD_CLAUDE_PROGRAM: program, ANTHROPIC_API_KEY: 'a-key-of-mine' }
    expect(await refusal({}, env)).toMatchObject({
      code: 'agent_too_old',
      message: expect.stringContaining('2.0.22') as string,
    })
  })

  it('says that its SDK is too old, and runs none of its code', async () => {
    using place = testPlace('outside')
    const manifest = {
      name: '@anthropic-ai/claude-agent-sdk',
      version: '0.1.9',
      type: 'module',
      main: 'sdk.mjs',
    }
    writeFileSync(join(place.path, 'package.json'), JSON.stringify(manifest))
    writeFileSync(
      join(place.path, 'sdk.mjs'),
      "import { writeFileSync } from 'node:fs'\nwriteFileSync(new URL('ran', import.meta.url), '')\n",
    )
    const refused = await refusal({}, { TDD_CLAUDE_SDK: place.path, ANTHROPIC_API_KEY: 'a-key-of-mine' })
    expect(refused).toMatchObject({
      code: 'agent_too_old',
      message: expect.stringContaining('0.1.9') as string,
    })
    expect(existsSync(join(place.path, 'ran'))).toBe(false)
  })

  it('asks for the SDK that package.json asks for', () => {
    const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
    const source = readFileSync(new URL('../../src/engine/choose-claude.ts', import.meta.url), 'utf8')
    const [, asked] = /"@anthropic-ai\/claude-agent-sdk": ">=([\d.]+) /.exec(manifest) ?? []
    expect(asked).toBeDefined()
    expect(source).toContain(`OLDEST_SDK = '${asked}'`)
  })
})

/** Of a run that begins with nothing but a plan. */
async function refusal(
  files: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>>,
): Promise<unknown> {
  const sample = cliSample(tempRepo(Object.keys(files).length === 0 ? NODE_PROJECT : files))
  const plan = { version: 1, title: 'Numbers', tasks: [numberTask('double')] }
  await sample.json(['ingest', sample.beside('plan.json', plan)])
  const { code, document } = await sample.json(['run'], { env: { ...sample.env, ...env } })
  expect(code).toBe(2)
  const { document: after } = await sample.json(['status'])
  expect(after).toMatchObject({ run: { state: 'planned' }, spend: { invocations: 0 } })
  return document['error']
}
