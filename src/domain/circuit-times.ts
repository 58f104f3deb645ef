import type { Circuit, CircuitHistory } from './circuit.ts'

/** The same circuit where the clock was set back by so much: whatever it waits for lasts as long as it would have. */
export function setBack(circuit: Circuit, byMs: number): Circuit {
  const since = circuit.since - byMs
  const history = historySetBack(circuit.history, byMs)
  if (circuit.state === 'open')
    return { ...circuit, since, history, probeAt: circuit.probeAt === null ? null : circuit.probeAt - byMs }
  if (circuit.state === 'half_open') {
    const probes = circuit.probes.map((probe) => ({ ...probe, until: probe.until - byMs }))
    return { ...circuit, since, history, probes }
  }
  const slices = circuit.window?.slices.map((slice) => ({ ...slice, at: slice.at - byMs }))
  return { ...circuit, since, history, window: slices === undefined ? null : { slices } }
}

function historySetBack(history: CircuitHistory, byMs: number): CircuitHistory {
  return { ...history, changes: history.changes.map((at) => at - byMs) }
}
