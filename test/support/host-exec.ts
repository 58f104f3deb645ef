import { spawn } from 'node:child_process'
import type { Exec, ExecResult, HostCommand, HostSession } from '../../src/runtime/exec.ts'

/** A stand-in for the two host doors, until the real one is there. */
export function createHostExec(): Exec {
  const refuse = (): never => {
    throw new Error('only host commands are available here')
  }
  return {
    host: async (command) => {
      const session = start(command)
      session.stdin.end(command.stdin ?? '')
      return await session.ended
    },
    hostSession: start,
    contained: refuse,
    containment: refuse,
    endOrphans: refuse,
  }
}

function start(command: HostCommand): HostSession {
  const [file, ...args] = command.argv
  const child = spawn(file, args, {
    env: { ...command.env },
    ...(command.cwd === undefined ? {} : { cwd: command.cwd }),
  })
  const out: Buffer[] = []
  const err: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
  child.stdin.on('error', () => undefined)
  const ended = new Promise<ExecResult>((resolve) => {
    const finish = (end: ExecResult['end']): void =>
      resolve({
        end,
        stdout: Buffer.concat(out),
        stderr: Buffer.concat(err),
        truncated: false,
        durationMs: 0,
      })
    child.on('error', (error) => finish({ kind: 'not_started', code: 'ENOENT', message: error.message }))
    child.on('close', (code, signal) =>
      finish(code === null ? { kind: 'signaled', signal: String(signal) } : { kind: 'exited', code }),
    )
  })
  return {
    stdin: child.stdin,
    stdout: child.stdout,
    ended,
    close: async () => {
      child.kill()
      await ended
    },
  }
}
