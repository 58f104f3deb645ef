import { globSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { INSTALLED, runInstaller } from './install.ts'

/** The root below which packages of Debian are unpacked. */
export const DEBIAN = join(INSTALLED, 'debian')

const DOWNLOAD = 'install --yes --quiet --no-install-recommends --download-only'.split(' ')

/**
 * Unpacks a package of Debian, and those that it needs and the machine lacks, below the bench's own folder: nothing is
 * installed on the machine, and no service is started. Throws where there is no apt.
 */
export function unpackDebian(name: string): void {
  process.stderr.write(`bench: getting Debian's ${name}\n`)
  const archives = join(INSTALLED, 'archives')
  mkdirSync(join(archives, 'partial'), { recursive: true })
  mkdirSync(DEBIAN, { recursive: true })
  const options = ['-o', `Dir::Cache::archives=${archives}`, '-o', 'Debug::NoLocking=1']
  const download = (): void => runInstaller(['apt-get', ...DOWNLOAD, ...options, name], INSTALLED)
  try {
    download()
  } catch {
    // Its lists may be none, or old.
    runInstaller(['apt-get', 'update', '--quiet'], INSTALLED)
    download()
  }
  for (const file of globSync('*.deb', { cwd: archives }))
    runInstaller(['dpkg-deb', '--extract', join(archives, file), DEBIAN], INSTALLED)
  rmSync(archives, { recursive: true })
}

/** What a program needs in its environment that may come from there. */
export function debianLibraries(): Readonly<Record<string, string>> {
  const folders = globSync(['usr/lib/*-linux-gnu*', 'lib/*-linux-gnu*'], { cwd: DEBIAN })
  if (folders.length === 0) return {}
  return { LD_LIBRARY_PATH: folders.map((folder) => join(DEBIAN, folder)).join(':') }
}
