import { execFileSync, spawn } from 'node:child_process'
import { join, resolve } from 'node:path'
import { printedDocuments } from './printed-documents.ts'

const ROOT = resolve(import.meta.dirname, '..', '..')

/** How a run of the built program ended. */
export interface ProgramEnd {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface ProgramStart {
  readonly cwd: string
  /** The whole environment; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>
  /** A command line that is given ours as its last arguments and starts it. What it lets through of stdout is not looked at. */
  readonly within?: readonly string[]
  /** Told what is written to stderr, with a way to send a signal. */
  readonly onProgress?: (text: string, kill: (signal: NodeJS.Signals) => void) => void
  /** Told what is written to stdout. */
  readonly onOutput?: (text: string, kill: (signal: NodeJS.Signals) => void) => void
  /** Kills it after so many milliseconds. */
  readonly killAfterMs?: number
  /** Kills it once that is fulfilled. */
  readonly killWhen?: Promise<unknown>
}

let built = process.env['TDD_TEST_BUILT'] !== undefined

/** Runs the program as it is published: dist, made first where a source is newer. What it prints with --json has to have its documented shape. */
export async function runProgram(args: readonly string[], start: ProgramStart): Promise<ProgramEnd> {
  if (!built)
    execFileSync(process.execPath, [join(ROOT, 'scripts', 'build.mjs'), '--if-stale'], { stdio: 'pipe' })
  built = true
  const ours = [process.execPath, join(ROOT, 'dist', 'cli', 'main.js'), ...args]
  const [program = '', ...rest] = [...(start.within ?? []), ...ours]
  const child = spawn(program, rest, {
    cwd: start.cwd,
    env: start.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const written = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    written.stdout += text
    start.onOutput?.(written.stdout, (signal) => child.kill(signal))
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    written.stderr += text
    start.onProgress?.(written.stderr, (signal) => child.kill(signal))
  })
  void start.killWhen?.then(() => child.kill('SIGKILL'))
  const timer =
    start.killAfterMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), start.killAfterMs)
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((done, failed) => {
    child.on('error', failed)
    child.on('close', (endCode, endSignal) => done([endCode, endSignal]))
  })
  clearTimeout(timer)
  if (args.includes('--json') && start.within === undefined)
    printedDocuments(args, { code, signal, stdout: written.stdout })
  return { code, signal, ...written }
}
