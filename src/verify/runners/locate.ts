import { access, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { dirname as posixDirname, join as posixJoin, normalize } from 'node:path/posix'
import type { Command, Suite } from '../../domain/suite.ts'
import { readUntrusted } from '../../runtime/read-untrusted.ts'
import type { Place } from '../verify.ts'
import type { Located } from './runner.ts'

const PROBE_MS = 20_000
const PROBE_BYTES = 16 * 1024
const MANIFEST_BYTES = 1024 * 1024

/** What a `--version` command printed; null when it cannot be run. Asked once where the place says that it stays the same. */
export async function probeVersion(place: Place, suite: Suite, argv: Command): Promise<string | null> {
  const key = JSON.stringify([suite.cwd, suite.env, argv])
  const before = place.versions?.get(key)
  if (before !== undefined) return before
  const version = await ask(place, suite, argv)
  if (version !== null) place.versions?.set(key, version)
  return version
}

/** Whether a command of the suite that begins with this program would find it; the program itself is not started. */
export async function isThere(place: Place, suite: Suite, program: string): Promise<boolean> {
  const argv = ['sh', '-c', 'command -v "$1"', 'sh', program]
  return (await ask(place, suite, argv)) !== null
}

/** A package's program, installed in the suite's directory or above it inside the tree. Nothing is downloaded. */
export async function locatePackage(
  place: Place,
  suite: Suite,
  { name, words = [] }: { readonly name: string; readonly words?: readonly string[] },
): Promise<Located> {
  const version = await installedVersion(place, suite, name)
  if (suite.command !== null) return { kind: 'found', program: suite.command, version }
  for (const directory of upwards(suite.cwd)) {
    const program = join(place.directory, directory, 'node_modules', '.bin', name)
    if (await exists(program)) return { kind: 'found', program: [program, ...words], version }
  }
  const reason = `${name} is not installed in ${suite.cwd === '.' ? 'the repository' : suite.cwd}; the suite's setup should install it.`
  return { kind: 'unavailable', reason }
}

/** The first of these paths that exists, relative to the suite's directory or one above it inside the tree. */
export async function findUpwards(
  place: Place,
  suite: Suite,
  candidates: readonly string[],
): Promise<string | null> {
  for (const directory of upwards(suite.cwd)) {
    for (const candidate of candidates) {
      const path = join(place.directory, directory, candidate)
      if (await exists(path)) return path
    }
  }
  return null
}

export function majorOf(version: string): number {
  return Number(/\d+/.exec(version)?.[0] ?? 0)
}

async function ask(place: Place, suite: Suite, argv: Command): Promise<string | null> {
  const result = await place.run({
    argv,
    cwd: suite.cwd,
    env: suite.env,
    wallMs: PROBE_MS,
    outputBytes: PROBE_BYTES,
  })
  if (result.end.kind !== 'exited' || result.end.code !== 0) return null
  return `${result.stdout}\n${result.stderr}`.trim().split('\n')[0] ?? ''
}

async function installedVersion(place: Place, suite: Suite, name: string): Promise<string | null> {
  const manifest = await findUpwards(place, suite, [`node_modules/${name}/package.json`])
  if (manifest === null) return null
  // It may be a link, as some package managers lay it out, and anything at all in the tree of an agent.
  const text = (await readUntrusted(await realpath(manifest), MANIFEST_BYTES)) ?? ''
  return /"version"\s*:\s*"([^"]+)"/.exec(text)?.[1] ?? null
}

function upwards(cwd: string): string[] {
  const directories: string[] = []
  for (let at = normalize(cwd); ; at = posixDirname(at)) {
    directories.push(posixJoin(at))
    if (at === '.' || at === '' || at.startsWith('..')) return directories
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path)
    return true
  } catch {
    // Absence is the answer; whatever else hides the file makes it useless as well.
    return false
  }
}
