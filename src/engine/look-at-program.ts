import type { ExecResult } from '../runtime/exec.ts'
import { userPath } from '../runtime/user-path.ts'
import type { Workshop } from './context.ts'

const LOOK_MS = 10_000

/** Runs a command that only looks, where an agent would run: contained, and with nothing that it may write. */
export function lookAt(
  { exec, hidden, visible, environment }: Workshop,
  argv: readonly [string, ...string[]],
): Promise<ExecResult> {
  return exec.contained({
    argv,
    cwd: '/',
    env: { PATH: userPath(environment) },
    writable: [],
    readOnly: [],
    hidden,
    visible,
    limits: {
      wallMs: LOOK_MS,
      outputBytes: 4_096,
      memoryBytes: null,
      processes: null,
      diskBytes: null,
      stallMs: null,
    },
  })
}
