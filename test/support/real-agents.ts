import { join } from 'node:path'
import { nodeModulesWith } from './tools.ts'

/** A coding agent of somebody else, as people would configure it; its model is played by an endpoint. */
export interface RealAgent {
  readonly argv: readonly [string, ...string[]]
  readonly env: Readonly<Record<string, string>>
}

/** Claude Code behind the Agent Client Protocol; null where it is not installed. */
export const claudeByAcp = installed('claude-agent-acp', (bin) => (url) => ({
  argv: headed(join(bin, 'claude-agent-acp')),
  env: {
    ANTHROPIC_API_KEY: 'sk-ant-a-key-that-is-none',
    ANTHROPIC_BASE_URL: url,
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    CLAUDE_CODE_MAX_RETRIES: '1',
  },
}))

/** OpenCode behind the same protocol. */
export const openCodeByAcp = installed('opencode', (bin) => (url) => ({
  argv: [join(bin, 'opencode'), 'acp'],
  env: openCodeEnvironment(url),
}))

/** The endpoint has to know for which attempt it is asked. */
function headed(program: string): readonly [string, ...string[]] {
  const headers = '"x-tdd-task: $TDD_TASK\nx-tdd-stage: $TDD_STAGE\nx-tdd-attempt: $TDD_ATTEMPT"'
  return ['sh', '-c', `export ANTHROPIC_CUSTOM_HEADERS=${headers}; exec "$@"`, 'sh', program]
}

function openCodeEnvironment(url: string): Record<string, string> {
  const headers = {
    'x-tdd-task': '{env:TDD_TASK}',
    'x-tdd-stage': '{env:TDD_STAGE}',
    'x-tdd-attempt': '{env:TDD_ATTEMPT}',
  }
  return {
    OPENCODE_DISABLE_AUTOUPDATE: '1',
    OPENCODE_DISABLE_MODELS_FETCH: '1',
    OPENCODE_DISABLE_PROJECT_CONFIG: '1',
    OPENCODE_CONFIG_CONTENT: JSON.stringify({
      model: 'anthropic/claude-sonnet-4-5',
      small_model: 'anthropic/claude-haiku-4-5',
      enabled_providers: ['anthropic'],
      permission: { edit: 'ask', bash: 'ask' },
      provider: {
        anthropic: { options: { baseURL: `${url}/v1`, apiKey: 'sk-ant-a-key-that-is-none', headers } },
      },
    }),
  }
}

function installed(
  tool: Parameters<typeof nodeModulesWith>[0],
  agent: (bin: string) => (url: string) => RealAgent,
): ((url: string) => RealAgent) | null {
  const modules = nodeModulesWith(tool)
  return modules === null ? null : agent(join(modules, '.bin'))
}
