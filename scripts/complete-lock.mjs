// Completes package-lock.json with the platform packages that the registry at hand did not serve when the lock was
// made. Without their entries `npm ci` calls the lock out of step, also on machines that never install them.
// Run it after `npm install` has changed the lock.
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const file = join(dirname(fileURLToPath(import.meta.url)), '..', 'package-lock.json')
const lock = JSON.parse(readFileSync(file, 'utf8'))
const missing = Object.entries(lock.packages).flatMap(
  ([path, { optionalDependencies = {}, dev, license }]) =>
    path === ''
      ? []
      : Object.entries(optionalDependencies).map(([name, version]) => ({ name, version, dev, license })),
)
for (const { name, version, dev, license } of missing) {
  const path = `node_modules/${name}`
  const platform = platformOf(name)
  if (path in lock.packages || platform === null || !/^\d/.test(version)) continue
  lock.packages[path] = { version, ...platform, ...(dev === true ? { dev } : {}), license, optional: true }
}
lock.packages = Object.fromEntries(
  Object.entries(lock.packages).toSorted(([left], [right]) => left.localeCompare(right, 'en')),
)
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`)

/** `os`, `cpu` and `libc` as the package's own manifest says them; null for a name that names no platform. */
function platformOf(name) {
  const words = name.split('/').at(-1).split(/[-.]/)
  const one = (known) => known.find((word) => words.includes(word))
  const os = one(['android', 'darwin', 'linux', 'win32', 'freebsd', 'openharmony'])
  const cpu = one(['x64', 'arm64', 'arm', 'ia32', 'ppc64', 'riscv64', 's390x', 'loong64'])
  if (os === undefined || cpu === undefined) return null
  const libc = words.includes('musl') || words.includes('musleabihf') ? 'musl' : 'glibc'
  return { cpu: [cpu], ...(os === 'linux' ? { libc: [libc] } : {}), os: [os] }
}
