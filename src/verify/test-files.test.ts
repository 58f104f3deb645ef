import { describe, expect, it } from 'vitest'
import { sampleSuite, sampleTask } from '../../test/support/proof-samples.ts'
import type { Suite } from '../domain/suite.ts'
import { testFilesToRun } from './test-files.ts'

const TREE = ['tests/test_edit.py', 'tests/typing/typing_edit.py', 'tests/odd.py']

async function filesToRun(suite: Partial<Suite>, tests: readonly string[]): Promise<string[]> {
  const entry = { mode: '100644', id: '0'.repeat(40) }
  const laboratory = {
    files: () => Promise.resolve(new Map(TREE.map((path) => [path, entry]))),
    read: () => Promise.resolve(''),
  }
  const changes = tests.map((path) => ({ path, change: 'modified', pathClass: 'test' }) as const)
  const where = {
    suite: { ...sampleSuite(), tests: ['tests/**'], ...suite },
    task: sampleTask({ tests }),
    tree: 'tree',
  }
  return await testFilesToRun(laboratory, where, changes)
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
})
