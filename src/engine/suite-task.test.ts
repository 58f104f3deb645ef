import { expect, it } from 'vitest'
import type { PathChange } from '../domain/evidence.ts'
import { sampleSuite } from '../../test/support/proof-samples.ts'
import { declaring, suiteTask } from './suite-task.ts'

it('a change without a plan declares its tests, and what it changed of the sources and of what nobody claims', () => {
  const whole = suiteTask(sampleSuite({ tests: ['tests/**'], sources: ['lib/**'] }))
  const changes: PathChange[] = [
    { path: 'tests/test_a.py', change: 'added', pathClass: 'test' },
    { path: 'lib/a.py', change: 'added', pathClass: 'source' },
    { path: 'data/table.json', change: 'modified', pathClass: 'free' },
    { path: 'testing/check.py', change: 'modified', pathClass: 'free' },
    { path: 'pyproject.toml', change: 'modified', pathClass: 'frozen' },
  ]
  expect(declaring(whole, { changes, tests: ['tests/test_a.py', 'testing/check.py'] })).toMatchObject({
    tests: ['tests/**', 'tests/test_a.py', 'testing/check.py'],
    sources: ['lib/**', 'lib/a.py', 'data/table.json'],
    allow: changes.map(({ path }) => path),
    locks: ['tests/test_a.py', 'testing/check.py', 'lib/a.py', 'data/table.json'],
  })
})
