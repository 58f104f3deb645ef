import { isUnder } from '../../domain/plan-path.ts'
import { directoryOf, isForeign, readData, within } from './reader.ts'
import type { Findings, FoundSuite, RepositoryReader } from './reader.ts'

/** Go modules and Cargo workspaces. */
export async function detectCompiled(reader: RepositoryReader): Promise<Findings> {
  return { suites: [...goModules(reader), ...(await cargoProjects(reader))], notes: [] }
}

function goModules(reader: RepositoryReader): FoundSuite[] {
  const modules = directoriesOf(reader, 'go.mod')
  return modules.flatMap((cwd) => {
    const inner = modules
      .filter((other) => other !== cwd && isUnder(other, cwd))
      .map((other) => `!${within(cwd, other)}/**`)
    const owned = reader.files.filter(
      (path) =>
        isUnder(path, cwd) &&
        !modules.some(
          (other) =>
            other.length > cwd.length && isUnder(other, cwd) && isUnder(path, other) && other !== cwd,
        ),
    )
    if (!owned.some((path) => path.endsWith('.go'))) return []
    const suite: FoundSuite = {
      label: cwd === '.' ? 'main' : (cwd.split('/').at(-1) ?? 'main'),
      cwd,
      runner: 'go',
      tests: ['**/*_test.go', ...inner],
      sources: ['**/*.go', ...inner],
      fixtures: owned.some((path) => /(^|\/)testdata\//.test(path)) ? ['**/testdata/**'] : [],
      setup: reader.files.includes(cwd === '.' ? 'go.sum' : `${cwd}/go.sum`)
        ? [['go', 'mod', 'download']]
        : [],
      checks: { vet: ['go', 'vet', './...'] },
    }
    return [suite]
  })
}

async function cargoProjects(reader: RepositoryReader): Promise<FoundSuite[]> {
  const all = directoriesOf(reader, 'Cargo.toml')
  const suites: FoundSuite[] = []
  for (const cwd of all) {
    // Cargo runs the members of a workspace from its top.
    if (suites.some((outer) => isUnder(cwd, outer.cwd))) continue
    const manifest = await readData(reader, cwd === '.' ? 'Cargo.toml' : `${cwd}/Cargo.toml`)
    if (manifest === null) continue
    const isWorkspace = manifest['workspace'] !== undefined
    const locked = reader.files.includes(cwd === '.' ? 'Cargo.lock' : `${cwd}/Cargo.lock`)
    suites.push({
      label: cwd === '.' ? 'main' : (cwd.split('/').at(-1) ?? 'main'),
      cwd,
      runner: 'cargo',
      tests: isWorkspace ? ['**/tests/**'] : ['tests/**'],
      sources: isWorkspace ? ['**/src/**'] : ['src/**'],
      args: isWorkspace ? ['--workspace'] : [],
      setup: [locked ? ['cargo', 'fetch', '--locked'] : ['cargo', 'fetch']],
      checks: { clippy: ['cargo', 'clippy', '--all-targets'] },
    })
  }
  return suites
}

/** Directories with a manifest of that name, the outermost first. */
function directoriesOf(reader: RepositoryReader, manifest: string): string[] {
  return reader.files
    .filter((path) => (path === manifest || path.endsWith(`/${manifest}`)) && !isForeign(path))
    .map(directoryOf)
    .sort((a, b) => (a === '.' ? -1 : b === '.' ? 1 : a.length - b.length || (a < b ? -1 : 1)))
}
