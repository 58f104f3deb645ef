import { describe, expect, it } from 'vitest'
import { addedTokens, NO_TOKENS } from '../../src/agents/endpoint/model-call.ts'
import { openSessionEndpoint } from '../../src/agents/endpoint/session-endpoint.ts'
import { parseSession } from '../../src/protocol/session-file.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { cliSample, NODE_PROJECT, numberSource, numberTask, numberTest } from '../support/cli-sample.ts'
import { processesWith } from '../support/processes.ts'
import {
  claudeByAcp,
  codexByCommand,
  openCodeByAcp,
  openCodeByCommand,
  type RealAgent,
} from '../support/real-agents.ts'
import { tempRepo } from '../support/temp-repo.ts'

/** Tokens that are told: all, or only those of the last answer of each turn. */
describe.each([
  { name: 'acp: Claude Code', driver: 'acp', real: claudeByAcp, tellsAll: true, tellsCost: true },
  { name: 'acp: OpenCode', driver: 'acp', real: openCodeByAcp, tellsAll: false, tellsCost: true },
  { name: 'command: OpenCode', driver: 'command', real: openCodeByCommand, tellsAll: true, tellsCost: true },
  { name: 'command: Codex', driver: 'command', real: codexByCommand, tellsAll: true, tellsCost: false },
])('a run with $name', ({ name, driver, real, tellsAll, tellsCost }) => {
  it.skipIf(real === null)('lands a task, records what it used, and leaves no process', async () => {
    await using endpoint = await openSessionEndpoint({ session, withoutSleep: true, clock: systemClock })
    const agent = (real as NonNullable<typeof real>)(endpoint.url)
    const sample = cliSample(
      tempRepo({ ...NODE_PROJECT, '.tdd/config.toml': configOf(driver, agent, OUTPUT[name]) }),
    )
    await sample.json(['ingest', sample.beside('plan.json', plan)])
    const { code, document, stderr } = await sample.json(['run', '--agent', driver], {
      env: { ...sample.env, ...agent.env },
    })
    expect(code, stderr).toBe(0)
    expect(document).toMatchObject({ state: 'completed', refusals: [], tasks: { completed: 1 } })
    const charged = endpoint.ledger.reduce((sum, { usage }) => addedTokens(sum, usage), NO_TOKENS)
    expect(charged).toMatchObject({ inputTokens: 200, outputTokens: 20 })
    if (tellsAll) expect(document['spend']).toMatchObject({ invocations: 2, ...charged })
    expect((document['spend'] as { costUsd: number }).costUsd > 0).toBe(tellsCost)
    expect((await sample.json(['prove'])).code).toBe(0)
    expect(processesWith(sample.repo.directory)).toEqual([])
  })
})

const plan = { version: 1, title: 'Numbers', tasks: [numberTask('double')] }
const used = { usage: { inputTokens: 100, outputTokens: 10 } }
const session = parseSession(
  JSON.stringify({
    version: 1,
    tasks: {
      'DOUBLE-1': { red: [[used, numberTest('double')]], green: [[used, numberSource('double')]] },
    },
  }),
  'other-agents',
)

const OUTPUT: Readonly<Record<string, string>> = {
  'command: OpenCode': 'opencode-json',
  'command: Codex': 'codex-json',
}

function configOf(driver: string, { argv, env }: RealAgent, output: string | undefined): string {
  return [
    `[agents.${driver}]`,
    `argv = ${JSON.stringify(argv)}`,
    ...(output === undefined ? [] : [`output = ${JSON.stringify(output)}`]),
    `passEnv = ${JSON.stringify(Object.keys(env))}`,
    '',
  ].join('\n')
}
