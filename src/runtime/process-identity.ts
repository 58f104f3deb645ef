import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import { systemClock } from './clock.ts'
import { hasCode } from './has-code.ts'

/** What tells a process from every other one, on every machine, also after its number was given to another. */
export interface ProcessIdentity {
  readonly host: string
  /** Changes with each start of the machine. Behind a space, where numbers of processes are counted anew as in a container: which counting it is. */
  readonly bootId: string
  readonly pid: number
  /** When it started, in units of the system; empty where the system does not tell. */
  readonly processStart: string
}

/** The identity of this process. */
export function processIdentity(): ProcessIdentity {
  const counting = `${bootId()} ${namespace()}`.trim()
  return { host: hostname(), bootId: counting, pid: process.pid, processStart: startOf(process.pid) ?? '' }
}

/**
 * Whether that very process lives on this machine. Null when it belongs to another machine, or to another container of this one,
 * and cannot be known.
 */
export function isAlive(identity: ProcessIdentity): boolean | null {
  if (identity.host !== hostname()) return null
  if (!isOfThisBoot(identity)) return false
  if (isInOtherContainer(identity)) return null
  if (!isOfOne(identity.pid) || !hasProcess(identity.pid)) return false
  const start = startOf(identity.pid)
  return start === null || identity.processStart === '' || start === identity.processStart
}

/** Whether it belongs to another container of this machine: its number is another one here. */
export function isInOtherContainer(identity: ProcessIdentity): boolean {
  const [, counting = ''] = identity.bootId.split(' ')
  return identity.host === hostname() && isOfThisBoot(identity) && counting !== namespace()
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

function isOfThisBoot(identity: ProcessIdentity): boolean {
  return identity.bootId.split(' ')[0] === bootId()
}

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
    if (hasCode(thrown, 'ESRCH')) return false
    if (name === 0) return true
    throw thrown
  }
}

/** That of the whole machine has the same number everywhere (include/linux/proc_ns.h). */
const OF_THE_MACHINE = 'pid:[4026531836]'

/** The counting of processes that this one is in; empty for that of the whole machine, and where there is no other. */
function namespace(): string {
  try {
    const name = readlinkSync('/proc/self/ns/pid')
    return name === OF_THE_MACHINE ? '' : name
  } catch {
    // Other systems have no /proc.
    return ''
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
