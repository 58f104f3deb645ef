import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Agent } from '../agents/agent.ts'
import { type ClaudeSdk, claudeAgent } from '../agents/claude.ts'
import { claudeModels } from '../config/claude-models.ts'
import type { LoadedConfig } from '../config/load.ts'
import { priceList } from '../domain/model-prices.ts'
import { passedSecrets } from '../domain/passed-secrets.ts'
import { passedVariables } from '../domain/passed-variables.ts'
import { isOlder, versionIn } from '../domain/version.ts'
import { OrchestratorError, messageOf } from '../errors.ts'
import type { Clock } from '../runtime/clock.ts'
import { besideUs } from '../runtime/own-files.ts'
import { findProgram } from '../runtime/find-program.ts'
import { hasCode } from '../runtime/has-code.ts'

interface Surroundings {
  readonly loaded: Pick<LoadedConfig, 'config' | 'origins'>
  readonly environment: Readonly<Record<string, string>>
  readonly clock: Clock
}

const PACKAGE: string = '@anthropic-ai/claude-agent-sdk'
/** As package.json asks for it. */
const OLDEST_SDK = '0.3.329'
/** With one of these the client can speak to a provider. */
const CREDENTIALS = [
  'ANTHROPIC_API_KEY',
  'ANTHROPIC_AUTH_TOKEN',
  'CLAUDE_CODE_OAUTH_TOKEN',
  'CLAUDE_CODE_USE_BEDROCK',
  'CLAUDE_CODE_USE_VERTEX',
]
/** What the client receives besides: where its provider is, how it is reached, and the clouds that serve it. */
const PASSED = `
  ANTHROPIC_BASE_URL ANTHROPIC_CUSTOM_HEADERS ANTHROPIC_BETAS ANTHROPIC_BEDROCK_BASE_URL ANTHROPIC_VERTEX_BASE_URL
  ANTHROPIC_VERTEX_PROJECT_ID ANTHROPIC_MODEL ANTHROPIC_SMALL_FAST_MODEL ANTHROPIC_DEFAULT_HAIKU_MODEL
  ANTHROPIC_DEFAULT_SONNET_MODEL ANTHROPIC_DEFAULT_OPUS_MODEL CLAUDE_CODE_SKIP_BEDROCK_AUTH CLAUDE_CODE_SKIP_VERTEX_AUTH
  CLAUDE_CODE_MAX_OUTPUT_TOKENS CLOUD_ML_REGION HTTP_PROXY HTTPS_PROXY NO_PROXY http_proxy https_proxy no_proxy
  NODE_EXTRA_CA_CERTS SSL_CERT_FILE CLAUDE_CODE_CLIENT_CERT CLAUDE_CODE_CLIENT_KEY AWS_REGION AWS_DEFAULT_REGION
  AWS_PROFILE AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_BEARER_TOKEN_BEDROCK
  GOOGLE_APPLICATION_CREDENTIALS GOOGLE_CLOUD_PROJECT`
  .trim()
  .split(/\s+/)

/** Claude Code, or what is missing to have it. */
export async function chooseClaude(surroundings: Surroundings): Promise<Agent> {
  const { loaded, environment, clock } = surroundings
  const options = loaded.config.agents.claude
  const sdk = await loadSdk(sdkDirectory(loaded))
  if (!CREDENTIALS.some((name) => (environment[name] ?? '') !== '')) {
    throw new OrchestratorError('agent_credentials', 'Claude Code has no key to work with', {
      hint: 'Set ANTHROPIC_API_KEY; or, for a subscription, CLAUDE_CODE_OAUTH_TOKEN to what `claude setup-token` prints. Bedrock and Vertex: docs/agents.md.',
    })
  }
  const broken = CREDENTIALS.find((name) => /\s/.test(environment[name] ?? ''))
  if (broken !== undefined) {
    throw new OrchestratorError('agent_credentials', `${broken} has a space or a line break in it`, {
      hint: 'Set it anew, without what was copied along.',
    })
  }
  const names = [...CREDENTIALS, ...PASSED, ...(options.passEnv ?? [])]
  const passed = passedVariables(environment, names)
  return claudeAgent({
    sdk,
    program: claudeProgram(surroundings),
    models: claudeModels(loaded.config),
    prices: priceList(loaded.config.models.prices ?? {}),
    maxTurns: options.maxTurns,
    stages: options.stages ?? {},
    waitMs: options.waitMs,
    passed,
    secrets: passedSecrets(passed, options.passEnv ?? []),
    clock,
  })
}

/** A repository comes from anywhere: it may not name code that runs in this program. */
function sdkDirectory({ config, origins }: Surroundings['loaded']): string | null {
  const origin = origins['agents.claude.sdk']
  if (origin !== 'file' && origin !== 'main_work_tree') return config.agents.claude.sdk
  throw new OrchestratorError(
    'config_invalid',
    'agents.claude.sdk stands in the configuration of the repository, and its code would run in this program',
    { hint: 'Take it out there, and set TDD_CLAUDE_SDK.' },
  )
}

/** It runs in this process, and is loaded by nothing that does not need it. */
async function loadSdk(directory: string | null): Promise<ClaudeSdk> {
  let version: string
  try {
    const entry = directory === null ? besideUs(PACKAGE) : entryOf(directory)
    version = await versionOf(entry)
    const loaded: unknown = isOlder(version, OLDEST_SDK) ? null : await import(entry)
    if (isSdk(loaded)) return loaded
    if (loaded !== null) throw new Error('it has no function query')
  } catch (cause) {
    throw new OrchestratorError('agent_missing', missing(directory, cause), {
      hint: `Install it beside this program: npm install ${PACKAGE} (with the client, 430 MB), or with --omit=optional where \`claude\` is on your PATH already; or set TDD_CLAUDE_SDK to the directory of one that lies elsewhere. Or name another coding agent in .tdd/config.toml: [agents.command] argv = ["your-agent", "--prompt-file", "{prompt_file}"]. docs/agents.md has both.`,
      cause,
    })
  }
  // One that does not know how its process is to be started would start it outside the sandbox.
  throw new OrchestratorError('agent_too_old', `the Claude Agent SDK ${version} is too old`, {
    hint: `Install ${OLDEST_SDK} or newer: npm install ${PACKAGE}@latest`,
  })
}

async function versionOf(entry: string): Promise<string> {
  const manifest: unknown = JSON.parse(await readFile(new URL('package.json', entry), 'utf8'))
  const version: unknown =
    typeof manifest === 'object' && manifest !== null && Reflect.get(manifest, 'version')
  if (typeof version === 'string' && versionIn(version) !== null) return version
  throw new Error('it does not say which version it is')
}

function missing(directory: string | null, cause: unknown): string {
  const isAbsent = hasCode(cause, 'ERR_MODULE_NOT_FOUND')
  if (directory === null && isAbsent) return 'the Claude Agent SDK is not installed'
  const where = directory === null ? '' : ` from ${directory}`
  return `the Claude Agent SDK cannot be loaded${where}: ${messageOf(cause).split('\n')[0]}`
}

function entryOf(directory: string): string {
  return pathToFileURL(createRequire(join(directory, 'package.json')).resolve(directory)).href
}

function isSdk(loaded: unknown): loaded is ClaudeSdk {
  return typeof loaded === 'object' && loaded !== null && typeof Reflect.get(loaded, 'query') === 'function'
}

/** The client of the person; null where it is the one that the SDK brought. */
export function claudeProgram({ loaded, environment }: Omit<Surroundings, 'clock'>): string | null {
  const { program } = loaded.config.agents.claude
  if (program === null) return findProgram('claude', { env: environment, cwd: '/' })
  const found = findProgram(program, { env: environment, cwd: '/' })
  if (found !== null) return found
  throw new OrchestratorError('agent_missing', `there is no program ${program}`, {
    hint: 'agents.claude.program names the Claude Code client: a whole path, or a name on your PATH.',
  })
}
