import { describe, expect, it } from 'vitest'
import { neighboursOf } from './neighbours.ts'
import { type TaskDefinition, UNSAID } from './plan.ts'
import type { TaskStateName } from './task.ts'

const task = (key: string, dependsOn: readonly string[] = []): TaskDefinition => ({
  ...UNSAID,
  key,
  title: key,
  goal: '',
  kind: 'implement',
  suite: 'main',
  criteria: [],
  tests: [],
  sources: [],
  allow: [],
  exports: [],
  verify: [],
  dependsOn,
  locks: [`${key}.js`],
})
const known = (definition: TaskDefinition, state: TaskStateName) => ({ definition, state })

describe('neighboursOf', () => {
  it('tells what a task needs, whom it serves and who works beside it, by key', () => {
    const own = task('B', ['A'])
    const tasks = [
      known(task('E'), 'landing'),
      known(task('D', ['B']), 'pending'),
      known(task('C', ['B']), 'cancelled'),
      known(own, 'running'),
      known(task('A'), 'completed'),
      known({ ...task('F'), locks: [] }, 'running'),
    ]
    const { needs, serves, working } = neighboursOf(own, tasks)
    const keys = [needs, serves, working].map((list) => list.map(({ definition }) => definition.key))
    expect(keys).toEqual([['A'], ['D'], ['E']])
  })
})
