import type { Config } from '../config/schema.ts'
import type { Limits } from '../domain/limits.ts'
import type { EngineSettings } from './context.ts'

const LEAST_BYTES = 1024 ** 3
const ROUNDED_TO_BYTES = 1024 ** 2
const LEAST_DISK_BYTES = 64 * 1024 ** 2
const MOST_DISK_BYTES = 8 * 1024 ** 3

/** What the machine has, as far as commands share it. */
interface Machine {
  readonly memoryBytes: number
  /** Free on the disk where slots lie. */
  readonly freeBytes: number
}

/** What one command or agent may use. Unless configured, all that run at once share the memory of the machine and its free disk evenly. */
export function commandLimits(
  config: Pick<Config, 'limits' | 'verify' | 'run'>,
  machine: Machine,
): Pick<EngineSettings, 'memoryBytes' | 'processes' | 'diskBytes'> {
  const { memoryBytes, processes, diskBytes } = config.limits
  const share = (bytes: number): number => {
    const each = bytes / (config.verify.slots + config.run.workers)
    return Math.round(each / ROUNDED_TO_BYTES) * ROUNDED_TO_BYTES
  }
  const memory = Math.max(LEAST_BYTES, share(machine.memoryBytes))
  const disk = Math.min(MOST_DISK_BYTES, Math.max(LEAST_DISK_BYTES, share(machine.freeBytes)))
  return {
    memoryBytes: noneIfZero(memoryBytes ?? memory),
    processes: noneIfZero(processes),
    diskBytes: noneIfZero(diskBytes ?? disk),
  }
}

function noneIfZero(limit: number): number | null {
  return limit === 0 ? null : limit
}

/** The configured limits that a run keeps with itself; those of commands belong to the machine it runs on. */
export function limitsOfRun(config: Pick<Config, 'limits'>): Limits {
  const { memoryBytes: _memory, processes: _processes, diskBytes: _disk, ...limits } = config.limits
  return limits
}
