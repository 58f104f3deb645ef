import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import type { ContainedCommand, ExecLimits } from '../../src/runtime/exec.ts'

export const TEST_PATH = '/usr/local/bin:/usr/bin:/bin'

export const WIDE_LIMITS: ExecLimits = {
  wallMs: 30_000,
  outputBytes: 1_000_000,
  memoryBytes: null,
  processes: null,
  diskBytes: null,
  stallMs: null,
}

/** A contained command in a directory of its own, with wide limits, except for what the test says. */
export function containedIn(
  slot: string,
  argv: readonly [string, ...string[]],
  rest: Partial<ContainedCommand> & { readonly limit?: Partial<ExecLimits> } = {},
): ContainedCommand {
  const { limit, ...command } = rest
  return {
    argv,
    cwd: slot,
    env: { PATH: TEST_PATH },
    writable: [slot],
    readOnly: [],
    hidden: [],
    // The Node of a checkout below /tmp, where a sandbox has a directory of its own.
    visible: [dirname(process.execPath)],
    limits: { ...WIDE_LIMITS, ...limit },
    ...command,
  }
}

export interface Place extends Disposable {
  readonly path: string
}

/** A directory that goes away with the test. `outside` puts it where a sandbox shows the host's own files. */
export function testPlace(where: 'temporary' | 'outside' = 'temporary'): Place {
  const here = resolve(import.meta.dirname, '../../node_modules/.cache')
  // A sandbox has a /tmp of its own: in a checkout below it, the home directory has to serve.
  const cache = here.startsWith('/tmp/') ? join(homedir(), '.cache', 'tdd-orchestrator-tests') : here
  if (where === 'outside') mkdirSync(cache, { recursive: true })
  const path = realpathSync(mkdtempSync(join(where === 'outside' ? cache : tmpdir(), 'tdd-exec-')))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

let counter = 0

/** A number of seconds that no other process sleeps for, so that the sleeper can be found by it. */
export function uniqueSleep(): string {
  counter += 1
  return `600.${process.pid}${String(counter).padStart(4, '0')}`
}
