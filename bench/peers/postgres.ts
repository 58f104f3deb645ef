import { spawnSync } from 'node:child_process'
import { chownSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { debianLibraries } from './debian.ts'
import { postgresBinaries } from './postgres-binaries.ts'
import { type Account, freePort, type Server, startServer } from './server.ts'

const INIT_MS = 120_000
const INITIAL = '-U postgres -A trust -E UTF8 --locale=C --no-sync'.split(' ')
const SETTINGS = '-c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=200'.split(' ')

/**
 * A PostgreSQL with its data in a new directory below `parent`, as it comes: every commit is flushed (`fsync` and
 * `synchronous_commit` are on). Only the number of connections is raised, for peers with many workers.
 */
export async function startPostgres(parent: string): Promise<Server> {
  const { bin, version } = postgresBinaries()
  const account = accountOfServer()
  const directory = mkdtempSync(join(parent, 'postgres-'))
  if (account.uid !== undefined) chownSync(directory, account.uid, account.gid)
  const data = join(directory, 'data')
  const env = debianLibraries()
  const made = spawnSync(join(bin, 'initdb'), ['-D', data, ...INITIAL], {
    cwd: directory,
    env: { PATH: process.env['PATH'], LC_ALL: 'C', ...env },
    encoding: 'utf8',
    timeout: INIT_MS,
    ...account,
  })
  if (made.status !== 0) {
    rmSync(directory, { recursive: true, force: true })
    throw new Error(`initdb in ${directory}: ${made.error?.message ?? made.stderr}`)
  }
  const port = await freePort()
  const server = await startServer({
    argv: [join(bin, 'postgres'), '-D', data, '-p', String(port), ...SETTINGS],
    directory,
    ready: 'database system is ready to accept connections',
    // A fast shutdown: it does not wait for clients.
    endBy: 'SIGINT',
    env,
    account,
  })
  return { ...server, version, port }
}

/** Whoever runs this; but it refuses root, so then the account that is made for it, or nobody. */
function accountOfServer(): Account {
  if (process.getuid?.() !== 0) return {}
  const accounts = readFileSync('/etc/passwd', 'utf8')
  const [, uid, gid] =
    /^postgres:[^:]*:(\d+):(\d+):/m.exec(accounts) ?? /^nobody:[^:]*:(\d+):(\d+):/m.exec(accounts) ?? []
  if (uid === undefined)
    throw new Error('PostgreSQL does not run as root, and there is no account postgres or nobody')
  return { uid: Number(uid), gid: Number(gid) }
}
