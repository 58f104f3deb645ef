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
  env: claudeEnvironment(url),
}))

/** OpenCode behind the same protocol. */
export const openCodeByAcp = installed('opencode', (bin) => (url) => ({
  argv: [join(bin, 'opencode'), 'acp'],
  env: openCodeEnvironment(url),
}))

/** OpenCode without a person: everything that it is not forbidden is allowed. */
export const openCodeByCommand = installed('opencode', (bin) => (url) => ({
  argv: [join(bin, 'opencode'), 'run', '--format', 'json', '--auto'],
  env: openCodeEnvironment(url),
}))

const CODEX = [
  ...words('exec --json --ephemeral --skip-git-repo-check --ignore-rules'),
  ...words('--dangerously-bypass-approvals-and-sandbox -c project_doc_max_bytes=0'),
  ...words('-c model="gpt-5" -c model_provider="played"'),
]

/** Codex without a person. It cannot make a sandbox of its own inside ours, and needs none. */
export const codexByCommand = installed('codex', (bin) => (url) => ({
  argv: [join(bin, 'codex'), ...CODEX, '-c', `model_providers.played=${codexProvider(url)}`, '-'],
  env: { OPENAI_API_KEY: 'sk-a-key-that-is-none' },
}))

/** Claude Code as a program, which comes with its SDK. */
export const claudeByCommand = installed('claude-agent-sdk', (bin) => (url) => ({
  argv: headed(
    join(bin, `../@anthropic-ai/claude-agent-sdk-${process.platform}-${process.arch}/claude`),
    ...words('-p --output-format stream-json --verbose --include-partial-messages'),
    ...words('--permission-mode acceptEdits --allowedTools Bash --setting-sources'),
    '',
  ),
  env: claudeEnvironment(url),
}))

function codexProvider(url: string): string {
  const headers = '{"x-tdd-task"="TDD_TASK","x-tdd-stage"="TDD_STAGE","x-tdd-attempt"="TDD_ATTEMPT"}'
  const served = `name="played",base_url="${url}/v1",wire_api="responses",env_key="OPENAI_API_KEY"`
  return `{${served},env_http_headers=${headers},request_max_retries=1,stream_max_retries=1}`
}

/** The endpoint has to know for which attempt it is asked. */
function headed(...argv: readonly string[]): readonly [string, ...string[]] {
  const headers = '"x-tdd-task: $TDD_TASK\nx-tdd-stage: $TDD_STAGE\nx-tdd-attempt: $TDD_ATTEMPT"'
  return ['sh', '-c', `export ANTHROPIC_CUSTOM_HEADERS=${headers}; exec "$@"`, 'sh', ...argv]
}

function claudeEnvironment(url: string): Record<string, string> {
  return {
    ANTHROPIC_API_KEY: 'sk-ant-a-key-that-is-none',
    ANTHROPIC_BASE_URL: url,
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    CLAUDE_CODE_MAX_RETRIES: '1',
  }
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

function words(text: string): string[] {
  return text.split(' ')
}

function installed(
  tool: Parameters<typeof nodeModulesWith>[0],
  agent: (bin: string) => (url: string) => RealAgent,
): ((url: string) => RealAgent) | null {
  const modules = nodeModulesWith(tool)
  return modules === null ? null : agent(join(modules, '.bin'))
}
