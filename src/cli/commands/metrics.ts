import { OrchestratorError } from '../../errors.ts'
import { placeOf } from '../../observe/open-watch.ts'
import type { CommandContext } from '../command-context.ts'
import { stopOnSignals } from '../stop-on-signals.ts'

const DEFAULT_HOST = '127.0.0.1'
const DEFAULT_PORT = 9464

interface MetricsFlags {
  readonly serve?: boolean
  readonly port?: number
  readonly host?: string
  readonly expose?: boolean
}

/** `orchestrator metrics [--serve]`. Looks only; the library that writes the text is loaded here and by no other command. */
export async function metricsCommand(context: CommandContext, flags: MetricsFlags): Promise<number> {
  const { serve = false, host = DEFAULT_HOST, port = DEFAULT_PORT, expose = false } = flags
  if (!serve) refuseUnserved(flags)
  const { db } = await placeOf(context)
  if (serve) return serveMetrics(context, { host, port, expose, db })
  const { collectorAt } = await import('../../observe/metrics/collector.ts')
  const collector = collectorAt(db)
  const text = await collector.exportPrometheus()
  context.output.result('metrics', await collector.exportDocument(), text.trimEnd().split('\n'))
  return 0
}

interface Serving {
  readonly host: string
  readonly port: number
  readonly expose: boolean
  readonly db: string
}

/** Answers until it is interrupted, which is how it ends: 0. */
async function serveMetrics({ output }: CommandContext, where: Serving): Promise<number> {
  using signals = stopOnSignals((line) => output.progress(line), { atOnce: true })
  await using server = await openServer(where)
  const { url, host, port } = server
  output.line('metrics-serving', { url, host, port }, `Metrics are at ${url} until Ctrl-C.`)
  if (!signals.stopping.aborted) {
    await new Promise((stopped) => signals.stopping.addEventListener('abort', stopped, { once: true }))
  }
  return 0
}

/** On its own: in a function with `using` the compiler leaves the name of a module that is loaded later as it is. */
async function openServer(where: Serving) {
  const { openScrapeServer } = await import('../../observe/metrics/scrape-server.ts')
  return openScrapeServer(where)
}

function refuseUnserved(flags: MetricsFlags): void {
  const [given] = (['port', 'host', 'expose'] as const).filter((name) => flags[name] !== undefined)
  if (given === undefined) return
  throw new OrchestratorError('usage', `--${given} says nothing without --serve`, {
    hint: `Add it: orchestrator metrics --serve --${given} …`,
  })
}
