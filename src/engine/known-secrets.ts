import { definedOnly, type Environment } from '../config/environment.ts'
import { type LoadedConfig, loadConfig } from '../config/load.ts'
import { passedSecrets } from '../domain/passed-secrets.ts'
import { passedVariables } from '../domain/passed-variables.ts'

interface Surroundings {
  readonly config: LoadedConfig['config']
  readonly environment: Readonly<Record<string, string>>
}

/** Secret whoever passes them: by these our agents and what we tell people are paid for and reached. */
const ALWAYS = [
  'ANTHROPIC_API_KEY',
  'ANTHROPIC_AUTH_TOKEN',
  'ANTHROPIC_CUSTOM_HEADERS',
  'CLAUDE_CODE_OAUTH_TOKEN',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_BEARER_TOKEN_BEDROCK',
  'SLACK_WEBHOOK_URL',
  'TDD_NOTIFY_WEBHOOK_SECRET',
  'OTEL_EXPORTER_OTLP_HEADERS',
]

/** Values that a person made known as secret: what agents and setup are given by name, keys of providers, and where people are told. */
export interface KnownSecrets {
  /** Told nowhere. Among them may be plain settings that an agent is given. */
  readonly values: readonly string[]
  /** Those that are secret without doubt: no plan and no change may hold one. */
  readonly certain: readonly string[]
}

export function knownSecrets({ config, environment }: Surroundings): KnownSecrets {
  const { agents, suites, notify } = config
  const forSetup = suites.flatMap(({ setupSecrets }) => setupSecrets ?? [])
  const passed = Object.values(agents).flatMap(({ passEnv }) => passEnv ?? [])
  const found = passedVariables(environment, [...forSetup, ...passed, ...ALWAYS])
  const addresses = [notify.slackWebhook, notify.webhook].filter((address) => address !== null)
  const people = [
    ...addresses.flatMap(partsOf),
    ...(notify.webhookSecret === null ? [] : [notify.webhookSecret]),
  ]
  const certain = [...passedSecrets(found, [...forSetup, ...ALWAYS]), ...people]
  return {
    values: [...new Set([...certain, ...passedSecrets(found, passed)])],
    certain: [...new Set(certain)].filter((value) => value.length >= SHORTEST_CERTAIN),
  }
}

/** Those of files that a repository gives to its suites and trees come to them. */
export function withFound({ values, certain }: KnownSecrets, found: readonly string[]): KnownSecrets {
  return {
    values: [...new Set([...values, ...found])],
    certain: [...new Set([...certain, ...found.filter(({ length }) => length >= SHORTEST_CERTAIN)])],
  }
}

/** The same for a command that only looks. */
export function knownSecretsAt(where: {
  readonly root: string
  readonly cwd: string
  readonly env: Environment
}): KnownSecrets {
  return knownSecrets({ config: loadConfig(where).config, environment: definedOnly(where.env) })
}

/** Shorter ones stand in texts by chance. */
const SHORTEST_CERTAIN = 12

/** Who knows the path of a webhook can write there, and its parts are the secret of it. */
function partsOf(address: string): string[] {
  const url = URL.parse(address)
  if (url === null) return [address]
  const values = [...url.searchParams.values(), ...url.pathname.split('/')]
  const path = url.pathname === '/' ? [] : [`${url.pathname}${url.search}`]
  return [address, ...path, ...values.filter((value) => value.length >= SHORTEST_PART)]
}

/** Shorter ones are words like `services`. */
const SHORTEST_PART = 12
