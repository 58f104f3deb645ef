import type { Config } from '../config/schema.ts'
import { CIRCUIT_LEVELS, type CircuitOptions } from '../domain/circuit.ts'
import { contradiction } from '../domain/circuit-options.ts'
import { OrchestratorError } from '../errors.ts'
import type { CircuitRules } from '../store/circuit-records.ts'

/** The circuits as they are configured; options that cannot be meant together are refused. */
export function circuitRules({ circuits }: Pick<Config, 'circuits'>): CircuitRules {
  const rules = {
    stage: optionsOf(circuits.stage),
    worker: optionsOf(circuits.worker),
    system: optionsOf(circuits.system),
  }
  for (const level of CIRCUIT_LEVELS) {
    const problem = contradiction(rules[level])
    if (problem === null) continue
    throw new OrchestratorError(
      'config_invalid',
      `The options of circuits.${level} contradict each other: ${problem}.`,
      {
        hint: `Change [circuits.${level}] in .tdd/config.toml, or the variables TDD_CIRCUIT_${level.toUpperCase()}_….`,
      },
    )
  }
  return rules
}

function optionsOf(options: Config['circuits']['stage']): CircuitOptions {
  const { maxFailures, rateShare, rateWindowMs, rateOutcomes, rateSources, ...waits } = options
  const rate =
    rateShare === null
      ? null
      : { share: rateShare, windowMs: rateWindowMs, outcomes: rateOutcomes, sources: rateSources }
  return { failures: maxFailures, rate, ...waits }
}
