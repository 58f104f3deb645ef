/**
 * The object with something done before a method is called: an interleaving that chance would bring, made certain. The
 * method itself is called all the same, with what it was called with.
 */
export function doingBefore<T extends object, Name extends keyof T>(
  target: T,
  method: Name,
  act: (call: number) => unknown,
): T {
  let calls = 0
  return new Proxy(target, {
    get: (real, name) => {
      const value = Reflect.get(real, name, real) as unknown
      if (typeof value !== 'function') return value
      const bound = value.bind(real) as (...args: unknown[]) => unknown
      if (name !== method) return bound
      return async (...args: unknown[]): Promise<unknown> => {
        calls += 1
        await act(calls)
        return bound(...args)
      }
    },
  })
}
