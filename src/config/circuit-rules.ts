import { CIRCUIT_LEVELS, type CircuitLevel, type CircuitOptions } from '../domain/circuit.ts'
import { contradiction } from '../domain/circuit-options.ts'
import { OrchestratorError } from '../errors.ts'
import type { Config } from './schema.ts'

/** The options of each level, as they are configured. */
export function circuitRules({
  circuits,
}: Pick<Config, 'circuits'>): Readonly<Record<CircuitLevel, CircuitOptions>> {
  return {
    stage: optionsOf(circuits.stage),
    worker: optionsOf(circuits.worker),
    system: optionsOf(circuits.system),
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
    const problem = contradiction(rules[level])
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

function hintFor(level: CircuitLevel, flags: readonly string[]): string {
  if (flags.length === 0)
    return `Change [circuits.${level}] in .tdd/config.toml, or the variables TDD_CIRCUIT_${level.toUpperCase()}_….`
  const given = flags.map((path) => `--circuit ${path.slice('circuits.'.length)}=N`)
  return `Change ${given.join(' or ')}. What the others are is shown by: orchestrator config`
}

function optionsOf(options: Config['circuits']['stage']): CircuitOptions {
  const { maxFailures, rateShare, rateWindowMs, rateOutcomes, rateSources, ...waits } = options
  const rate =
    rateShare === null
      ? null
      : { share: rateShare, windowMs: rateWindowMs, outcomes: rateOutcomes, sources: rateSources }
  return { failures: maxFailures, rate, ...waits }
}
