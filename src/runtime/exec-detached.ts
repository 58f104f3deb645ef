import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { OrchestratorError } from '../errors.ts'

interface DetachedCommand {
  readonly argv: readonly [string, ...string[]]
  readonly cwd: string
  /** The whole environment; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>
  /** stdout and stderr are appended to this file. */
  readonly outputFile: string
}

interface DetachedProcess {
  readonly pid: number
  /** Its exit code, null for a signal, once it has ended; waiting for it keeps us alive. */
  readonly ended: Promise<number | null>
  /** Lets it go: we may end and it goes on. */
  release(): void
}

/** Starts a program of our own as a session of its own: it outlives us, and no signal of our terminal reaches it. */
export async function startDetached(command: DetachedCommand): Promise<DetachedProcess> {
  const [program, ...rest] = command.argv
  const output = openSync(command.outputFile, 'a', 0o600)
  try {
    const child = spawn(program, rest, {
      cwd: command.cwd,
      env: { ...command.env },
      stdio: ['ignore', output, output],
      detached: true,
      windowsHide: true,
    })
    const ended = new Promise<number | null>((resolve) => {
      child.once('exit', (code) => resolve(code))
    })
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve)
      child.once('error', reject)
    })
    return { pid: child.pid ?? 0, ended, release: () => child.unref() }
  } catch (cause) {
    throw new OrchestratorError('internal', `${program} could not be started in the background`, { cause })
  } finally {
    closeSync(output)
  }
}
