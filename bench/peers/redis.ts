import { spawnSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { DEBIAN, debianLibraries, unpackDebian } from './debian.ts'
import { freePort, type Server, startServer } from './server.ts'

const PROGRAMS = ['redis-server', join(DEBIAN, 'usr/bin/redis-server')]

const SETTINGS = ['--bind', '127.0.0.1', '--maxmemory-policy', 'noeviction', '--save', '']
const KEPT = {
  everysec: ['--appendonly', 'yes', '--appendfsync', 'everysec'],
  none: ['--appendonly', 'no'],
}

/**
 * A Redis with its data in a new directory below `parent`: with its log written and flushed every second, as the manual of
 * BullMQ asks for, or with nothing kept at all. Whole dumps beside the log are off, which spares it work.
 */
export async function startRedis(
  parent: string,
  { persistence }: { readonly persistence: keyof typeof KEPT },
): Promise<Server> {
  const { program, version } = redisProgram()
  const directory = mkdtempSync(join(parent, 'redis-'))
  const port = await freePort()
  const place = ['--port', String(port), '--dir', directory]
  const server = await startServer({
    argv: [program, ...place, ...SETTINGS, ...KEPT[persistence]],
    directory,
    ready: 'Ready to accept connections',
    endBy: 'SIGTERM',
    env: debianLibraries(),
    account: {},
  })
  return { ...server, version, port }
}

/** The one on PATH, or Debian's. */
function redisProgram(): { readonly program: string; readonly version: string } {
  const found = firstThatRuns()
  if (found !== null) return found
  unpackDebian('redis-server')
  const unpacked = firstThatRuns()
  if (unpacked === null) throw new Error('redis-server does not run here: put one on PATH')
  return unpacked
}

function firstThatRuns(): { readonly program: string; readonly version: string } | null {
  const env = { ...process.env, ...debianLibraries() }
  for (const program of PROGRAMS) {
    const { status, stdout } = spawnSync(program, ['--version'], { env, encoding: 'utf8' })
    if (status === 0) return { program, version: /v=(\S+)/.exec(stdout)?.[1] ?? stdout.trim() }
  }
  return null
}
