import { describe, expect, it } from 'vitest'
import { listSchedule, type Part, type ScheduledTask } from '../../bench/list-schedule.ts'

describe('listSchedule', () => {
  it('gives a free worker the first task of the order that can begin', () => {
    const tasks = [task('a', 1), task('b', 1), task('head', 2), task('tail', 3, ['head'])]
    expect(listSchedule(tasks, ['a', 'b', 'head', 'tail'], places(1))).toBe(7)
    expect(listSchedule(tasks, ['a', 'b', 'head', 'tail'], places(2))).toBe(6)
    expect(listSchedule(tasks, ['head', 'tail', 'a', 'b'], places(2))).toBe(5)
  })

  it('takes ready tasks of one moment by the order, not by when they became ready', () => {
    const tasks = [task('root', 1), task('short', 1, ['root']), task('long', 5, ['root']), task('other', 1)]
    expect(listSchedule(tasks, ['root', 'other', 'long', 'short'], places(2))).toBe(6)
    expect(listSchedule(tasks, ['root', 'other', 'short', 'long'], places(1))).toBe(8)
  })

  it('lets verification wait for its place while the worker keeps its task', () => {
    const parts: Part[] = [work(1), verification(4)]
    const tasks = ['a', 'b', 'c'].map((key) => ({ ...task(key, 0), parts }))
    expect(listSchedule(tasks, ['a', 'b', 'c'], { workers: 3, verification: 1 })).toBe(13)
    expect(listSchedule(tasks, ['a', 'b', 'c'], { workers: 3, verification: 3 })).toBe(5)
  })

  it('lands one task after the other, and dependants begin once it has landed', () => {
    const tasks = [task('a', 1), task('b', 1), task('c', 1, ['b'])].map((each) => ({
      ...each,
      landing: [work(10)],
    }))
    expect(listSchedule(tasks, ['a', 'b', 'c'], places(3))).toBe(1 + 10 + 10 + 1 + 10)
  })

  it('frees the worker while a task lands', () => {
    const tasks = ['a', 'b', 'c'].map((key) => ({ ...task(key, 5), landing: [work(1)] }))
    expect(listSchedule(tasks, ['a', 'b', 'c'], places(1))).toBe(16)
  })

  it('lets a landing that waits for a place go before work that does', () => {
    const tasks: ScheduledTask[] = [
      { ...task('first', 1), landing: [verification(2)] },
      { ...task('next', 1, ['first']), parts: [work(100)] },
      { ...task('a', 0), parts: [verification(5)] },
      { ...task('b', 0), parts: [verification(50)] },
    ]
    expect(listSchedule(tasks, ['a', 'b', 'first', 'next'], { workers: 3, verification: 1 })).toBe(107)
  })

  it('refuses a plan that goes in a circle', () => {
    expect(() => listSchedule([task('a', 1, ['b']), task('b', 1, ['a'])], ['a', 'b'], places(1))).toThrow(
      '2 tasks can never begin',
    )
  })
})

function task(key: string, ms: number, dependsOn: readonly string[] = []): ScheduledTask {
  return { key, dependsOn, parts: [work(ms)], landing: [] }
}

function places(workers: number): { readonly workers: number; readonly verification: number } {
  return { workers, verification: workers }
}

function work(ms: number): Part {
  return { kind: 'work', ms }
}

function verification(ms: number): Part {
  return { kind: 'verification', ms }
}
