import {
  CIRCUIT_LEVELS,
  type CircuitLevel,
  type CircuitOptions,
  type FailureRate,
} from '../domain/circuit.ts'
import { contradiction, DEFAULT_RATES } from '../domain/circuit-options.ts'
import { OrchestratorError } from '../errors.ts'
import type { Config } from './schema.ts'

/** The options of each level, as they are configured. */
export function circuitRules({
  circuits,
}: Pick<Config, 'circuits'>): Readonly<Record<CircuitLevel, CircuitOptions>> {
  return {
    stage: optionsOf('stage', circuits.stage),
    worker: optionsOf('worker', circuits.worker),
    system: optionsOf('system', circuits.system),
  }
}

/**
 * Refuses options of circuits that cannot be meant together: with `usage` where a flag is one of them, as for any flag,
 * else with `config_invalid`.
 */
export function refuseContradictions(
  config: Pick<Config, 'circuits'>,
  origins: Readonly<Record<string, string>>,
): void {
  const rules = circuitRules(config)
  for (const level of CIRCUIT_LEVELS) {
    const problem = uselessNumber(config.circuits[level]) ?? contradiction(level, rules[level])
    if (problem === null) continue
    const flags = Object.keys(origins).filter(
      (path) => path.startsWith(`circuits.${level}.`) && origins[path] === 'flag',
    )
    throw new OrchestratorError(
      flags.length > 0 ? 'usage' : 'config_invalid',
      `The options of circuits.${level} contradict each other: ${problem}.`,
      { hint: hintFor(level, flags) },
    )
  }
}

type Configured = Config['circuits'][CircuitLevel]

function uselessNumber({ rateShare, rateWindowMs, rateOutcomes, rateSources }: Configured): string | null {
  if (rateShare !== null) return null
  const numbers = Object.entries({ rateWindowMs, rateOutcomes, rateSources })
  const useless = numbers.find(([, value]) => value !== null)
  return useless === undefined ? null : `${useless[0]} says nothing without rateShare`
}

function hintFor(level: CircuitLevel, flags: readonly string[]): string {
  if (flags.length === 0)
    return `Change [circuits.${level}] in .tdd/config.toml, or the variables TDD_CIRCUIT_${level.toUpperCase()}_….`
  const given = flags.map((path) => `--circuit ${path.slice('circuits.'.length)}=N`)
  return `Change ${given.join(' or ')}. What the others are is shown by: orchestrator config`
}

function optionsOf(level: CircuitLevel, options: Configured): CircuitOptions {
  const { maxFailures, rateShare, rateWindowMs, rateOutcomes, rateSources, ...others } = options
  const rate =
    rateShare === null ? null : rateOf(level, { share: rateShare, rateWindowMs, rateOutcomes, rateSources })
  return { failures: maxFailures, rate, ...others }
}

function rateOf(
  level: CircuitLevel,
  given: { readonly share: number } & Pick<Configured, 'rateWindowMs' | 'rateOutcomes' | 'rateSources'>,
): FailureRate {
  const { windowMs, outcomes, sources } = DEFAULT_RATES[level]
  return {
    share: given.share,
    windowMs: given.rateWindowMs ?? windowMs,
    outcomes: given.rateOutcomes ?? outcomes,
    sources: given.rateSources ?? sources,
  }
}
