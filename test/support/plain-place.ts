import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Place, PlaceCommand, PlaceResult } from '../../src/verify/verify.ts'

/** A place without containment: real processes in a directory, killed as a group when over their time. */
export async function plainPlace(
  directory: string,
  { path = process.env['PATH'] ?? '' }: { readonly path?: string } = {},
): Promise<Place & { close(): Promise<void> }> {
  const reports = await mkdtemp(join(tmpdir(), 'reports-'))
  return {
    directory,
    reports,
    parallelism: 1,
    run: (command) => run(command, { directory, path }),
    fill: () => Promise.reject(new Error('a plain place has one tree only')),
    close: () => rm(reports, { recursive: true, force: true }),
  }
}

function run(
  command: PlaceCommand,
  where: { readonly directory: string; readonly path: string },
): Promise<PlaceResult> {
  const started = performance.now()
  const [program = '', ...args] = command.argv
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: join(where.directory, command.cwd),
      env: { PATH: where.path, HOME: tmpdir(), CI: '1', LANG: 'C.UTF-8', ...command.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
    const output = { stdout: '', stderr: '' }
    let timedOut = false
    const timer = setTimeout(() => {
      timedOut = true
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    }, command.wallMs)
    const done = (end: PlaceResult['end']): void => {
      clearTimeout(timer)
      resolve({ end, ...output, durationMs: performance.now() - started })
    }
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (text: string) => {
        output[stream] = (output[stream] + text).slice(-command.outputBytes)
      })
    }
    child.once('error', (error) => done({ kind: 'not_started', message: error.message }))
    child.once('close', (code, signal) => {
      if (timedOut) done({ kind: 'timeout' })
      else if (code === null) done({ kind: 'signaled', signal: signal ?? 'unknown' })
      else done({ kind: 'exited', code })
    })
  })
}
