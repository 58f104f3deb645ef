import { matchesAny } from '../../domain/path-pattern.ts'
import { findBuild } from './javascript-build.ts'
import { readPackages, workspaceRoot } from './javascript-package.ts'
import type { Package } from './javascript-package.ts'
import { findRunner } from './javascript-runner.ts'
import { findTools } from './javascript-tools.ts'
import { layoutOf, maySource } from './layout.ts'
import type { Language, Layout } from './layout.ts'
import { inside, isForeign, within } from './reader.ts'
import type { Findings, FoundSuite, RepositoryReader } from './reader.ts'

export const JAVASCRIPT: Language = {
  code: /\.([cm]?[jt]sx?|vue|svelte)$/,
  testName: /^.+(\.(?:test|spec)\.[cm]?[jt]sx?)$/,
  topTestName: /^tests?(?:-.+)?\.[cm]?[jt]s$/,
  testPattern: (match) => (match[1] === undefined ? match[0] : `*${match[1]}`),
  configuration:
    /(^\..*)|(\.config\.)|(^(gulpfile|gruntfile|karma|webpack|rollup|benchmark|.*rc)\b)|(\.test-d\.ts$)/i,
}

/**
 * One suite for each package that has tests. A package owns every file below it that no deeper package owns, and tests the
 * sources of the packages below it that have no tests of their own.
 */
export async function detectJavascript(reader: RepositoryReader): Promise<Findings> {
  const packages = await readPackages(reader)
  const suites: FoundSuite[] = []
  const notes = new Set<string>()
  const layouts = withSourcesBelow(layoutsOf(reader.files, packages))
  for (const [candidate, layout] of layouts) {
    const isFresh = packages.length === 1 && layout.testFiles.length === 0
    if (layout.testFiles.length === 0 && !isFresh) continue
    const root = workspaceRoot(candidate, packages)
    const testFiles = layout.testFiles.map((file) => inside(candidate.directory, file))
    const found = await findRunner(reader, candidate, { root, testFiles })
    if (found === null && !isFresh) {
      notes.add(
        `${inside(candidate.directory, 'package.json')} names no test runner that is known; its tests were left out (a suite with runner "junit" takes any command that writes JUnit XML)`,
      )
      continue
    }
    if (found === null) notes.add('there are no tests and no test runner yet: node:test is assumed')
    const tools = await findTools(reader, candidate, root)
    for (const note of tools.notes) notes.add(note)
    suites.push({
      label: candidate.directory === '.' ? 'main' : (candidate.directory.split('/').at(-1) ?? 'main'),
      cwd: candidate.directory,
      runner: found?.runner ?? 'node',
      args: found?.args ?? [],
      command: found?.command ?? null,
      ...patternsOf(layout, found?.paths ?? []),
      setup: tools.setup,
      env: tools.env,
      build: await findBuild(reader, candidate, {
        testFiles,
        manager: tools.manager,
        bundles: found?.runner === 'vitest' || found?.runner === 'jest',
      }),
      checks: tools.checks,
    })
  }
  return { suites, notes: [...notes] }
}

/** Where the script names its test paths, those are the tests; what else lies in test directories are their helpers. */
function patternsOf(
  layout: Layout,
  named: readonly string[],
): Pick<Layout, 'tests' | 'sources' | 'fixtures'> {
  const narrows = named.length > 0 && layout.testFiles.some((file) => matchesAny(named, file))
  const helpers = narrows ? layout.tests.filter((pattern) => !named.includes(pattern)) : []
  const found = layout.tests.length > 0 ? layout.tests : ['test/**']
  return {
    tests: narrows ? named : found,
    sources: layout.sources.length > 0 ? layout.sources : ['src/**'],
    fixtures: [...new Set([...layout.fixtures, ...helpers])].sort(),
  }
}

const FIXTURES = /(^|\/)(fixtures?|__fixtures__|testdata)\//

function layoutsOf(files: readonly string[], packages: readonly Package[]): ReadonlyMap<Package, Layout> {
  const owned = filesByOwner(files, packages)
  return new Map(packages.map((candidate) => [candidate, layoutOf(owned.get(candidate) ?? [], JAVASCRIPT)]))
}

/** Sources of a package without tests count to the nearest package above it that has some. */
function withSourcesBelow(layouts: ReadonlyMap<Package, Layout>): ReadonlyMap<Package, Layout> {
  const tested = new Map(
    [...layouts].filter(([, { testFiles }]) => testFiles.length > 0).map(([each]) => [each.directory, each]),
  )
  const sources = new Map<Package, string[]>()
  for (const [below, layout] of layouts) {
    const owner = ownerOf(inside(below.directory, 'package.json'), tested)
    if (owner === null || owner === below) continue
    const relative = within(owner.directory, below.directory)
    if (!maySource(relative)) continue
    sources.set(owner, [
      ...(sources.get(owner) ?? []),
      ...layout.sources.map((pattern) => `${relative}/${pattern}`),
    ])
  }
  return new Map(
    [...layouts].map(([each, layout]) => [
      each,
      { ...layout, sources: [...layout.sources, ...(sources.get(each) ?? [])].sort() },
    ]),
  )
}

/** Files of each package, relative to it. */
function filesByOwner(
  files: readonly string[],
  packages: readonly Package[],
): ReadonlyMap<Package, readonly string[]> {
  const byDirectory = new Map(packages.map((candidate) => [candidate.directory, candidate]))
  const owned = new Map<Package, string[]>(packages.map((candidate) => [candidate, []]))
  for (const file of files) {
    const owner = ownerOf(file, byDirectory)
    if (owner === null) continue
    const relative = within(owner.directory, file)
    if (!isForeign(relative) || FIXTURES.test(relative)) owned.get(owner)?.push(relative)
  }
  return owned
}

function ownerOf(file: string, byDirectory: ReadonlyMap<string, Package>): Package | null {
  for (let slash = file.lastIndexOf('/'); slash > 0; slash = file.lastIndexOf('/', slash - 1)) {
    const owner = byDirectory.get(file.slice(0, slash))
    if (owner !== undefined) return owner
  }
  return byDirectory.get('.') ?? null
}
