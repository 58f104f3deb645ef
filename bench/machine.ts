import { availableParallelism, cpus, totalmem } from 'node:os'

/** Where figures were measured. */
export function machineFacts() {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    node: process.version,
  }
}
