import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { systemClock } from './clock.ts'

/** What tells a process from every other one, on every machine, also after its number was given to another. */
export interface ProcessIdentity {
  readonly host: string
  /** Changes with each start of the machine. */
  readonly bootId: string
  readonly pid: number
  /** When it started, in units of the system; empty where the system does not tell. */
  readonly processStart: string
}

/** The identity of this process. */
export function processIdentity(): ProcessIdentity {
  return { host: hostname(), bootId: bootId(), pid: process.pid, processStart: startOf(process.pid) ?? '' }
}

/** Whether that very process lives on this machine. Null when it belongs to another machine and cannot be known. */
export function isAlive(identity: ProcessIdentity): boolean | null {
  if (identity.host !== hostname()) return null
  if (identity.bootId !== bootId() || !isOfOne(identity.pid) || !hasProcess(identity.pid)) return false
  const start = startOf(identity.pid)
  return start === null || identity.processStart === '' || start === identity.processStart
}

/** Kills exactly that process and resolves once it is gone. Only for one whose start is known: its number may be another's now. */
export async function endProcess(identity: ProcessIdentity): Promise<void> {
  for (let waits = 0; isAlive(identity) === true; waits += 1) {
    if (waits === LONGEST_WAITS) throw new Error(`process ${identity.pid} does not end`)
    signal(identity.pid, 'SIGKILL')
    await systemClock.sleep(WAIT_MS)
  }
}

const WAIT_MS = 20
const LONGEST_WAITS = 500

/** To the system 0 and below are groups of processes, and all there are: a damaged record must not name these. */
function isOfOne(pid: number): boolean {
  return Number.isSafeInteger(pid) && pid > 0
}

function hasProcess(pid: number): boolean {
  return signal(pid, 0)
}

/** False when there is no such process. One of another user exists all the same. */
function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name)
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ESRCH') return false
    if (name === 0) return true
    throw thrown
  }
}

const STATE_FIELD = 0
const START_FIELD = 19

/** Field 22 of /proc/<pid>/stat; a process that has ended and waits to be collected has no start. Null where /proc does not tell. */
function startOf(pid: number): string | null {
  const stat = readText(`/proc/${pid}/stat`)
  if (stat === null) return null
  // The second field is the name in parentheses and may itself hold spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields[STATE_FIELD] === 'Z' || fields[STATE_FIELD] === 'X' ? 'ended' : (fields[START_FIELD] ?? null)
}

/** Constant where the kernel gives no id: a time that is computed would jitter and make a living process look dead. */
function bootId(): string {
  return readText('/proc/sys/kernel/random/boot_id')?.trim() ?? 'unknown'
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // Other systems have no /proc, and a process may end between two looks: both mean that nothing can be read.
    return null
  }
}
