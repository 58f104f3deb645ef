/** A tenth of the jobs warms up: the clock starts behind them. */
const WARM = 0.1
const LONGEST_MS = 8_000

/**
 * Counts jobs. `ended` becomes jobs per second: once all are counted and `settled` has come true, or when the time is over.
 */
export function counted(jobs, settled = () => Promise.resolve()) {
  const warm = jobs * WARM
  const { promise, resolve, reject } = Promise.withResolvers()
  let done = 0
  let began = 0
  const tell = () => {
    const seconds = (performance.now() - began) / 1_000
    if (done > warm) resolve((done - warm) / seconds)
    else reject(new Error(`only ${done} of ${jobs} jobs were done in ${LONGEST_MS} ms`))
  }
  const over = setTimeout(tell, LONGEST_MS)
  const count = () => {
    done += 1
    if (done === warm) began = performance.now()
    if (done === jobs) void settled().then(tell).catch(reject)
  }
  return { count, failed: reject, ended: promise.finally(() => clearTimeout(over)) }
}
