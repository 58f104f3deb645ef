import { describe, expect, it } from 'vitest'
import { loadConfig } from '../config/load.ts'
import { DEFAULT_LIMITS } from '../domain/limits.ts'
import { commandLimits, limitsOfRun } from './command-limits.ts'

const GIB = 1024 ** 3
const machine = { cores: 4, home: '/home/ada', stateHome: null }

function limits(flags: Readonly<Record<string, unknown>>, machineBytes = 60 * GIB) {
  return commandLimits(loadConfig({ root: null, env: {}, flags, machine }).config, machineBytes)
}

describe('the limits of one command', () => {
  it('share the memory of the machine among all that run at once', () => {
    expect(limits({ 'run.workers': 3, 'verify.slots': 3 })).toEqual({
      memoryBytes: 10 * GIB,
      processes: 1024,
      diskBytes: 8 * GIB,
      setupDiskBytes: 32 * GIB,
    })
  })

  it('leave each 1 GiB on a small machine', () => {
    expect(limits({ 'run.workers': 8 }, 4 * GIB).memoryBytes).toBe(GIB)
  })

  it('are those of the configuration, where 0 is none', () => {
    expect(
      limits({
        'limits.memoryBytes': 5,
        'limits.processes': 7,
        'limits.diskBytes': 9,
        'limits.setupDiskBytes': 11,
      }),
    ).toEqual({
      memoryBytes: 5,
      processes: 7,
      diskBytes: 9,
      setupDiskBytes: 11,
    })
    expect(
      limits({
        'limits.memoryBytes': 0,
        'limits.processes': 0,
        'limits.diskBytes': 0,
        'limits.setupDiskBytes': 0,
      }),
    ).toEqual({
      memoryBytes: null,
      processes: null,
      diskBytes: null,
      setupDiskBytes: null,
    })
  })

  it('stay with the machine: a run keeps only its own', () => {
    const { config } = loadConfig({ root: null, env: {}, flags: {}, machine })
    expect(limitsOfRun(config)).toEqual(DEFAULT_LIMITS)
  })
})
