import { type ChildProcess, spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { endProcess } from './end-process.ts'
import { lastWords } from './last-words.ts'

const READY_MS = 60_000

/** A server of the bench's own, on the loopback, which takes its data away with it when it ends. */
export interface Server extends AsyncDisposable {
  readonly version: string
  readonly port: number
}

interface ServerStart {
  readonly argv: readonly [string, ...string[]]
  /** Its own directory, removed when it has ended. */
  readonly directory: string
  /** What it prints once it can be asked. */
  readonly ready: string
  readonly endBy: NodeJS.Signals
  readonly env: Readonly<Record<string, string>>
  readonly account: Account
}

/** Whom a process runs as; nothing where it is whoever runs this one. */
export type Account = { readonly uid: number; readonly gid: number } | Record<string, never>

const INTERRUPTIONS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Starts a server and answers when it can be asked. It does not outlive this process, but where that is killed. */
export async function startServer(start: ServerStart): Promise<AsyncDisposable> {
  const { argv, directory, account } = start
  const [program, ...args] = argv
  const child = spawn(program, args, {
    cwd: directory,
    env: { PATH: process.env['PATH'], LC_ALL: 'C', ...start.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...account,
  })
  const remove = (): void => rmSync(directory, { recursive: true, force: true, maxRetries: 3 })
  const abandon = (): void => {
    child.kill('SIGKILL')
    remove()
  }
  const exit = (): void => process.exit(1)
  process.once('exit', abandon)
  for (const signal of INTERRUPTIONS) process.once(signal, exit)
  const end = async (): Promise<void> => {
    await endProcess(child, start.endBy)
    process.off('exit', abandon)
    for (const signal of INTERRUPTIONS) process.off(signal, exit)
    remove()
  }
  try {
    await untilReady(child, start.ready)
  } catch (error) {
    await end()
    throw error
  }
  return { [Symbol.asyncDispose]: end }
}

function untilReady(child: ChildProcess, ready: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const words = lastWords(child, (kept) => {
    if (kept.includes(ready)) resolve()
  })
  const fail = (how: string): void =>
    reject(new Error(`${child.spawnfile} ${how} before it said ${JSON.stringify(ready)}: ${words()}`))
  const late = setTimeout(() => fail(`took longer than ${READY_MS} ms`), READY_MS)
  child.once('error', (error) => fail(`could not be started (${error.message})`))
  child.once('close', (code, signal) => fail(`ended with ${code ?? signal}`))
  return promise.finally(() => clearTimeout(late))
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  await new Promise((done) => server.close(done))
  return port
}
