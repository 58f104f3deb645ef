import { CIRCUIT_LEVELS } from '../../domain/circuit.ts'
import type { MetricEvent } from '../open-readonly.ts'
import type { Counted } from './event-counts.ts'

/** From a circuit's opening to its closing. Remembers as many instants as there are circuits of runs under way that are not closed. */
export class Recoveries {
  readonly #opened = new Map<string, { readonly run: string | null; readonly at: number }>()

  /** What an event adds. A reopening by a probe that failed does not begin anew: people waited all along. */
  take({ kind, at, run, data }: MetricEvent): Counted[] {
    const circuit = JSON.stringify([run, data['level'], data['circuit']])
    if (kind === 'circuit_opened' && !this.#opened.has(circuit)) this.#opened.set(circuit, { run, at })
    if (kind === 'run_ended') this.#forget(run)
    const level = CIRCUIT_LEVELS.find((name) => name === data['level'])
    if (kind !== 'circuit_closed' || level === undefined) return []
    const opened = this.#opened.get(circuit)
    this.#opened.delete(circuit)
    // Nothing recovered: what it held back is over.
    if (data['reason'] === 'run_ended') return []
    const by = data['reason'] === 'reset' ? 'person' : 'probe'
    return [
      { name: 'circuit_breaker_recoveries_total', labels: { level, by } },
      ...(opened === undefined
        ? []
        : [
            {
              name: 'circuit_breaker_recovery_duration_seconds' as const,
              labels: { level },
              amount: Math.max(0, at - opened.at) / 1_000,
            },
          ]),
    ]
  }

  /** A run that has ended opens and closes nothing any more. */
  #forget(run: string | null): void {
    for (const [circuit, opened] of this.#opened) if (opened.run === run) this.#opened.delete(circuit)
  }
}
