import { describe, expect, it } from 'vitest'
import { sampleSuite, sampleTask } from '../../test/support/proof-samples.ts'
import { pathGuard } from './path-guard.ts'
import { AGENT_STAGES } from './stage.ts'

const suite = sampleSuite({ tests: ['test/**'], sources: ['src/**'], fixtures: ['test/fixtures/**'] })
const task = sampleTask({ tests: ['test/a.test.js'], sources: ['src/a.js'], allow: ['package.json'] })
const PATHS = [
  'test/a.test.js',
  'test/b.test.js',
  'test/fixtures/a.json',
  'src/a.js',
  'src/index.js',
  'README.md',
  'package.json',
  'vitest.config.ts',
]

describe('what an agent is told not to change', () => {
  it.each(AGENT_STAGES)('is at %s what its tree would be refused for', (stage) => {
    const guard = pathGuard({ stage, task, suite, suites: [suite] })
    const free = PATHS.filter((path) => guard(path) === null)
    expect(free).toEqual(
      stage === 'red' || stage === 'red_fix'
        ? ['test/a.test.js', 'test/fixtures/a.json', 'package.json']
        : ['src/a.js', 'src/index.js', 'README.md', 'package.json'],
    )
  })

  it('says why', () => {
    const guard = pathGuard({ stage: 'red', task, suite, suites: [suite] })
    expect(guard('src/a.js')).toContain('test/a.test.js')
    expect(guard('vitest.config.ts')).toContain('configuration')
    expect(pathGuard({ stage: 'green', task, suite, suites: [suite] })('test/a.test.js')).toContain('dispute')
  })
})
