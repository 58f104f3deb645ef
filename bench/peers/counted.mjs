/** What warms up: a tenth of the jobs, or the first second of a slow machine. The clock starts behind it. */
const WARM = 0.1
const WARM_MS = 1_000
const LONGEST_MS = 8_000

/**
 * Counts jobs. `ended` becomes jobs per second: once all are counted and `settled` has come true, or when the time is over.
 */
export function counted(jobs, settled = () => Promise.resolve()) {
  const { promise, resolve, reject } = Promise.withResolvers()
  const opened = performance.now()
  let done = 0
  let begin = null
  const tell = () => {
    if (begin === null || done === begin.done)
      reject(new Error(`only ${done} of ${jobs} jobs were done in ${LONGEST_MS} ms`))
    else resolve(((done - begin.done) / (performance.now() - begin.at)) * 1_000)
  }
  const over = setTimeout(tell, LONGEST_MS)
  const count = () => {
    done += 1
    if (begin === null) {
      const at = performance.now()
      if (done >= jobs * WARM || at - opened >= WARM_MS) begin = { done, at }
    }
    if (done === jobs) void settled().then(tell).catch(reject)
  }
  return { count, failed: reject, ended: promise.finally(() => clearTimeout(over)) }
}
