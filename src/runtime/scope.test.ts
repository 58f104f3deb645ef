import { describe, expect, it } from 'vitest'
import { Scope } from './scope.ts'

describe('Scope', () => {
  it('releases in reverse order, once', async () => {
    const order: string[] = []
    const scope = new Scope()
    for (const name of ['store', 'git', 'trees']) scope.add(name, () => void order.push(name))
    await Promise.all([scope.release(), scope.release()])
    expect(order).toEqual(['trees', 'git', 'store'])
  })

  it('releases everything although one release fails, and says which', async () => {
    const released: string[] = []
    const scope = new Scope()
    scope.add('first', () => void released.push('first'))
    scope.add('broken', () => Promise.reject(new Error('no')))
    const failure = await scope.release().catch((thrown: unknown) => thrown)
    expect(released).toEqual(['first'])
    expect((failure as AggregateError).errors.map(String)).toEqual(['Error: releasing broken failed'])
  })

  it('keeps what was moved out of it', async () => {
    const released: string[] = []
    const scope = new Scope()
    scope.add('kept', () => void released.push('kept'))
    const moved = scope.move()
    await scope.release()
    expect(released).toEqual([])
    await moved.release()
    expect(released).toEqual(['kept'])
  })

  it('takes nothing more once it has ended', async () => {
    const scope = new Scope()
    await scope.release()
    expect(() => scope.add('late', () => undefined)).toThrow('late')
  })
})
