/**
 * Works off a queue, `limit` items at once; the work may add to the queue. After a failure nothing more is begun, and
 * the failure is thrown once everything that was begun has ended.
 */
export function workOff<Item>(
  queue: Item[],
  limit: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let active = 0
    const failures: unknown[] = []
    const next = (): void => {
      while (failures.length === 0 && active < limit && queue.length > 0) {
        const item = queue.pop() as Item
        active += 1
        void run(item)
      }
      if (active > 0) return
      if (failures.length === 0) resolve()
      else reject(failures[0])
    }
    const run = async (item: Item): Promise<void> => {
      try {
        await work(item)
      } catch (reason) {
        failures.push(reason)
      }
      active -= 1
      next()
    }
    next()
  })
}
