import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { homedir, tmpdir, userInfo } from 'node:os'
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
  const path = realpathSync(mkdtempSync(join(where === 'outside' ? shownFolder() : tmpdir(), 'tdd-exec-')))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

/** Also for a checkout below /tmp, and for a home directory that is set to lie there. */
function shownFolder(): string {
  const folders = [
    resolve(import.meta.dirname, '../../node_modules/.cache'),
    ...[homedir(), userInfo().homedir].map((home) => join(home, '.cache', 'tdd-orchestrator-tests')),
  ]
  const shown = folders.find((folder) => !OWN_TO_SANDBOX.test(folder))
  if (shown === undefined)
    throw new Error(`a sandbox shows none of ${folders.join(', ')}: use a checkout elsewhere`)
  mkdirSync(shown, { recursive: true })
  return realpathSync(shown)
}

/** A sandbox has directories of its own there. */
const OWN_TO_SANDBOX = /^\/(?:tmp|var\/tmp|dev\/shm)\//

let counter = 0

/** A number of seconds that no other process sleeps for, so that the sleeper can be found by it. */
export function uniqueSleep(): string {
  counter += 1
  return `600.${process.pid}${String(counter).padStart(4, '0')}`
}
