import { type ChildProcess, spawn } from 'node:child_process'
import { pipeline, Readable, type Writable } from 'node:stream'
import { messageOf } from '../errors.ts'
import type { ExecEnd } from './exec.ts'
import type { OutputStream } from './exec-output.ts'
import { lackingMeans } from './no-means.ts'

export interface Launch {
  readonly argv: readonly [string, ...string[]]
  readonly cwd?: string
  readonly env: Readonly<Record<string, string>>
  /** Undefined is an empty input. */
  readonly stdin?: string | Uint8Array | Readable
  /** The caller writes the input. */
  readonly openInput?: boolean
  /** Two more descriptors: 3 is fed with this text, 4 is read as text. */
  readonly descriptors?: { readonly feed: Buffer; readonly onStatus: (text: string) => void }
}

export type ProcessEnd = Extract<ExecEnd, { kind: 'exited' | 'signaled' | 'not_started' }>

export interface Running {
  /** Null when it did not start. Leads a process group of its own. */
  readonly pid: number | null
  readonly child: ChildProcess | null
  /** The process itself is gone; others may still hold its output open. */
  readonly exited: Promise<ProcessEnd>
  /** It is gone and its output is read to the end. */
  readonly closed: Promise<void>
  /** Gives up on the rest of the output. */
  dropOutput(): void
}

/** Starts a process as leader of its own group. Never throws: what goes wrong is in `exited`. */
export function launch(
  plan: Launch,
  onOutput: ((stream: OutputStream, chunk: Buffer) => void) | null,
): Running {
  const child = start(plan)
  if ('kind' in child) return neverRan(Promise.resolve(child))
  const { pid } = child
  if (pid === undefined) return neverRan(reasonOf(plan, child))
  // Of what goes wrong after its start its end tells what matters.
  child.on('error', () => {})
  const exited = new Promise<ProcessEnd>((resolve) => {
    child.once('exit', (code, signal) => {
      resolve(code === null ? { kind: 'signaled', signal: signal ?? 'unknown' } : { kind: 'exited', code })
    })
  })
  const closed = new Promise<void>((resolve) => {
    child.once('close', () => resolve())
  })
  connect(child, plan, onOutput)
  const dropOutput = (): void => {
    for (const stream of child.stdio) stream?.destroy()
  }
  return { pid, child, exited, closed, dropOutput }
}

function neverRan(exited: Promise<ProcessEnd>): Running {
  return { pid: null, child: null, exited, closed: Promise.resolve(), dropOutput: () => {} }
}

/** Why there is no process. What would have been its streams is let go; where no more files may be opened there are none. */
function reasonOf(plan: Launch, child: ChildProcess): Promise<ProcessEnd> {
  if ('stdio' in child) for (const stream of child.stdio) stream?.on('error', () => {}).destroy()
  return new Promise((resolve) => {
    child.once('error', (cause) => resolve(notStarted(plan, cause)))
  })
}

function start(plan: Launch): ChildProcess | ProcessEnd {
  const [program, ...rest] = plan.argv
  const input = plan.stdin === undefined && plan.openInput !== true ? 'ignore' : 'pipe'
  try {
    return spawn(program, rest, {
      ...(plan.cwd === undefined ? {} : { cwd: plan.cwd }),
      env: { ...plan.env },
      stdio: [input, 'pipe', 'pipe', ...(plan.descriptors === undefined ? [] : (['pipe', 'pipe'] as const))],
      detached: true,
      windowsHide: true,
    })
  } catch (cause) {
    return notStarted(plan, cause)
  }
}

function connect(
  child: ChildProcess,
  plan: Launch,
  onOutput: ((stream: OutputStream, chunk: Buffer) => void) | null,
): void {
  for (const stream of child.stdio) {
    // A reader that went away is the command's affair: how the command ended tells what matters.
    stream?.on('error', () => {})
  }
  if (onOutput !== null) {
    child.stdout?.on('data', (chunk: Buffer) => onOutput('stdout', chunk))
    child.stderr?.on('data', (chunk: Buffer) => onOutput('stderr', chunk))
  }
  if (plan.stdin instanceof Readable) {
    // Whoever speaks learns of the end of the command from its result.
    if (child.stdin !== null) pipeline(plan.stdin, child.stdin, () => undefined)
  } else if (plan.stdin !== undefined) child.stdin?.end(plan.stdin)
  if (plan.descriptors === undefined) return
  const { feed, onStatus } = plan.descriptors
  const [, , , feedInto, statusFrom] = child.stdio as (Readable | Writable | null | undefined)[]
  if (feedInto !== null && feedInto !== undefined && 'end' in feedInto) feedInto.end(feed)
  if (statusFrom !== null && statusFrom !== undefined && 'setEncoding' in statusFrom) {
    statusFrom.setEncoding('utf8').on('data', onStatus)
  }
}

function notStarted(plan: Launch, cause: unknown): ProcessEnd {
  const code =
    cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : 'UNKNOWN'
  const [program] = plan.argv
  const reasons: Record<string, string> = {
    ENOENT: 'there is no such program on the PATH of the command, or its working directory is missing',
    EACCES: 'it is not executable, or its working directory cannot be entered',
    E2BIG: 'its arguments and environment are too long for this system',
  }
  return {
    kind: 'not_started',
    code,
    message: `${JSON.stringify(program)} could not be started: ${reasons[code] ?? lackingMeans(code) ?? messageOf(cause)} (${code})`,
  }
}

/** Sends a signal; false when there is nobody to receive it, or it is not ours. */
export function signal(pid: number, name: 'SIGKILL' | 'SIGSTOP'): boolean {
  try {
    return process.kill(pid, name)
  } catch {
    // ESRCH: it is gone already, which is what was wanted. EPERM: another user's, which the next scan still shows.
    return false
  }
}

/** Resolves when the promise does, or after `ms`; the timer never outlives it. */
export async function within(promise: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), ms)
  })
  try {
    return await Promise.race([promise.then(() => true), late])
  } finally {
    clearTimeout(timer)
  }
}
