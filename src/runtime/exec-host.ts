import { Readable, Writable } from 'node:stream'
import type { ExecEnd, ExecResult, HostCommand, HostSession } from './exec.ts'
import { launch, type Running, signal, within } from './exec-launch.ts'
import { OutputKeeper } from './exec-output.ts'
import { afterWatched, type WatchedTime } from './watched-time.ts'

const DEFAULT_OUTPUT_BYTES = 64 * 1024 * 1024
const DEFAULT_TIMEOUT_MS = 120_000
/** How long output may trail a process that has ended (something it started still holds it open). */
const TRAILING_MS = 1_000
/** How long a session may take to end by itself once its input has ended. */
const SESSION_GRACE_MS = 2_000
const SESSION_STDERR_BYTES = 64 * 1024

/** Runs one of our own tools to its end. More output than the limit ends it: half an answer is of no use to us. */
export async function runHost(command: HostCommand): Promise<ExecResult> {
  const began = performance.now()
  const limitBytes = command.outputBytes ?? DEFAULT_OUTPUT_BYTES
  const limitMs = command.timeoutMs ?? DEFAULT_TIMEOUT_MS
  const chunks = { stdout: [] as Buffer[], stderr: [] as Buffer[] }
  let bytes = 0
  let stop: (end: ExecEnd) => void = () => {}
  const stopped = new Promise<ExecEnd>((resolve) => {
    stop = resolve
  })
  const plan = command.laterStdin === undefined ? command : { ...command, openInput: true }
  const running = launch(plan, (stream, chunk) => {
    bytes += chunk.length
    if (bytes > limitBytes) return stop({ kind: 'limit', which: 'output' })
    chunks[stream].push(chunk)
  })
  let limit: WatchedTime | null = null
  let over = false
  const watch = (): void => {
    if (!over) limit = afterWatched(limitMs, () => stop({ kind: 'timeout', limitMs }))
  }
  if (command.laterStdin === undefined) watch()
  void command.laterStdin?.then((told) => {
    watch()
    running.child?.stdin?.end(told)
  })
  const finished = running.exited.then(async (end) => {
    await drain(running)
    return end
  })
  const end = await Promise.race([stopped, finished])
  over = true
  ;(limit as WatchedTime | null)?.end()
  if (end.kind === 'timeout' || end.kind === 'limit') {
    if (running.pid !== null && running.child?.exitCode === null) signal(-running.pid, 'SIGKILL')
    await within(running.exited, TRAILING_MS)
    running.dropOutput()
  }
  return {
    end,
    stdout: join(chunks.stdout),
    stderr: join(chunks.stderr),
    truncated: bytes > limitBytes,
    durationMs: performance.now() - began,
  }
}

function join(chunks: Buffer[]): Buffer {
  const [first] = chunks
  return chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks)
}

async function drain(running: Running): Promise<void> {
  if (running.pid === null) return running.dropOutput()
  if (!(await within(running.closed, TRAILING_MS))) running.dropOutput()
}

/** Starts one of our own tools and leaves its input and output to the caller. `timeoutMs` does not apply. */
export function openHostSession(command: HostCommand): HostSession {
  const began = performance.now()
  const stderr = new OutputKeeper(SESSION_STDERR_BYTES)
  const running = launch({ ...command, openInput: true }, null)
  running.child?.stderr?.on('data', (chunk: Buffer) => stderr.add('stderr', chunk))
  const stdin = running.child?.stdin ?? forgetting()
  const stdout = running.child?.stdout ?? Readable.from([])
  const ended = running.exited.then(async (end): Promise<ExecResult> => {
    if (running.pid !== null) await within(running.closed, TRAILING_MS)
    const kept = stderr.finish()
    return { end, ...kept, durationMs: performance.now() - began }
  })
  let closing: Promise<void> | null = null
  return {
    stdin,
    stdout,
    ended,
    close: () => {
      closing ??= closeSession(running, stdin)
      return closing
    },
  }
}

/** What is said to a process that did not start is lost, and no fault of who says it: its end tells. */
function forgetting(): Writable {
  return new Writable({ write: (_chunk, _encoding, taken) => taken() })
}

async function closeSession(running: Running, stdin: NodeJS.WritableStream): Promise<void> {
  if (running.pid === null) return running.dropOutput()
  stdin.end()
  // Whoever closes no longer reads; without a reader a full pipe would keep the process from ending.
  running.child?.stdout?.resume()
  if (!(await within(running.exited, SESSION_GRACE_MS))) {
    signal(-running.pid, 'SIGKILL')
    await within(running.exited, TRAILING_MS)
  }
  await within(running.closed, TRAILING_MS)
  running.dropOutput()
}
