import type { DiskFault } from './disk-guard.ts'
import type { Readable } from 'node:stream'

/**
 * The only door to other processes. Two ways through it: `host` for our own git and tools, and `contained` for
 * everything that a repository, a person's configuration or an agent brings along.
 */
export interface Exec {
  /** Runs one of our own tools (git) outside any containment. */
  host(command: HostCommand): Promise<ExecResult>
  /** Starts a long-lived tool of our own and talks to it (git cat-file --batch). */
  hostSession(command: HostCommand): HostSession
  /** Runs a command that is not ours, contained as well as the machine allows. No process of it is left when this resolves. */
  contained(command: ContainedCommand, signal?: AbortSignal): Promise<ExecResult>
  /** Whether `contained` has a sandbox on this machine, and which. */
  containment(): Promise<ContainmentReport>
  /**
   * Kills the processes that an earlier owner of ours left behind when it was killed, and resolves with their number.
   * Without a sandbox nothing else ends them. Commands that this very object is running are never touched.
   */
  endOrphans(ownerId: string): Promise<number>
}

export interface HostCommand {
  readonly argv: readonly [string, ...string[]]
  readonly cwd?: string
  /** The whole environment; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>
  readonly stdin?: string | Uint8Array
  /** In place of `stdin`: it is started at once, is told this when it is known (it never rejects), and its time runs from then on. */
  readonly laterStdin?: Promise<string | Uint8Array>
  /** Default 64 MiB. */
  readonly outputBytes?: number
  /** Default 120 s. */
  readonly timeoutMs?: number
}

export interface HostSession {
  readonly stdin: NodeJS.WritableStream
  readonly stdout: NodeJS.ReadableStream
  /** Resolves once the process is gone. */
  readonly ended: Promise<ExecResult>
  /** Ends it; may be called twice. */
  close(): Promise<void>
}

export interface ContainedCommand {
  readonly argv: readonly [string, ...string[]]
  readonly cwd: string
  /** The whole environment; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>
  /** A text, or what is written to a stream while the command runs; the stream is destroyed with the command's input. */
  readonly stdin?: string | Readable
  /** Directories the command may write: its slot, its report directory. Everything else is read-only under a sandbox. */
  readonly writable: readonly string[]
  /** Inside `writable`, paths that stay read-only (dependency directories of a proof slot). */
  readonly readOnly: readonly string[]
  /** Directories that are not visible under a sandbox: store, object store, the user's repository, other slots. `writable` inside them stays visible. */
  readonly hidden: readonly string[]
  /** Paths inside hidden directories that stay visible, read-only. Default none. */
  readonly visible?: readonly string[]
  readonly limits: ExecLimits
  /** Called with each piece of output as it comes. */
  readonly onStdout?: (chunk: Buffer) => void
  /** Called every two seconds, and before it is killed, with what its processes use; never where the platform has no /proc. */
  readonly onSample?: (sample: ProcessSample) => void
}

/** What the processes of one command use. Processor time is that since the last sample of the command. */
export type ProcessSample =
  | {
      readonly kind: 'look'
      /** Monotonic milliseconds; the same for all commands that were looked at together. */
      readonly at: number
      readonly cpuMs: number
      /** Pages of files left out. What processes share without a file (shared memory, or not written to since a fork) counts once for each. */
      readonly bytes: number
      /** The living; those of the sandbox itself left out. */
      readonly processes: number
    }
  /** It has ended; told where its sandbox still could be asked. */
  | { readonly kind: 'rest'; readonly cpuMs: number }

/** Time in which our own process was stopped, or the machine slept, counts for none of them. */
export interface ExecLimits {
  readonly wallMs: number
  /** stdout and stderr together; the head and the tail are kept. Reaching it does not end the command unless it writes 16 times as much. */
  readonly outputBytes: number
  /** Resident memory of all its processes together; null for no limit. */
  readonly memoryBytes: number | null
  readonly processes: number | null
  /** What it may write to `writable` in addition to what is there, as room on the disk; null for no limit but the room that the disk has. */
  readonly diskBytes: number | null
  /** Ends the command when it was silent for so long; null for no limit. */
  readonly stallMs: number | null
}

/** Success and failure share one shape; the cause is data. */
export interface ExecResult {
  readonly end: ExecEnd
  readonly stdout: Buffer
  readonly stderr: Buffer
  /** Output beyond the limit was dropped. */
  readonly truncated: boolean
  readonly durationMs: number
}

export type ExecEnd =
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'signaled'; readonly signal: string }
  | { readonly kind: 'timeout'; readonly limitMs: number }
  | { readonly kind: 'stalled'; readonly limitMs: number }
  | { readonly kind: 'aborted' }
  | { readonly kind: 'limit'; readonly which: 'output' | 'memory' | 'processes' | DiskFault }
  | { readonly kind: 'not_started'; readonly code: string; readonly message: string }

export interface ContainmentReport {
  readonly contained: boolean
  readonly by: 'bubblewrap' | 'process_group'
  /** Why there is no sandbox and how to get one; null when there is. */
  readonly advice: string | null
}
