import { createServer, type Server } from 'node:net'
import { OrchestratorError } from '../errors.ts'
import { lackingMeans } from './no-means.ts'

/** Ports that one slot has to itself, one after the other. */
export interface PortRange {
  readonly first: number
  readonly count: number
}

/** Ranges of ports, one for each slot, that no other slot of this machine has. Disposing gives them back. */
export interface PortLeases extends AsyncDisposable {
  /** The range of a slot, the same one each time it is asked for; null where slots have none. */
  of(slot: string): Promise<PortRange | null>
}

/** Where ranges are taken from: so many pieces of ten ports, and behind them one guard for each piece. */
interface PortArea {
  readonly first: number
  readonly pieces: number
}

/** Below the ports that systems hand out by themselves. */
const AREA: PortArea = { first: 20_000, pieces: 1_000 }
/** Ranges are made of pieces of the same size, so that those of different sizes cannot overlap either. */
const PIECE = 10

/**
 * Whoever has a piece listens on its guard, on the loopback. The system gives a guard to one process only and takes it
 * back when that process ends, however it does: nothing is left to be tidied up after a kill.
 */
export function openPortLeases(size: number, area: PortArea = AREA): PortLeases {
  const guards: Server[] = []
  const known = new Map<string, Promise<PortRange>>()
  let last: Promise<unknown> = Promise.resolve()
  let next = 0
  const leaseNext = async (): Promise<PortRange> => {
    // Of two that begin at the same piece one gets it whole: a block begins at a multiple of its own size, a power of two.
    const pieces = 2 ** Math.ceil(Math.log2(Math.ceil(size / PIECE)))
    while (next + pieces <= area.pieces) {
      const piece = next
      next += pieces
      const taken = await takePieces(area, piece, pieces).catch((thrown: unknown) => {
        next = piece
        throw thrown
      })
      if (taken === null) continue
      guards.push(...taken)
      return { first: area.first + piece * PIECE, count: size }
    }
    throw noneLeft(area, size)
  }
  return {
    of: async (slot) => {
      if (size === 0) return null
      const lease = known.get(slot) ?? last.then(leaseNext)
      known.set(slot, lease)
      // Who asks again is not told of what was lacking before.
      last = lease.catch(() => void known.delete(slot))
      return await lease
    },
    [Symbol.asyncDispose]: async () => {
      await last
      await Promise.all(guards.splice(0).map(closed))
    },
  }
}

/** The variables by which a command learns of its range. */
export function portVariables(range: PortRange | null): Record<string, string> {
  return range === null ? {} : { TDD_PORT_BASE: String(range.first), TDD_PORT_COUNT: String(range.count) }
}

/** The guards of so many pieces, or null where one of them is another's or something else listens in it. */
async function takePieces(area: PortArea, first: number, count: number): Promise<Server[] | null> {
  const taken: Server[] = []
  try {
    for (let piece = first; piece < first + count; piece += 1) {
      const guard = await listen(guardOf(area, piece), LOOPBACK)
      if (guard !== null) taken.push(guard)
      if (guard !== null && (await isFree(area.first + piece * PIECE))) continue
      await Promise.all(taken.splice(0).map(closed))
      return null
    }
    return taken.splice(0)
  } finally {
    await Promise.all(taken.map(closed))
  }
}

function guardOf({ first, pieces }: PortArea, piece: number): number {
  return first + PIECE * pieces + piece
}

/** Whether nobody listens on any port of a piece: not every program on a machine asks us. */
async function isFree(first: number): Promise<boolean> {
  const ports = Array.from({ length: PIECE }, (_, index) => first + index)
  const tried = await Promise.all(
    ports.map(async (port) => {
      for (const address of [LOOPBACK, EVERYWHERE]) {
        const server = await listen(port, address)
        if (server === null) return false
        await closed(server)
      }
      return true
    }),
  )
  return tried.every(Boolean)
}

const LOOPBACK = '127.0.0.1'
const EVERYWHERE = '0.0.0.0'

/** Null where it cannot be listened on. Throws `slot_failed` where no socket can be had. */
function listen(port: number, host: string): Promise<Server | null> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy())
    // It must not keep the process alive that has it.
    server.unref()
    server.once('error', (cause) => {
      const lacking = 'code' in cause ? lackingMeans(String(cause.code)) : null
      if (lacking === null) resolve(null)
      else reject(new OrchestratorError('slot_failed', `ports cannot be tried: ${lacking}`, { cause }))
    })
    server.listen({ port, host, exclusive: true }, () => resolve(server))
  })
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()))
}

function noneLeft(area: PortArea, size: number): OrchestratorError {
  return new OrchestratorError(
    'slot_failed',
    `no ${size} ports in a row are free from ${area.first} to ${guardOf(area, 0) - 1}, or none can be listened on`,
    { hint: 'End what listens there, or set run.ports in .tdd/config.toml to fewer, or to 0 for none.' },
  )
}
