import type { LoadedConfig } from '../config/load.ts'
import { passedSecrets } from '../domain/passed-secrets.ts'

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
export function knownSecrets({ config, environment }: Surroundings): string[] {
  const { agents, suites, notify } = config
  const named = [
    ...(agents.command.passEnv ?? []),
    ...(agents.claude.passEnv ?? []),
    ...suites.flatMap(({ setupSecrets }) => setupSecrets ?? []),
  ]
  const passed = Object.fromEntries(
    [...named, ...ALWAYS].flatMap((name) => {
      const value = environment[name] ?? ''
      return value === '' ? [] : [[name, value]]
    }),
  )
  const addresses = [notify.slackWebhook, notify.webhook].filter((address) => address !== null)
  const signed = notify.webhookSecret === null ? [] : [notify.webhookSecret]
  return [...passedSecrets(passed, [...named, ...ALWAYS]), ...signed, ...addresses.flatMap(partsOf)]
}

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
