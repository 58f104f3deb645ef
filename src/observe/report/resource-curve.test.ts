import { describe, expect, it } from 'vitest'
import type { ResourcePoint } from '../../domain/attempt-resources.ts'
import { resourceCurve } from './resource-curve.ts'

const point = (atMs: number, cpuMs: number, bytes: number): ResourcePoint => ({
  atMs,
  cpuMs,
  bytes,
  processes: 1,
})

describe('what an attempt used over time', () => {
  it('is drawn as an area of memory and a line of processor time, each as high as its highest', () => {
    const drawn = resourceCurve('A green 1', [
      point(1_000, 500, 50),
      point(2_000, 2_000, 100),
      point(4_000, 0, 25),
    ])
    expect(drawn?.text).toContain('<path class="memory" d="M0 22V11H30V0H60V16.5H120V22Z"/>')
    expect(drawn?.text).toContain('<path class="processor" d="M0 16.5H30V0H60V22H120"/>')
  })

  it('has words for those who cannot see it', () => {
    const drawn = resourceCurve('A <green> 1', [point(1_000, 500, 2 ** 20), point(90_000, 8_900, 2 ** 21)])
    expect(drawn?.text).toContain('role="img" aria-label="A &lt;green&gt; 1 over 1 min 30 s: up to 2.0 MiB"')
  })

  it('is as high as one processor can work, where it did not work as much', () => {
    const drawn = resourceCurve('A', [point(1_000, 0, 0), point(2_000, 500, 0)])
    expect(drawn?.text).toContain('d="M0 22H60V11H120"')
    expect(drawn?.text).toContain('d="M0 22V22H60V22H120V22Z"')
  })

  it('is nothing where it was looked at once or never, and survives looks of one moment', () => {
    expect(resourceCurve('A', [])).toBeNull()
    expect(resourceCurve('A', [point(1_000, 1, 1)])).toBeNull()
    expect(resourceCurve('A', [point(0, 1, 1), point(0, 1, 1)])?.text).not.toMatch(/NaN|Infinity/)
  })
})
