// Compiles src to dist with tsc and copies what is not TypeScript. With --if-stale, only when a source is newer.
// The new dist takes the place of the old one when it is whole: a build that fails leaves the old one as it was.
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const source = join(root, 'src')
const output = join(root, 'dist')
const next = join(root, `.dist-${process.pid}`)
const stamp = join(output, '.built')

if (process.argv.includes('--if-stale') && existsSync(stamp)) {
  const built = statSync(stamp).mtimeMs
  if (files(source).every((file) => statSync(file).mtimeMs < built)) process.exit(0)
}

process.stderr.write('Building dist.\n')
try {
  process.exitCode = build()
} finally {
  rmSync(next, { recursive: true, force: true })
}

function build() {
  // The time of its start: what changes while it compiles is newer than the stamp.
  writeFileSync(join(makeEmpty(next), '.built'), '')
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  const options = ['-p', join(root, 'tsconfig.build.json'), '--outDir', next, '--incremental', 'false']
  const result = spawnSync(process.execPath, [tsc, ...options], { stdio: ['ignore', 2, 2] })
  if (result.status !== 0) return result.status ?? 1
  cpSync(source, next, {
    recursive: true,
    filter: (path) => statSync(path).isDirectory() || !path.endsWith('.ts'),
  })
  chmodSync(join(next, 'cli', 'main.js'), 0o755)
  const old = `${next}-old`
  rmSync(old, { recursive: true, force: true })
  if (existsSync(output)) renameSync(output, old)
  renameSync(next, output)
  rmSync(old, { recursive: true, force: true })
  return 0
}

function makeEmpty(folder) {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder)
  return folder
}

function files(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}
