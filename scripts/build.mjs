// Makes dist: rolldown puts the modules of src together into few files (ADR-0017), tsc writes the declarations of the
// library, and what is not TypeScript is copied. It checks no types: `npm run types` does. With --if-stale, only when
// something that goes into it is newer; with --alone, nothing of the build before stays. All is made in a folder beside,
// and takes the place of the old files when it is whole: a build that fails, is interrupted, or has another beside it
// leaves a dist that works.
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const source = join(root, 'src')
const output = join(root, 'dist')
const next = join(output, `.next-${process.pid}`)
/** When it was made, by its time; within, the names of the files that were made. */
const stamp = join(output, '.built')

/** What is started by itself: the program, the library, the thread of the store. */
const ENTRIES = ['cli/main', 'index', 'store/sqlite-thread']
/** Of one file each, for a run to have copies of: the player of recorded sessions and the tools beside an agent. */
const ALONE = ['agents/scripted-player', 'agents/tool-server']
/**
 * By itself, so that it holds nothing but what it needs itself: to read more takes longer than these commands do. What it
 * needs at once is kept in one file for other commands, too: to find and link many takes as long.
 */
const LIGHT = 'cli/light-commands'
/** For the program, which loads it from beside itself. */
const apart = {
  name: 'apart',
  resolveId: (id) => (id === './light-commands.ts' ? { id: './light-commands.js', external: true } : null),
}

/** An import of one of these evaluates all of it, the streams of files among it; the process has them at hand. */
const atHand = {
  name: 'at-hand',
  renderChunk: (code) =>
    code.replaceAll(
      /^import \{([^}]*)\} from "(node:(?:fs|os|path|url))";$/gm,
      (_, names, module) =>
        `const {${names.replaceAll(' as ', ': ')}} = process.getBuiltinModule("${module}");`,
    ),
}

if (process.argv.includes('--if-stale') && existsSync(stamp)) {
  const built = statSync(stamp).mtimeMs
  if (ingredients().every((path) => lstatSync(path).mtimeMs < built)) process.exit(0)
}

process.stderr.write('Building dist.\n')
try {
  process.exitCode = await build()
} finally {
  rmSync(next, { recursive: true, force: true })
}

async function build() {
  removeLeftovers()
  mkdirSync(next, { recursive: true })
  // The time of its start: what changes while it builds is newer than the stamp.
  const newStamp = join(next, '.built')
  writeFileSync(newStamp, '')
  const { mtime } = statSync(newStamp)
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
  putInPlace(newStamp, mtime)
  return 0
}

/** Of builds that were interrupted. */
function removeLeftovers() {
  const left = existsSync(output) ? readdirSync(output).filter((name) => name.startsWith('.next-')) : []
  for (const name of left.filter((each) => !isRunning(Number(each.slice('.next-'.length)))))
    rmSync(join(output, name), { recursive: true, force: true })
}

function isRunning(pid) {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

async function bundle() {
  // Only here: --if-stale has to answer fast.
  const { rolldown } = await import('rolldown')
  const { inputOptions, OUTPUT } = await import('./bundle-options.ts')
  const open = (input, plugin = apart) => rolldown({ ...inputOptions(root), input, plugins: [plugin] })
  const light = await modulesOf(LIGHT, open)
  const groups = { groups: [{ name: 'common', test: (id) => light.has(id) }] }
  const written = [...(await bundled(open, ENTRIES, { ...OUTPUT, codeSplitting: groups }))]
  if (light.size > 0) written.push(...(await bundled((input) => open(input, atHand), [LIGHT], OUTPUT)))
  for (const name of ALONE)
    written.push(...(await bundled(open, [name], { ...OUTPUT, codeSplitting: false })))
  writeFileSync(join(next, 'index.js'), "export * from './chunks/index.js'\n")
  writeFileSync(join(next, 'THIRD-PARTY.txt'), notices(written.flatMap((chunk) => chunk.moduleIds ?? [])))
}

async function bundled(open, names, options) {
  const made = await open(Object.fromEntries(names.map((name) => [name, join(source, `${name}.ts`)])))
  const entryFileNames = ({ name }) => fileOf(name)
  const { output: written } = await made.write({ ...options, dir: next, entryFileNames })
  await made.close()
  return written
}

/** All that a module needs at once; what it may load later does not count. Without the module, where it is not there. */
async function modulesOf(name, open) {
  const path = join(source, `${name}.ts`)
  if (!existsSync(path)) return new Set()
  const opened = await open({ common: path })
  const { output: made } = await opened.generate({ format: 'esm' })
  await opened.close()
  return new Set(made.filter(({ isEntry }) => isEntry).flatMap(({ moduleIds }) => moduleIds))
}

function fileOf(entry) {
  return entry === 'index' ? 'chunks/index.js' : `${entry}.js`
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
  const text = file === undefined ? termsOf(license, author) : readFileSync(join(place, file), 'utf8')
  return `${name} ${version} (${license})\n\n${text.trim()}\n`
}

/** A package that ships no text of its own. */
function termsOf(license, author) {
  if (license !== 'MIT') throw new Error(`A package under ${license} comes without its terms.`)
  const own = readFileSync(join(root, 'LICENSE'), 'utf8')
  return own.replace(/^Copyright .*$/m, `Copyright (c) ${author?.name ?? author}`)
}

/**
 * File by file, what starts the program last. A program that runs meanwhile still finds the chunks that it was made with:
 * those of one build before stay, but with --alone.
 */
function putInPlace(newStamp, started) {
  const made = filesBelow(next).toSorted((one, other) => rank(one) - rank(other))
  writeFileSync(newStamp, JSON.stringify(made))
  utimesSync(newStamp, started, started)
  const before = existsSync(stamp) && !process.argv.includes('--alone') ? readFileSync(stamp, 'utf8') : ''
  const kept = new Set([...made, ...(before === '' ? [] : JSON.parse(before))])
  for (const file of made) {
    mkdirSync(dirname(join(output, file)), { recursive: true })
    renameSync(join(next, file), join(output, file))
  }
  removeAllBut(kept)
}

/** What does not belong to dist any more, and folders that are empty then. Builds beside this one have `.next-…`. */
function removeAllBut(kept, folder = '') {
  const entries = readdirSync(join(output, folder), { withFileTypes: true })
  for (const entry of entries.filter(({ name }) => !name.startsWith('.'))) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) removeAllBut(kept, path)
    else if (!kept.has(path)) rmSync(join(output, path), { force: true })
  }
  try {
    if (folder !== '') rmdirSync(join(output, folder))
  } catch {
    // It holds something, as most do.
  }
}

function rank(file) {
  if (file === '.built') return 2
  return [...ENTRIES, LIGHT, ...ALONE].some((entry) => file === fileOf(entry)) ? 1 : 0
}

/** Folders too: one is newer when a file in it is gone. */
function ingredients() {
  const below = readdirSync(source, { recursive: true })
  const others = [
    'package-lock.json',
    'tsconfig.json',
    'tsconfig.build.json',
    'scripts/build.mjs',
    'scripts/bundle-options.ts',
  ]
  return [source, ...below.map((path) => join(source, path)), ...others.map((path) => join(root, path))]
}

function filesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
}
