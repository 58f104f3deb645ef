import type { Config } from '../config/schema.ts'
import type { Limits } from '../domain/limits.ts'
import type { EngineSettings } from './context.ts'

const LEAST_BYTES = 1024 ** 3
const ROUNDED_TO_BYTES = 1024 ** 2

/** What one command or agent may use. Unless configured, all that run at once share the memory of the machine evenly. */
export function commandLimits(
  config: Pick<Config, 'limits' | 'verify' | 'run'>,
  machineBytes: number,
): Pick<EngineSettings, 'memoryBytes' | 'processes' | 'diskBytes' | 'setupDiskBytes'> {
  const { memoryBytes, processes, diskBytes, setupDiskBytes } = config.limits
  const share = machineBytes / (config.verify.slots + config.run.workers)
  const fallback = Math.max(LEAST_BYTES, Math.round(share / ROUNDED_TO_BYTES) * ROUNDED_TO_BYTES)
  return {
    memoryBytes: noneIfZero(memoryBytes ?? fallback),
    processes: noneIfZero(processes),
    diskBytes: noneIfZero(diskBytes),
    setupDiskBytes: noneIfZero(setupDiskBytes),
  }
}

function noneIfZero(limit: number): number | null {
  return limit === 0 ? null : limit
}

/** The configured limits that a run keeps with itself; those of commands belong to the machine it runs on. */
export function limitsOfRun(config: Pick<Config, 'limits'>): Limits {
  const {
    memoryBytes: _memory,
    processes: _processes,
    diskBytes: _disk,
    setupDiskBytes: _setupDisk,
    ...limits
  } = config.limits
  return limits
}
