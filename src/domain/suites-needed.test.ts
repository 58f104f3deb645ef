import { describe, expect, it } from 'vitest'
import { sampleTask } from '../../test/support/proof-samples.ts'
import type { TaskDefinition } from './plan.ts'
import { suitesNeeded } from './suites-needed.ts'

describe('the suites that open tasks need as they stand', () => {
  it('are those of every open task, each once', () => {
    expect(needed([task('A'), task('B'), task('C', { suite: 'web', dependsOn: ['A'] })])).toEqual([
      'main',
      'web',
    ])
    expect(needed([])).toEqual([])
  })

  it.each([
    ['sets the project up', { kind: 'scaffold' }],
    ['may change manifests or configuration', { allow: ['package.json'] }],
  ] as const)('are not asked for by a task that %s, and by nothing that comes after it', (_, makes) => {
    const first = task('A', makes)
    const after = [task('B', { dependsOn: ['A'] }), task('C', { suite: 'web', dependsOn: ['X', 'B'] })]
    expect(needed([first, ...after])).toEqual([])
    expect(needed([first, ...after, task('D')])).toEqual(['main'])
    expect(needed(after), 'the first has landed').toEqual(['main', 'web'])
  })
})

function task(key: string, over: Partial<TaskDefinition> = {}): TaskDefinition {
  return sampleTask({ key, dependsOn: [], allow: [], kind: 'implement', ...over })
}

function needed(open: readonly TaskDefinition[]): string[] {
  return [...suitesNeeded(open)].toSorted()
}
