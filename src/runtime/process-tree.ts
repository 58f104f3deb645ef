import { closeSync, openSync, readdirSync, readSync } from 'node:fs'

/** What is known of one living process. */
export interface ProcessRow {
  readonly pid: number
  readonly parent: number
  readonly group: number
  readonly session: number
  /** Ticks since boot on Linux, seconds since the epoch elsewhere; with the pid it names one process for good. */
  readonly startTicks: number
  /** Processor time of it and of the children that it has waited for, in hundredths of a second; 0 where the platform does not tell. */
  readonly cpuTicks: number
  /** Dead and only waiting for its parent to notice, or a thread of the kernel: never of interest. */
  readonly inert: boolean
}

export interface MarkedProcess {
  readonly pid: number
  readonly mark: string
}

/** The variable by which a process of a contained command is recognised wherever it has gone. */
export const MARK_VARIABLE = 'TDD_MARK'

/** How this platform tells about its processes. */
export interface ProcessSource {
  list(): Promise<ProcessRow[]>
  /** Those among `rows` whose environment has a mark with this prefix. */
  marked(rows: readonly ProcessRow[], prefix: string): Promise<{ found: MarkedProcess[]; unsure: boolean }>
  /** Memory of these processes together; pages of files, which many share, are left out where the platform tells. */
  memoryBytes(pids: readonly number[]): Promise<number>
}

/**
 * Decides which rows belong to a command: its first process, whatever descends from that or from a process known
 * before, and whatever shares the group or session that it leads.
 */
export function familyOf(
  rows: readonly ProcessRow[],
  root: number,
  known: ReadonlyMap<number, number>,
): ProcessRow[] {
  const members = new Map<number, ProcessRow>()
  const children = Map.groupBy(rows, (row) => row.parent)
  // A number is given away again only when no group or session of that name is left: then nobody of ours is either.
  const reused = known.has(root) && rows.some((row) => row.pid === root && row.startTicks !== known.get(root))
  const belongs = (row: ProcessRow): boolean =>
    row.pid === root || row.group === root || row.session === root || row.parent === root
  const open = rows.filter((row) => known.get(row.pid) === row.startTicks || (!reused && belongs(row)))
  for (let row = open.pop(); row !== undefined; row = open.pop()) {
    if (members.has(row.pid)) continue
    members.set(row.pid, row)
    open.push(...(children.get(row.pid) ?? []))
  }
  return [...members.values()]
}

/** Reads /proc. Slices keep the event loop free on machines with thousands of processes. */
export const linuxProcesses: ProcessSource = {
  async list() {
    const rows: ProcessRow[] = []
    await inSlices(pidsOf('/proc'), (pid) => {
      const row = parseStat(read(`/proc/${pid}/stat`).toString('latin1'))
      if (row !== null) rows.push(row)
    })
    return rows
  },
  async marked(rows, prefix) {
    const found: MarkedProcess[] = []
    let unsure = false
    const wanted = `${MARK_VARIABLE}=${prefix}`
    await inSlices(rows, (row) => {
      if (row.inert) return
      const environment = readOrNull(`/proc/${row.pid}/environ`)
      // Empty for an instant while a process becomes another program; whoever asks looks again.
      if (environment?.length === 0) unsure = true
      // Gone since it was listed, and with it what it may have started meanwhile.
      else if (environment === null && lookUp(row.pid)?.startTicks !== row.startTicks) unsure = true
      const mark = environment === null ? null : markIn(environment, wanted)
      if (mark !== null) found.push({ pid: row.pid, mark })
    })
    return { found, unsure }
  },
  async memoryBytes(pids) {
    let kibibytes = 0
    await inSlices(pids, (pid) => {
      for (const line of read(`/proc/${pid}/status`).toString('latin1').split('\n')) {
        if (!/^Rss(Anon|Shmem):/.test(line)) continue
        kibibytes += Number.parseInt(line.slice(line.indexOf(':') + 1), 10)
      }
    })
    return kibibytes * 1024
  },
}

/** One process now, or null when it is gone or the platform has no /proc. */
export function lookUp(pid: number): ProcessRow | null {
  return parseStat(read(`/proc/${pid}/stat`).toString('latin1'))
}

const KERNEL_THREAD = 0x00200000

/** One line of /proc/PID/stat; the name in parentheses may itself contain parentheses and spaces. */
export function parseStat(text: string): ProcessRow | null {
  const open = text.indexOf('(')
  const close = text.lastIndexOf(')')
  if (open < 0 || close < open) return null
  const fields = text.slice(close + 2).split(' ')
  const [state = '', parent, group, session] = fields
  return {
    pid: Number(text.slice(0, open)),
    parent: Number(parent),
    group: Number(group),
    session: Number(session),
    startTicks: Number(fields[19]),
    cpuTicks: Number(fields[11]) + Number(fields[12]) + Number(fields[13]) + Number(fields[14]),
    inert: state === 'Z' || state === 'X' || (Number(fields[6]) & KERNEL_THREAD) !== 0,
  }
}

function markIn(environment: Buffer, wanted: string): string | null {
  const at = environment.indexOf(wanted)
  if (at < 0 || (at > 0 && environment[at - 1] !== 0)) return null
  const end = environment.indexOf(0, at)
  return environment
    .subarray(at + MARK_VARIABLE.length + 1, end < 0 ? environment.length : end)
    .toString('latin1')
}

function pidsOf(directory: string): number[] {
  return readdirSync(directory)
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
}

function read(path: string): Buffer {
  return readOrNull(path) ?? Buffer.alloc(0)
}

/** Hundreds of such files are read at a time: one buffer serves all, and what is returned holds until the next call. */
let room = Buffer.allocUnsafe(64 * 1024)

function readOrNull(path: string): Buffer | null {
  let file: number | null = null
  try {
    file = openSync(path, 'r')
    let length = 0
    for (;;) {
      const bytes = readSync(file, room, length, room.length - length, null)
      if (bytes === 0) return room.subarray(0, length)
      length += bytes
      if (length === room.length) room = Buffer.concat([room], room.length * 2)
    }
  } catch {
    // The process ended between the listing and the reading, or belongs to another user.
    return null
  } finally {
    if (file !== null) closeSync(file)
  }
}

const SLICE = 64

async function inSlices<Item>(items: readonly Item[], visit: (item: Item) => void): Promise<void> {
  for (const [index, item] of items.entries()) {
    if (index > 0 && index % SLICE === 0) await new Promise(setImmediate)
    visit(item)
  }
}

/** Runs `ps` with these arguments and gives what it printed. */
type RunPs = (args: readonly string[]) => Promise<string>

/** For systems without /proc (macOS): the same answers from `ps`, which shows the environments of one's own processes. */
export function psProcesses(ps: RunPs): ProcessSource {
  return {
    async list() {
      return parsePsRows(await ps(['-axo', 'pid=,ppid=,pgid=,sess=,stat=,lstart=']))
    },
    async marked(rows, prefix) {
      const alive = new Set(rows.filter((row) => !row.inert).map((row) => row.pid))
      const found = parsePsMarks(await ps(['-axwwE', '-o', 'pid=,command=']), prefix)
      return { found: found.filter(({ pid }) => alive.has(pid)), unsure: false }
    },
    async memoryBytes(pids) {
      if (pids.length === 0) return 0
      const text = await ps(['-o', 'rss=', '-p', pids.join(',')])
      return text.split('\n').reduce((sum, line) => sum + (Number.parseInt(line, 10) || 0) * 1024, 0)
    },
  }
}

export function parsePsRows(text: string): ProcessRow[] {
  return text.split('\n').flatMap((line) => {
    const [pid, parent, group, session, state, ...start] = line.trim().split(/\s+/)
    if (state === undefined) return []
    return [
      {
        pid: Number(pid),
        parent: Number(parent),
        group: Number(group),
        // macOS prints an address or 0 here, which can never equal a pid of ours by meaning.
        session: Number(session) || 0,
        startTicks: (Date.parse(start.join(' ')) || 0) / 1000,
        cpuTicks: 0,
        inert: state.startsWith('Z'),
      },
    ]
  })
}

export function parsePsMarks(text: string, prefix: string): MarkedProcess[] {
  const wanted = ` ${MARK_VARIABLE}=${prefix}`
  return text.split('\n').flatMap((line) => {
    const at = line.indexOf(wanted)
    if (at < 0) return []
    const mark = line.slice(at + MARK_VARIABLE.length + 2).split(' ', 1)[0] ?? ''
    return [{ pid: Number.parseInt(line, 10), mark }]
  })
}
