import { spawnSync } from 'node:child_process'

const INSTALL_MS = 240_000

/**
 * Installs packages on a build machine of Debian; whether that helped, the caller finds out by the program itself. Several
 * test files may be at it at once: dpkg has one lock, and who comes later waits for it.
 */
export function aptInstall(...packages: readonly string[]): void {
  const install = ['install', '-y', '-q', '--no-install-recommends', ...packages]
  if (apt(...install)) return
  // Its lists may be none, or old.
  apt('update', '-q')
  apt(...install)
}

function apt(...args: readonly string[]): boolean {
  const { status, stderr, error } = spawnSync('apt-get', ['-o', 'DPkg::Lock::Timeout=120', ...args], {
    encoding: 'utf8',
    timeout: INSTALL_MS,
  })
  if (status !== 0) console.warn(`apt-get ${args.join(' ')}: ${error?.message ?? stderr}`)
  return status === 0
}
