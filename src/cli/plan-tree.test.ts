import { describe, expect, it } from 'vitest'
import { planTree } from './plan-tree.ts'

const task = (key: string, ...dependsOn: string[]) => ({ key, dependsOn })

describe('the tree of a plan', () => {
  it('shows each task once, below what it waits for longest', () => {
    const tasks = [
      task('A'),
      task('B'),
      task('C', 'A', 'B'),
      task('D', 'A'),
      task('E', 'D', 'C'),
      task('F', 'C'),
    ]
    expect(planTree(tasks).map(({ branch, task: { key } }) => branch + key)).toEqual([
      'A',
      '├─ C',
      '│  └─ F',
      '└─ D',
      '   └─ E',
      'B',
    ])
  })
})
