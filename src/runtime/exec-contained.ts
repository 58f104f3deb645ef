import { realpathSync } from 'node:fs'
import { constants } from 'node:os'
import {
  type BubblewrapFeatures,
  bubblewrapOptions,
  HIDDEN_ADVICE,
  hiddenProgram,
  planSandbox,
} from './bubblewrap.ts'
import type { DiskGuard, Guarded } from './disk-guard.ts'
import type { ContainedCommand, ExecEnd, ExecResult } from './exec.ts'
import { endAll, pause, ProcessFamily } from './exec-ending.ts'
import { type Launch, launch, type ProcessEnd, type Running, signal, within } from './exec-launch.ts'
import { OutputKeeper } from './exec-output.ts'
import { type Watch, watchLimits } from './exec-watch.ts'
import type { ProcessSampler, Sampling } from './process-sampler.ts'
import { lookUp, MARK_VARIABLE, type ProcessRow, type ProcessSource } from './process-tree.ts'

interface ContainedSetup {
  readonly source: ProcessSource
  /** Shared by all commands that are watched; see `sharedListing`. */
  readonly list: () => Promise<readonly ProcessRow[]>
  /** Null where there is no sandbox. */
  readonly sandbox: { readonly program: string; readonly features: BubblewrapFeatures } | null
  readonly homes: readonly string[]
  /** Shared by all commands that write to the same disk. */
  readonly disk: DiskGuard
  readonly mark: string
  /** Null where the platform does not tell what processes use. */
  readonly sampler: ProcessSampler | null
}

/** How long output may trail once every process of the command is dead. */
const TRAILING_MS = 2_000
/** How long one that is to be killed may live on for a last look at what it uses. */
const LAST_LOOK_MS = 500
/** A command may print this many times the limit before that ends it. */
const OUTPUT_FACTOR = 16

/** Runs one contained command to its end, whatever that end is, and leaves no process of it behind. */
export async function runContained(
  setup: ContainedSetup,
  command: ContainedCommand,
  abort?: AbortSignal,
): Promise<ExecResult> {
  const began = performance.now()
  const output = new OutputKeeper(command.limits.outputBytes)
  const finish = (end: ExecEnd): ExecResult => ({
    end,
    ...output.finish(),
    durationMs: performance.now() - began,
  })
  if (abort?.aborted === true) return finish({ kind: 'aborted' })
  const prepared = prepare(setup, command)
  if ('failure' in prepared) return finish({ kind: 'not_started', ...prepared.failure })

  const guarded = guard(setup, command)
  let watch: Watch | null = null
  let sampling: Sampling | null = null
  const inner = new SandboxStatus((first) => sampling?.rest(remains(running.pid, first)))
  let broken: { cause: unknown } | null = null
  const running = launch(withStatus(prepared, inner), (stream, chunk) => {
    output.add(stream, chunk)
    watch?.heard()
    if (output.totalBytes > command.limits.outputBytes * OUTPUT_FACTOR) {
      watch?.stop({ kind: 'limit', which: 'output' })
    }
    if (stream === 'stderr' || broken !== null) return
    try {
      command.onStdout?.(chunk)
    } catch (cause) {
      broken = { cause }
      watch?.stop({ kind: 'aborted' })
    }
  })
  if (running.pid === null) {
    guarded?.end()
    return finish(await running.exited)
  }

  const startTicks = lookUp(running.pid)?.startTicks ?? null
  const sandboxed = setup.sandbox !== null
  const root = { pid: running.pid, startTicks, mark: setup.mark, sandboxed }
  const family = new ProcessFamily(setup.source, root)
  watch = watchLimits({ ...setup, limits: command.limits, guarded, family, abort })
  if (command.onSample !== undefined)
    sampling = setup.sampler?.watch({ family, hear: command.onSample }) ?? null
  const first = await Promise.race([running.exited, watch.stopped])
  const failed = first.kind !== 'exited' || first.code !== 0
  const end = isProcessEnd(first) ? ((await watch.lastFault(failed)) ?? first) : first
  watch.dispose()
  if (sampling !== null && !isProcessEnd(first)) await lastLook(sampling, watch.seenBytes())
  sampling?.stop()
  await endEverything({ running, family, inner, sandboxed, ended: isProcessEnd(first) })
  if (!(await within(running.closed, TRAILING_MS))) running.dropOutput()
  if (broken !== null) throw (broken as { cause: unknown }).cause
  const result = finish(end)
  return setup.sandbox === null || !isProcessEnd(end)
    ? result
    : { ...result, end: explained(inner.translate(end, result.stderr), prepared.hiddenProgram) }
}

/** Before it is started: what it writes in its first moment counts. */
function guard({ disk }: ContainedSetup, { writable, limits }: ContainedCommand): Guarded | null {
  const [first, ...rest] = writable.filter((path) => !writable.some((other) => path.startsWith(`${other}/`)))
  return first === undefined ? null : disk.guard([first, ...rest], limits.diskBytes)
}

async function lastLook(sampling: Sampling, seenBytes: number): Promise<void> {
  const look = sampling.lastLook(seenBytes).catch(() => {
    // Descriptors are used up, say: one sample less, and no reason to let it live.
  })
  await within(look, LAST_LOOK_MS)
}

/** The loader says of a program that is hidden only that there is none. */
function explained(end: ProcessEnd, hiddenProgram: () => string | null): ProcessEnd {
  const hidden = end.kind === 'not_started' && end.code === 'ENOENT' ? hiddenProgram() : null
  if (hidden === null) return end
  return { kind: 'not_started', code: 'HIDDEN', message: `the sandbox hides ${hidden}. ${HIDDEN_ADVICE}` }
}

interface Prepared {
  readonly launch: Launch
  readonly options: readonly string[] | null
  readonly hiddenProgram: () => string | null
}

function prepare(
  { sandbox, homes, mark }: ContainedSetup,
  command: ContainedCommand,
): Prepared | { failure: { code: string; message: string } } {
  const env = { ...command.env, [MARK_VARIABLE]: mark }
  const stdin = command.stdin === undefined ? {} : { stdin: command.stdin }
  if (sandbox === null) {
    const cwd = realOrNull(command.cwd)
    if (cwd === null) {
      return { failure: { code: 'ENOENT', message: `the working directory ${command.cwd} does not exist` } }
    }
    const start = { argv: command.argv, cwd, env: { ...env, PWD: cwd }, ...stdin }
    return { launch: start, options: null, hiddenProgram: () => null }
  }
  const planned = planSandbox({ command, env, features: sandbox.features, homes })
  if ('failure' in planned) return planned
  // Only the mark is in bubblewrap's own environment: the command's could make the loader run its code outside.
  const own = { [MARK_VARIABLE]: mark }
  const argv = [sandbox.program, '--args', '3', '--json-status-fd', '4', '--', ...command.argv] as const
  return {
    launch: { argv, cwd: '/', env: own, ...stdin },
    options: bubblewrapOptions(planned.plan),
    hiddenProgram: () => hiddenProgram(planned.plan, command),
  }
}

function withStatus(prepared: Prepared, inner: SandboxStatus): Launch {
  if (prepared.options === null) return prepared.launch
  const feed = Buffer.from(prepared.options.map((option) => `${option}\0`).join(''))
  return { ...prepared.launch, descriptors: { feed, onStatus: (text) => inner.read(text) } }
}

function realOrNull(path: string): string | null {
  try {
    return realpathSync(path)
  } catch {
    // Missing or not ours to enter: the caller turns it into a result.
    return null
  }
}

/** bubblewrap and the first process of its sandbox, which have waited for all others, as far as they are still there. */
function remains(outer: number | null, first: FirstProcess | null): ProcessRow[] {
  const inner = first === null ? null : lookUp(first.pid)
  const found = [
    outer === null ? null : lookUp(outer),
    inner?.startTicks === first?.startTicks ? inner : null,
  ]
  return found.filter((row) => row !== null)
}

function isProcessEnd(end: ExecEnd): end is ProcessEnd {
  return end.kind === 'exited' || end.kind === 'signaled' || end.kind === 'not_started'
}

interface Ending {
  readonly running: Running
  readonly family: ProcessFamily
  readonly inner: SandboxStatus
  readonly sandboxed: boolean
  /** The first process ended by itself. */
  readonly ended: boolean
}

/** Under a sandbox the end of its first process ends all others; elsewhere each one has to be found. */
async function endEverything({ running, family, inner, sandboxed, ended }: Ending): Promise<void> {
  if (sandboxed && running.pid !== null && (ended || inner.known)) {
    if (!ended) signal(running.pid, 'SIGKILL')
    await within(running.exited, TRAILING_MS)
    await inner.killed()
    if (inner.known) return
  }
  await endAll(() => family.everyone())
  await within(running.exited, TRAILING_MS)
}

const SIGNALS_OF_A_CRASH = new Set(
  'SIGILL SIGTRAP SIGABRT SIGBUS SIGFPE SIGKILL SIGSEGV SIGTERM SIGSYS'.split(' '),
)

interface FirstProcess {
  readonly pid: number
  readonly startTicks: number
}

/** What bubblewrap tells about the inside of its sandbox. */
class SandboxStatus {
  #text = ''
  #first: FirstProcess | null = null
  #gone = false
  readonly #onEnd: (first: FirstProcess | null) => void

  /** `onEnd`: told, with the first process of the sandbox, that its command has ended. Both may still be there, with their time. */
  constructor(onEnd: (first: FirstProcess | null) => void) {
    this.#onEnd = onEnd
  }

  read(text: string): void {
    this.#text += text
    if (text.includes('"exit-code"')) this.#onEnd(this.#first)
    const pid = Number(/"child-pid": *(\d+)/.exec(this.#text)?.[1])
    if (this.#first !== null || this.#gone || !Number.isInteger(pid)) return
    const row = lookUp(pid)
    if (row === null || row.inert) this.#gone = true
    else this.#first = { pid, startTicks: row.startTicks }
  }

  /** Whether the first process of the sandbox has been heard of. */
  get known(): boolean {
    return this.#first !== null || this.#gone
  }

  /** Kills the first process of the sandbox and waits until the kernel has taken all others down with it. */
  async killed(): Promise<void> {
    for (let round = 0; round < 200; round++) {
      if (this.#first === null) return
      const row = lookUp(this.#first.pid)
      if (row === null || row.inert || row.startTicks !== this.#first.startTicks) return
      signal(this.#first.pid, 'SIGKILL')
      await pause(Math.min(1 + round, 50))
    }
  }

  /** Turns bubblewrap's own exit code into what became of the command. */
  translate(end: ProcessEnd, stderr: Buffer): ProcessEnd {
    if (end.kind !== 'exited') return end
    if (!this.#text.includes('"exit-code"')) {
      const message = stderr.toString('utf8').trim().split('\n').at(-1) ?? ''
      const missing = message.endsWith('No such file or directory')
      const code = missing ? 'ENOENT' : message.endsWith('Permission denied') ? 'EACCES' : 'SANDBOX'
      return { kind: 'not_started', code, message: message || 'the sandbox gave no reason' }
    }
    const name = Object.entries(constants.signals).find(([, number]) => number === end.code - 128)?.[0]
    if (name !== undefined && SIGNALS_OF_A_CRASH.has(name)) return { kind: 'signaled', signal: name }
    return end
  }
}
