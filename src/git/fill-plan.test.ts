import { describe, expect, it } from 'vitest'
import { type Contents, planFill } from './fill-plan.ts'
import type { TreeEntry } from './git.ts'

const file = (id: string): TreeEntry => ({ mode: '100644', id })
const there = (id: string, mode = '100644'): { entry: TreeEntry } => ({ entry: { mode, id } })
const nothing: Contents = {
  unknown: new Set(),
  files: new Map(),
  directories: new Set(),
  dependencies: new Set(),
  strange: [],
}

describe('planFill', () => {
  it('writes what differs and leaves the rest alone', () => {
    const found = {
      ...nothing,
      files: new Map([
        ['a', there('1')],
        ['b', there('2')],
      ]),
      unknown: new Set(['c']),
    }
    const target = new Map([
      ['a', file('1')],
      ['b', file('3')],
      ['c', file('4')],
      ['d', file('5')],
    ])
    const plan = planFill(found, target)
    expect(plan.write.map(([path]) => path)).toEqual(['b', 'c', 'd'])
    expect(plan.remove).toEqual([])
  })

  it('writes a file whose executable bit differs', () => {
    const found = { ...nothing, files: new Map([['a', there('1', '100755')]]) }
    expect(planFill(found, new Map([['a', file('1')]])).write).toHaveLength(1)
  })

  it('removes what the tree lacks, deepest directory first', () => {
    const found = {
      ...nothing,
      files: new Map([['x/y/z', there('1')]]),
      unknown: new Set(['x/u']),
      directories: new Set(['x', 'x/y', 'empty']),
      strange: ['pipe'],
    }
    const plan = planFill(found, new Map())
    expect(plan.remove).toEqual(['pipe', 'x/y/z', 'x/u'])
    expect(plan.removeDirectories.indexOf('x/y')).toBeLessThan(plan.removeDirectories.indexOf('x'))
    expect(plan.removeDirectories).toContain('empty')
  })

  it('makes parents before children, and a directory for a submodule', () => {
    const plan = planFill(
      nothing,
      new Map([
        ['x/y/z', file('1')],
        ['sub', { mode: '160000', id: '9' }],
      ]),
    )
    expect(plan.makeDirectories.indexOf('x')).toBeLessThan(plan.makeDirectories.indexOf('x/y'))
    expect(plan.makeDirectories).toContain('sub')
    expect(plan.write.map(([path]) => path)).toEqual(['x/y/z'])
  })

  it('keeps dependency folders and their parents', () => {
    const found = {
      ...nothing,
      directories: new Set(['gone', 'gone/deep']),
      dependencies: new Set(['gone/deep/node_modules']),
    }
    const plan = planFill(found, new Map())
    expect(plan.remove).toEqual([])
    expect(plan.removeDirectories).toEqual([])
  })

  it('removes a dependency folder whose place the tree needs', () => {
    const found = {
      ...nothing,
      directories: new Set(['a']),
      dependencies: new Set(['a/node_modules', 'node_modules']),
    }
    const plan = planFill(
      found,
      new Map([
        ['a', file('1')],
        ['node_modules/x', file('2')],
      ]),
    )
    expect(plan.remove).toEqual(['a/node_modules', 'node_modules'])
    expect(plan.removeDirectories).toEqual(['a'])
    expect(plan.makeDirectories).toEqual(['node_modules'])
  })
})
