// argv[2]: the address of the database. Asked { workers }, it answers the milliseconds of one durable step.
import { answer } from './answer.mjs'
import { installed } from './installed.mjs'

const { DBOS } = installed('@dbos-inc/dbos-sdk')

const WARM_MS = 300
const MEASURED_MS = 1_500

DBOS.setConfig({ name: 'bench', systemDatabaseUrl: process.argv[2], logLevel: 'error' })
const stepsFor = DBOS.registerWorkflow(steps, { name: 'steps' })
await DBOS.launch()
answer(async ({ workers }) => {
  await all(workers, WARM_MS)
  const ended = await all(workers, MEASURED_MS)
  const began = Math.min(...ended.map((workflow) => workflow.began))
  const took = Math.max(...ended.map((workflow) => workflow.ended)) - began
  return took / ended.reduce((sum, { done }) => sum + done, 0)
})

/** As many workflows at once as there are workers. */
function all(workers, ms) {
  return Promise.all(Array.from({ length: workers }, () => stepsFor(ms)))
}

/** The body of a workflow: its own begin and end, which are commits as well, are left out. */
async function steps(ms) {
  const began = performance.now()
  let done = 0
  for (; performance.now() - began < ms; done += 1) await DBOS.runStep(nothing, { name: 'nothing' })
  return { began, ended: performance.now(), done }
}

function nothing() {
  return Promise.resolve()
}
