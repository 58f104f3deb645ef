// Makes dist: rolldown puts the modules of src together into few files (ADR-0017), tsc writes the declarations of the
// library, and what is not TypeScript is copied. It checks no types: `npm run types` does. With --if-stale, only when
// something that goes into it is newer. The new dist takes the place of the old one when it is whole: a build that fails
// leaves the old one as it was.
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
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

/** What is started by itself: the program, the library, the thread of the store and the player of recorded sessions. */
const ENTRIES = ['cli/main', 'index', 'store/sqlite-thread', 'agents/scripted-player']
/** Stays a package of its own: native code, and what a person's own telemetry shares with us. */
const EXTERNAL = /^(?:node:|@ast-grep\/|@opentelemetry\/)/

if (process.argv.includes('--if-stale') && existsSync(stamp)) {
  const built = statSync(stamp).mtimeMs
  if (ingredients().every((path) => statSync(path).mtimeMs < built)) process.exit(0)
}

process.stderr.write('Building dist.\n')
try {
  process.exitCode = await build()
} finally {
  rmSync(next, { recursive: true, force: true })
}

async function build() {
  rmSync(next, { recursive: true, force: true })
  mkdirSync(next)
  // The time of its start: what changes while it builds is newer than the stamp.
  writeFileSync(join(next, '.built'), '')
  await bundle()
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  const options = ['-p', join(root, 'tsconfig.build.json'), '--outDir', next]
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

async function bundle() {
  // Only here: --if-stale has to answer fast.
  const { rolldown } = await import('rolldown')
  const input = Object.fromEntries(ENTRIES.map((name) => [name, join(source, `${name}.ts`)]))
  const made = await rolldown({ input, cwd: root, platform: 'node', external: (id) => EXTERNAL.test(id) })
  const { output: written } = await made.write({
    dir: next,
    format: 'esm',
    // One folder below dist, all of them: src/runtime/own-files.ts counts on it.
    entryFileNames: ({ name }) => (name === 'index' ? 'chunks/index.js' : `${name}.js`),
    chunkFileNames: 'chunks/[name]-[hash].js',
  })
  await made.close()
  writeFileSync(join(next, 'index.js'), "export * from './chunks/index.js'\n")
  writeFileSync(join(next, 'THIRD-PARTY.txt'), notices(written.flatMap((chunk) => chunk.moduleIds ?? [])))
}

/** The licences of the packages whose code is in the bundle. */
function notices(ids) {
  const places = ids.map((id) => /.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(id)?.[0])
  const packages = [...new Set(places.filter((place) => place !== undefined))].toSorted((one, other) =>
    one.localeCompare(other),
  )
  return packages.map(noticeOf).join('\n')
}

function noticeOf(place) {
  const { name, version, license, author } = JSON.parse(readFileSync(join(place, 'package.json'), 'utf8'))
  const file = readdirSync(place).find((entry) => /^licen[cs]e/i.test(entry))
  const text = file === undefined ? `By ${author?.name ?? author}.` : readFileSync(join(place, file), 'utf8')
  return `${name} ${version} (${license})\n\n${text.trim()}\n`
}

/** Folders too: one is newer when a file in it is gone. */
function ingredients() {
  const below = readdirSync(source, { withFileTypes: true, recursive: true })
  const entries = below.map((entry) => join(entry.parentPath, entry.name))
  const others = ['package-lock.json', 'tsconfig.json', 'tsconfig.build.json', 'scripts/build.mjs']
  return [source, ...entries, ...others.map((path) => join(root, path))]
}
