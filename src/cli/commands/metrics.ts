import { OrchestratorError } from '../../errors.ts'
import { collectorAt } from '../../observe/metrics/collector.ts'
import { openScrapeServer } from '../../observe/metrics/scrape-server.ts'
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

/** `orchestrator metrics [--serve]`. Looks only. */
export async function metricsCommand(context: CommandContext, flags: MetricsFlags): Promise<number> {
  const { serve = false, host = DEFAULT_HOST, port = DEFAULT_PORT, expose = false } = flags
  if (!serve) refuseUnserved(flags)
  const { db } = await placeOf(context)
  if (serve) return serveMetrics(context, { host, port, expose, db })
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
  await using server = await openScrapeServer(where)
  const { url, host, port } = server
  output.line('metrics-serving', { url, host, port }, `Metrics are at ${url} until Ctrl-C.`)
  if (!signals.stopping.aborted) {
    await new Promise((stopped) => signals.stopping.addEventListener('abort', stopped, { once: true }))
  }
  return 0
}

function refuseUnserved(flags: MetricsFlags): void {
  const [given] = (['port', 'host', 'expose'] as const).filter((name) => flags[name] !== undefined)
  if (given === undefined) return
  throw new OrchestratorError('usage', `--${given} says nothing without --serve`, {
    hint: `Add it: orchestrator metrics --serve --${given} …`,
  })
}
