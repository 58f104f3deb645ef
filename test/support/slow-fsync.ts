import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { sayMissing } from './missing-tool.ts'

const SOURCE = join(import.meta.dirname, 'slow-fsync.c')

/**
 * Makes the library, in that directory, that slows each fsync and fdatasync of a program that has it in LD_PRELOAD by
 * FSYNC_DELAY_MS. Null, said on stderr, where there is no C compiler.
 */
export function slowFsyncLibrary(directory: string): string | null {
  const library = join(directory, 'slow-fsync.so')
  const compile = ['-shared', '-fPIC', '-O1', '-o', library, SOURCE, '-ldl']
  const { status, stderr, error } = spawnSync('cc', compile, { encoding: 'utf8' })
  if (status === 0) return library
  if (error === undefined) throw new Error(`cc could not make ${library}: ${stderr}`)
  sayMissing({
    tool: 'cc',
    untested: 'a store on a disk whose fsync is slow',
    get: 'apt-get install gcc libc6-dev',
  })
  return null
}
