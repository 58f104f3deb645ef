import { describe, expect, it } from 'vitest'
import { sampleSuite, sampleTask } from '../../test/support/proof-samples.ts'
import type { Suite } from '../domain/suite.ts'
import { testFilesToRun } from './test-files.ts'

const TEXTS: Readonly<Record<string, string>> = {
  'tests/test_edit.py': '',
  'tests/typing/typing_edit.py': '',
  'tests/odd.py': '',
  'tests/deep/conftest.py': '',
  'tests/deep/test_deep.py': '',
  'tests/test_data.py': 'cases = Path(__file__).parent / "data" / "valid"\n',
  'tests/data/valid/string/escape.toml': '',
  'tests/data/named.json': '',
  'tests/test_named.py': 'load("named.json")\n',
}

async function filesToRun(suite: Partial<Suite>, tests: readonly string[]): Promise<string[]> {
  const entry = { mode: '100644', id: '0'.repeat(40) }
  const laboratory = {
    files: () => Promise.resolve(new Map(Object.keys(TEXTS).map((path) => [path, entry]))),
    read: (_: string, path: string) => Promise.resolve(TEXTS[path] ?? null),
  }
  const changes = tests.map((path) => ({ path, change: 'modified', pathClass: 'test' }) as const)
  const where = {
    suite: { ...sampleSuite(), tests: ['tests/**'], ...suite },
    task: sampleTask({ tests }),
    tree: 'tree',
  }
  return [...(await testFilesToRun(laboratory, where, changes)).files]
}

describe('the files of tests that a change asks to run', () => {
  it.each(['pytest', 'junit'] as const)(
    'are those named like tests, and no helper beside them (%s)',
    async (runner) => {
      expect(await filesToRun({ runner }, ['tests/test_edit.py', 'tests/typing/typing_edit.py'])).toEqual([
        'tests/test_edit.py',
      ])
    },
  )

  it('are those that the task names when none of them is named like a test', async () => {
    expect(await filesToRun({ runner: 'pytest' }, ['tests/odd.py'])).toEqual(['tests/odd.py'])
  })

  it.each([
    ['a conftest, all below it', 'tests/deep/conftest.py', ['tests/deep/test_deep.py']],
    ['data that a test names', 'tests/data/named.json', ['tests/test_named.py']],
    ['data whose directory a test names', 'tests/data/valid/string/escape.toml', ['tests/test_data.py']],
  ])('are those that use what changed: %s', async (_, changed, expected) => {
    expect(await filesToRun({ runner: 'pytest' }, [changed])).toEqual(expected)
  })
})
