import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/** Everything that the bench installs for itself; git ignores it. */
export const INSTALLED = join(import.meta.dirname, '.installed')

const PACKAGES = join(INSTALLED, 'packages')
const MANIFESTS = ['package.json', 'package-lock.json']
const LONGEST_MS = 300_000

/**
 * Installs the peers of this folder's lock, once; later calls find them there. No script of a package runs: none of these
 * needs one. Answers their names and versions.
 */
export function installPeers(): Readonly<Record<string, string>> {
  if (!isInstalled()) {
    rmSync(PACKAGES, { recursive: true, force: true })
    mkdirSync(PACKAGES, { recursive: true })
    process.stderr.write('bench: installing the peers with npm\n')
    for (const name of MANIFESTS) copyFileSync(join(import.meta.dirname, name), join(PACKAGES, name))
    runInstaller(['npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund'], PACKAGES)
  }
  const manifest = readFileSync(join(PACKAGES, 'package.json'), 'utf8')
  return (JSON.parse(manifest) as { dependencies: Record<string, string> }).dependencies
}

function isInstalled(): boolean {
  // npm writes this file when it has done all else.
  if (!existsSync(join(PACKAGES, 'node_modules/.package-lock.json'))) return false
  return MANIFESTS.every((name) =>
    readFileSync(join(PACKAGES, name)).equals(readFileSync(join(import.meta.dirname, name))),
  )
}

/** Runs what installs something; throws with what it said where it fails. */
export function runInstaller(argv: readonly [string, ...string[]], cwd: string): void {
  const [program, ...args] = argv
  const options = { cwd, encoding: 'utf8', timeout: LONGEST_MS } as const
  const { status, stdout, stderr, error } = spawnSync(program, args, options)
  if (status === 0) return
  throw new Error(`${argv.join(' ')} failed: ${error?.message ?? `${stdout}${stderr}`}`)
}
