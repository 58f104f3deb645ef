import { describe, expect, it } from 'vitest'
import { forecast, type ForecastTask } from './forecast.ts'

function task(key: string, over: Partial<ForecastTask> = {}): ForecastTask {
  return { key, dependsOn: [], priority: 0, left: true, tookMs: null, waitMs: 0, ...over }
}

const LANDED = [10, 20, 30].map((tookMs, index) => task(`DONE-${index}`, { left: false, tookMs }))

describe('the forecast of a run', () => {
  it('is unknown until three tasks have landed', () => {
    expect(forecast([...LANDED.slice(1), task('A')], { workers: 1, waitMs: 0 })).toBeNull()
  })

  it('goes by other runs before that, and by a guess where they say too little, too', () => {
    const tasks = [...LANDED.slice(2), task('A')]
    expect(forecast(tasks, { workers: 1, waitMs: 0, took: [70, 70] })).toEqual({ p50Ms: 70, p90Ms: 70 })
    const guess = { p50Ms: 5, p90Ms: 9 }
    expect(forecast(tasks, { workers: 1, waitMs: 0, took: [70], guess })).toEqual(guess)
  })

  it('shares what is left among the workers', () => {
    const left = ['A', 'B', 'C', 'D'].map((key) => task(key))
    expect(forecast([...LANDED, ...left], { workers: 2, waitMs: 0 })).toEqual({ p50Ms: 40, p90Ms: 60 })
  })

  it('is never shorter than the longest chain that is left', () => {
    const left = [task('A'), task('B', { dependsOn: ['A'] }), task('C', { dependsOn: ['B'] })]
    expect(forecast([...LANDED, ...left], { workers: 8, waitMs: 0 })).toEqual({ p50Ms: 60, p90Ms: 90 })
  })

  it('is nothing when nothing is left', () => {
    expect(forecast(LANDED, { workers: 3, waitMs: 90 })).toEqual({ p50Ms: 0, p90Ms: 0 })
  })

  it('has the wait of a task that is held, and of the whole run, in it', () => {
    const left = [task('A', { waitMs: 500 }), task('B', { dependsOn: ['A'] }), task('C')]
    expect(forecast([...LANDED, ...left], { workers: 8, waitMs: 0 })).toEqual({ p50Ms: 540, p90Ms: 560 })
    expect(forecast([...LANDED, ...left], { workers: 8, waitMs: 100 })).toEqual({ p50Ms: 640, p90Ms: 660 })
  })
})
