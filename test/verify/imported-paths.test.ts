import { describe, expect, it } from 'vitest'
import { resolveSuites } from '../../src/protocol/suite-file.ts'
import { importedPaths } from '../../src/verify/file-flow.ts'
import { treeTexts } from '../../src/verify/stubs/tree-texts.ts'

const SOURCES = ['src/a.ts', 'src/b.ts', 'lib/a.py', 'lib/b.py', 'lib/__init__.py']

/** What a test file with this text imports when it runs. */
async function imported(path: string, text: string): Promise<string[]> {
  const runner = path.endsWith('.py') ? 'pytest' : 'vitest'
  const { suites } = resolveSuites(
    [{ name: 'main', runner, tests: ['test/**'], sources: ['src/**', 'lib/**'] }],
    [],
    ['suites'],
  )
  const [suite] = suites
  if (suite === undefined) throw new Error('the suite is a right one')
  const files = new Map([path, ...SOURCES].map((name) => [name, { mode: '100644', id: name }] as const))
  const tree = treeTexts(files, (name) => Promise.resolve(name === path ? text : ''))
  return await importedPaths(path, { tree, suite, records: [], isSource: () => true, isOwn: () => false })
}

describe('what a test file imports when it runs', () => {
  it.each([
    ["import type { A } from '../src/a.ts'\nimport { b } from '../src/b.ts'\nb()"],
    ["import { type A } from '../src/a.ts'\nimport b from '../src/b.ts'\nb()"],
    ["import type * as a from '../src/a.ts'\nimport * as b from '../src/b.ts'\nb.run()"],
    ["import { A } from '../src/a.ts'\nimport { b } from '../src/b.ts'\nconst one: A = b"],
    ["import { a } from '../src/a.ts'\nimport { b } from '../src/b.ts'\ntype One = typeof a\nrun({ b })"],
  ])('leaves out what TypeScript erases: %s', async (text) => {
    expect(await imported('test/a.test.ts', text)).toEqual(['src/b.ts'])
  })

  it('keeps a name of JavaScript that nothing uses', async () => {
    expect(await imported('test/a.test.js', "import { a } from '../src/a.ts'")).toEqual(['src/a.ts'])
  })

  it('leaves out what Python imports for its type checker alone', async () => {
    const text =
      'from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from lib.a import A\nfrom lib.b import b\n'
    expect(await imported('test/test_a.py', text)).toEqual(['lib/b.py'])
  })
})
