import { describe, expect, it } from 'vitest'
import { Recent } from './recent.ts'

describe('Recent', () => {
  it('drops what was not used for longest once the bound is passed', () => {
    const recent = new Recent<number>(10)
    recent.set('a', 1, 4)
    recent.set('b', 2, 4)
    recent.get('a')
    recent.set('c', 3, 4)
    expect([recent.get('a'), recent.get('b'), recent.get('c')]).toEqual([1, undefined, 3])
  })

  it('keeps a value that alone passes the bound, and only that', () => {
    const recent = new Recent<number>(10)
    recent.set('a', 1, 4)
    recent.set('big', 2, 40)
    expect([recent.get('a'), recent.get('big')]).toEqual([undefined, 2])
    recent.set('b', 3, 1)
    expect([recent.get('big'), recent.get('b')]).toEqual([undefined, 3])
  })

  it('counts the weight of a replaced value once', () => {
    const recent = new Recent<number>(10)
    for (let round = 0; round < 5; round += 1) recent.set('a', round, 6)
    recent.set('b', 1, 4)
    expect([recent.get('a'), recent.get('b')]).toEqual([4, 1])
  })
})
