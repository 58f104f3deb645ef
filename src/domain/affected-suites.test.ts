import { describe, expect, it } from 'vitest'
import { sampleSuite } from '../../test/support/proof-samples.ts'
import { affectedSuites, type TreeFacts } from './affected-suites.ts'
import type { PathChange } from './evidence.ts'
import type { RunnerName, Suite } from './suite.ts'

describe('the suites that a change can affect', () => {
  it('are those whose directory holds a changed path', () => {
    expect(affected({ changed: ['packages/b/x.js'] })).toEqual(['b'])
    expect(affected({ changed: ['packages/b/README.md'] })).toEqual(['b'])
    expect(affected({ suites: [suite('all', '.')], changed: ['docs/a.md'] })).toEqual(['all'])
  })

  it('are those whose package depends on the changed one, directly or through others', () => {
    const packages = { a: [], m: ['a'], b: ['m'], c: ['unknown'] }
    expect(affected({ packages, changed: ['packages/a/src/x.js'] })).toEqual(['a', 'b'])
    expect(affected({ packages, changed: ['packages/m/src/x.js'] })).toEqual(['b'])
    expect(affected({ packages, changed: ['packages/b/src/x.js'] })).toEqual(['b'])
  })

  it('are found in packages that depend on each other', () => {
    const packages = { a: ['b'], b: ['a'], c: [] }
    expect(affected({ packages, changed: ['packages/a/x.js'] })).toEqual(['a', 'b'])
  })

  it('belong to the nearest package with a name, whatever manifests lie in it', () => {
    const manifests = [{ directory: 'packages/a/dist', name: null, dependencies: [], isReadable: true }]
    const packages = { a: [], b: ['a'], c: [] }
    expect(affected({ packages, manifests, changed: ['packages/a/dist/x.js'] })).toEqual(['a', 'b'])
  })

  it('are those with a file that names a place in a changed package by a relative path, or through others', () => {
    const mentions = { 'packages/b/src/sum.js': ['../../a/src/add.js'], 'packages/c/src/c.js': ['../../b'] }
    expect(affected({ mentions, changed: ['packages/a/src/other.js'] })).toEqual(['a', 'b', 'c'])
    expect(affected({ mentions, changed: ['packages/c/src/c.js'] })).toEqual(['c'])
  })

  it('are those of which an example in them uses it', () => {
    const manifests = [
      { directory: 'packages/b/examples/one', name: 'one', dependencies: ['a'], isReadable: true },
      { directory: 'packages/c/test', name: null, dependencies: [], isReadable: true },
    ]
    expect(affected({ manifests, changed: ['packages/a/src/x.js'] })).toEqual(['a', 'b'])
  })

  it('are those that import it by name without having declared it', () => {
    const imports = { 'packages/b/src/sum.js': ['a'] }
    expect(affected({ imports, changed: ['packages/a/src/x.js'] })).toEqual(['a', 'b'])
  })

  it('are those that name a directory above it', () => {
    const mentions = { 'packages/b/test/all.test.js': ['../../'] }
    expect(affected({ mentions, changed: ['packages/a/src/x.js'] })).toEqual(['a', 'b'])
  })

  it('are not those that name the top of the repository, or a file in which it lists its packages', () => {
    const mentions = {
      'packages/b/tsconfig.json': ['../../'],
      'packages/c/tsconfig.json': ['../../package.json'],
      'package.json': ['packages/'],
    }
    expect(affected({ mentions, changed: ['packages/a/src/x.js'] })).toEqual(['a'])
    expect(affected({ mentions, changed: ['packages/a/src/x.js', 'package.json'] })).toEqual(['a', 'c'])
  })

  it('are all others where a changed directory has no package with a name', () => {
    expect(
      affected({ changed: ['services/api/x.py'], suites: [...JS, suite('api', 'services/api', 'pytest')] }),
    ).toEqual(['a', 'b', 'c', 'api'])
    const manifests = [{ directory: 'native', name: null, dependencies: [], isReadable: true }]
    expect(affected({ manifests, changed: ['native/src/lib.rs'] })).toEqual(['a', 'b', 'c'])
  })

  it('are those without a package with a name, and those of languages whose imports no name tells', () => {
    const suites = [...JS, suite('tool', 'tool'), suite('py', 'packages/c', 'pytest')]
    expect(affected({ suites, changed: ['packages/a/x.js'] })).toEqual(['a', 'tool', 'py'])
    expect(affected({ suites, changed: ['shared/x.py'] })).toEqual(['tool', 'py'])
    expect(affected({ suites, changed: ['README.md'] })).toEqual([])
    const mentions = { 'tool/test_readme.py': ['../README.md'] }
    expect(affected({ suites, mentions, changed: ['README.md'] })).toEqual(['tool'])
  })

  it('are those whose manifest, or that of what they use, cannot be read', () => {
    const manifests = [{ directory: 'packages/a', name: null, dependencies: [], isReadable: false }]
    expect(affected({ packages: { b: [], c: [] }, manifests, changed: ['packages/b/x.js'] })).toEqual([
      'a',
      'b',
    ])
    expect(affected({ packages: { b: [], c: [] }, manifests, changed: ['packages/a/x.js'] })).toEqual([
      'a',
      'b',
      'c',
    ])
    const through = { 'packages/c/c.js': ['../a/a.js'] }
    expect(
      affected({ packages: { b: [], c: [] }, manifests, mentions: through, changed: ['packages/b/x.js'] }),
    ).toEqual(['a', 'b', 'c'])
  })

  it('are not those of other directories for a file at the top that nothing names', () => {
    for (const path of ['README.md', 'docs/a.md', 'scripts/x.js'])
      expect(affected({ changed: [path] })).toEqual([])
  })

  it('are all for configuration at the top', () => {
    expect(affected({ changed: ['tsconfig.base.json'], frozen: true })).toEqual(['a', 'b', 'c'])
  })

  it('are those that name a file at the top, with its ending or without, or through another one', () => {
    const mentions = {
      'packages/a/a.js': ['../../shared/one.js'],
      'packages/b/b.ts': ['../../shared/two'],
      'packages/c/c.js': ['../../shared'],
      'shared/one.js': ['../deep/three.js'],
    }
    expect(affected({ mentions, changed: ['shared/two.ts'] })).toEqual(['b', 'c'])
    expect(affected({ mentions, changed: ['deep/three.js'] })).toEqual(['a', 'c'])
    expect(affected({ mentions, changed: ['deep/four.js'] })).toEqual([])
  })

  it('come through a file at the top into the packages that it names', () => {
    const mentions = {
      'packages/b/tsconfig.json': ['../../tsconfig.json'],
      'tsconfig.json': ['packages/a/src/'],
    }
    expect(affected({ mentions, changed: ['packages/a/src/x.ts'] })).toEqual(['a', 'b'])
  })

  it('are not those of another package for prose, unless they name it', () => {
    const packages = { a: [], b: ['a'], c: [] }
    expect(affected({ packages, changed: ['packages/a/README.md'] })).toEqual(['a'])
    const mentions = { 'packages/c/c.js': ['../a/README.md'] }
    expect(affected({ packages, mentions, changed: ['packages/a/README.md'] })).toEqual(['a', 'c'])
  })

  it('depend on the package at the top where they name it', () => {
    const manifests = [{ directory: '.', name: 'top', dependencies: [], isReadable: true }]
    const packages = { a: ['top'], b: ['a'], c: [] }
    expect(affected({ packages, manifests, changed: ['src/x.js'] })).toEqual(['a', 'b'])
  })

  it('are asked about without end for a path that leaves the repository', () => {
    const mentions = { 'packages/b/b.js': ['../../../../a/src/x.js'] }
    expect(affected({ mentions, changed: ['packages/a/src/x.js'] })).toEqual(['a'])
  })
})

function suite(name: string, cwd = `packages/${name}`, runner: RunnerName = 'node'): Suite {
  return sampleSuite({ name, cwd, runner })
}

const JS = [suite('a'), suite('b'), suite('c')]

interface Case {
  readonly changed: readonly string[]
  readonly frozen?: boolean
  readonly suites?: readonly Suite[]
  /** Packages below `packages/`, with what they depend on. */
  readonly packages?: Readonly<Record<string, readonly string[]>>
  readonly manifests?: TreeFacts['manifests']
  /** Relative paths, by the file that mentions them. */
  readonly mentions?: Readonly<Record<string, readonly string[]>>
  readonly imports?: Readonly<Record<string, readonly string[]>>
}

function affected(given: Case): string[] {
  const {
    suites = JS,
    packages = { a: [], b: [], c: [] },
    manifests = [],
    mentions = {},
    imports = {},
  } = given
  const facts: TreeFacts = {
    manifests: [
      ...Object.entries(packages).map(([name, dependencies]) => ({
        directory: `packages/${name}`,
        name,
        dependencies,
        isReadable: true,
      })),
      ...manifests,
    ],
    mentions: new Map(
      Object.keys({ ...mentions, ...imports }).map((path) => [
        path,
        { paths: mentions[path] ?? [], packages: imports[path] ?? [] },
      ]),
    ),
  }
  const changes = given.changed.map(
    (path): PathChange => ({
      path,
      change: 'modified',
      pathClass: given.frozen === true ? 'frozen' : 'source',
    }),
  )
  return affectedSuites({ suites, changes, facts }).map(({ name }) => name)
}
