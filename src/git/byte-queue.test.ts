import { describe, expect, it } from 'vitest'
import { ByteQueue } from './byte-queue.ts'

describe('ByteQueue', () => {
  it('gives lines and bytes in other pieces than they came', () => {
    const queue = new ByteQueue()
    queue.push(Buffer.from('fir'))
    expect(queue.takeLine()).toBeNull()
    queue.push(Buffer.from('st\nbo'))
    expect(queue.takeLine()).toBe('first')
    expect(queue.take(4)).toBeNull()
    queue.push(Buffer.from('dy\n\nlast\n'))
    expect(queue.take(5)?.toString()).toBe('body\n')
    expect([queue.takeLine(), queue.takeLine(), queue.takeLine()]).toEqual(['', 'last', null])
  })

  it('gives nothing of nothing', () => {
    const queue = new ByteQueue()
    expect(queue.take(0)).toHaveLength(0)
    expect(queue.take(1)).toBeNull()
  })
})
