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

async function filesToRun(
  suite: Partial<Suite>,
  tests: readonly string[],
  texts: Readonly<Record<string, string>> = {},
): Promise<string[]> {
  const all: Readonly<Record<string, string>> = { ...TEXTS, ...texts }
  const entry = { mode: '100644', id: '0'.repeat(40) }
  const laboratory = {
    files: () => Promise.resolve(new Map(Object.keys(all).map((path) => [path, entry]))),
    read: (_: string, path: string) => Promise.resolve(all[path] ?? null),
  }
  const changes = tests.map((path) => ({ path, change: 'modified', pathClass: 'test' }) as const)
  const where = {
    suite: { ...sampleSuite(), tests: ['tests/**'], ...suite },
    task: sampleTask({ tests }),
    tree: 'tree',
  }
  return testFilesToRun(laboratory, where, changes)
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

  it('are those that a changed snapshot belongs to, whatever their texts mention', async () => {
    const texts = {
      'src/panel.test.ts': "import './widget'",
      'src/other.test.ts': "import './panel'",
      'src/__snapshots__/panel.test.ts.snap': '',
      'src/__snapshots__/gone.test.ts.snap': '',
    }
    const suite = { runner: 'vitest', tests: ['src/**/*.test.ts'] } as const
    const changed = Object.keys(texts).filter((path) => path.endsWith('.snap'))
    expect(await filesToRun(suite, changed, texts)).toEqual(['src/panel.test.ts'])
  })

  it('are those that read a fixture, and never the fixture itself, though the task names it', async () => {
    const texts = { 'test/inc.js': "require('./fixtures/increments.js')", 'test/fixtures/increments.js': '' }
    const suite = { runner: 'tap', tests: ['test/**'], fixtures: ['test/fixtures/**'] } as const
    expect(await filesToRun(suite, ['test/fixtures/increments.js'], texts)).toEqual(['test/inc.js'])
  })

  it('are tests although their helpers lie anywhere beside them', async () => {
    const texts = { 'test/inc.ts': "import '../helpers/help.ts'", 'test/helpers/help.ts': '' }
    const suite = { runner: 'node', tests: ['test/*.ts'], fixtures: ['test/**'] } as const
    expect(await filesToRun(suite, ['test/helpers/help.ts'], texts)).toEqual(['test/inc.ts'])
  })
})
