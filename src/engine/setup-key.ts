import { createHash } from 'node:crypto'
import type { TreeId } from '../domain/evidence.ts'
import { PACKAGE_FILES, TOOLCHAIN_FILES } from '../domain/package-files.ts'
import { nameMatcher } from '../domain/path-pattern.ts'
import type { Suite } from '../domain/suite.ts'
import type { Workshop } from './context.ts'
import { programStates } from './deciding-programs.ts'

/** Files among the paths of a tree that decide what setup installs, sorted. */
export function setupFiles(paths: Iterable<string>): string[] {
  return [...paths].filter((path) => decidesSetup(path.slice(path.lastIndexOf('/') + 1))).sort()
}

const decidesSetup = nameMatcher([...PACKAGE_FILES, ...TOOLCHAIN_FILES])

/** The setup files that one tree has and another has not, or not with the same content. */
export async function changedSetupFiles(
  world: Pick<Workshop, 'git'>,
  before: TreeId,
  after: TreeId,
): Promise<string[]> {
  const [old, now] = [await world.git.files(before), await world.git.files(after)]
  return setupFiles(new Set([...old.keys(), ...now.keys()])).filter(
    (path) => old.get(path)?.id !== now.get(path)?.id,
  )
}

/** Manifests, lockfiles and version files with their content, and where programs are looked for. */
export async function decidingFiles(
  world: Pick<Workshop, 'git' | 'environment'>,
  tree: TreeId,
): Promise<string> {
  const files = await world.git.files(tree)
  const named = setupFiles(files.keys()).map((path) => [path, files.get(path)?.id])
  return JSON.stringify([world.environment['PATH'], named])
}

/** What setup has to install for a suite in a tree; equal for trees in which the same is installed. */
export async function keyOfSetup(
  world: Pick<Workshop, 'git' | 'environment' | 'places' | 'included'>,
  suite: Suite,
  tree: TreeId,
): Promise<string> {
  const programs = suite.setup.flatMap(([program]) => program ?? [])
  return createHash('sha256')
    .update(JSON.stringify([suite.cwd, suite.setup, suite.env, process.platform, process.arch]))
    .update(JSON.stringify([world.places.env[suite.name] ?? {}, world.included.digest]))
    .update(JSON.stringify(programStates(world.environment, programs)))
    .update(await decidingFiles(world, tree))
    .digest('hex')
}
