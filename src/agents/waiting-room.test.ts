import { describe, expect, it } from 'vitest'
import { WaitingRoom } from './waiting-room.ts'

describe('a waiting room', () => {
  it('lets all out in the order in which they came, those who come later too, until it is closed', async () => {
    const room = new WaitingRoom<number>(10)
    room.enter(1)
    const left: number[] = []
    const leaving = (async () => {
      for await (const each of room.leave()) left.push(each)
    })()
    await Promise.resolve()
    room.enter(2)
    await Promise.resolve()
    room.enter(3)
    room.close()
    await leaving
    expect(left).toEqual([1, 2, 3])
  })

  it('holds no more than it may: the oldest go', async () => {
    const room = new WaitingRoom<number>(3)
    for (let each = 0; each < 1_000; each += 1) room.enter(each)
    room.close()
    const left: number[] = []
    for await (const each of room.leave()) left.push(each)
    expect(left).toEqual([997, 998, 999])
  })

  it('tells of a failure after what came before it', async () => {
    const room = new WaitingRoom<number>(3)
    room.enter(1)
    room.close(new Error('gone'))
    const left: number[] = []
    await expect(async () => {
      for await (const each of room.leave()) left.push(each)
    }).rejects.toThrow('gone')
    expect(left).toEqual([1])
  })
})
