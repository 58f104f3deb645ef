import { setImmediate as nextTurn } from 'node:timers/promises'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { MetricsDocument } from '../../protocol/output/metrics.ts'
import type { StoreReader } from '../open-readonly.ts'
import { runFacts } from '../circuits.ts'
import { isLive } from '../open-watch.ts'
import { type MetricDescription, type MetricName, METRICS, type Sample } from './catalogue.ts'
import { type Counted, countsOf } from './event-counts.ts'
import { type MetricFacts, samplesOf } from './fact-samples.ts'
import { Recoveries } from './recoveries.ts'

/** Events that are read at once; between two reads others have their turn. */
const AT_ONCE = 5_000

/**
 * Metrics of one store. All of them follow from it, so that every process tells the same ones, after a restart too:
 * counters and histograms from the event log, of which each look reads only what is new, the others from its rows.
 */
export class StoreMetrics {
  readonly #registry = new Registry()
  readonly #recoveries = new Recoveries()
  readonly #metrics = Object.fromEntries(
    Object.entries<MetricDescription>(METRICS).map(([name, is]) => [name, made(name, is, this.#registry)]),
  ) as Readonly<Record<MetricName, Counter | Gauge | Histogram>>
  #seen = 0

  /** The number of the last event that was counted. */
  get seen(): number {
    return this.#seen
  }

  /** Reads what is new; one call at a time. A null reader is a store in which nothing was kept yet. */
  async update(reader: StoreReader | null, now: number): Promise<void> {
    if (reader === null) return this.#show({ ...NOTHING, now })
    while (this.#count(reader) === AT_ONCE) await nextTurn()
    // What came meanwhile is counted in the same moment that the rows are read in.
    reader.snapshot(() => {
      while (this.#count(reader) === AT_ONCE);
      this.#show(factsOf(reader, now))
    })
  }

  text(): Promise<string> {
    return this.#registry.metrics()
  }

  async document(): Promise<MetricsDocument> {
    const metrics = await this.#registry.getMetricsAsJSON()
    return {
      metrics: metrics.map(({ name, help, type, values }) => ({
        name,
        help,
        type: String(type),
        samples: values.map((value) => ({
          name: 'metricName' in value && typeof value.metricName === 'string' ? value.metricName : name,
          labels: Object.fromEntries(
            Object.entries(value.labels).map(([label, said]) => [label, String(said)]),
          ),
          value: value.value,
        })),
      })),
    }
  }

  /** Counts the next events of the log and answers how many there were. */
  #count(reader: StoreReader): number {
    const events = reader.metricEvents({ after: this.#seen, limit: AT_ONCE })
    for (const event of events) {
      for (const counted of [...countsOf(event), ...this.#recoveries.take(event)]) this.#add(counted)
      this.#seen = event.seq
    }
    return events.length
  }

  #add({ name, labels, amount = 1 }: Counted): void {
    const metric = this.#metrics[name]
    if (metric instanceof Histogram) metric.observe(labels, amount)
    else metric.inc(labels, amount)
  }

  #show(facts: MetricFacts): void {
    const samples = samplesOf(facts)
    for (const name of new Set(samples.map((each) => each.name))) this.#metrics[name].reset()
    for (const { name, labels, value } of samples) {
      const metric = this.#metrics[name]
      if (metric instanceof Gauge) metric.set(labels, value)
      else if (metric instanceof Counter) metric.inc(labels, value)
    }
  }
}

function factsOf(reader: StoreReader, now: number): MetricFacts {
  const run = reader.currentRun()
  return {
    now,
    live: isLive(reader),
    run:
      run === null
        ? null
        : {
            state: run.state,
            tasks: reader.counts(run.id),
            workers: reader.workers(run.id),
            circuits: reader.circuitRows(run.id),
            facts: runFacts(reader, run, now),
          },
    quarantined: reader.quarantined().length,
    figures: reader.figures(run?.id ?? null, now),
  }
}

const NOTHING: Omit<MetricFacts, 'now'> = {
  live: false,
  run: null,
  quarantined: 0,
  figures: {
    newest: null,
    runs: {},
    running: {},
    requests: { open: 0, oldestAt: null },
    spent: {
      invocations: 0,
      costUsd: 0,
      tokens: { input: 0, output: 0, cache_read: 0, cache_write: 0 },
      ms: { agent: 0, verify: 0, wait: 0, engine: 0 },
    },
  },
}

/** Whatever counts is there from the start, with 0: a rate that begins with the first of a kind would not see it. */
function made(name: string, is: MetricDescription, registry: Registry): Counter | Gauge | Histogram {
  const told = { name, help: is.help, labelNames: Object.keys(is.labels), registers: [registry] }
  if (is.type === 'gauge') return new Gauge(told)
  if (is.type === 'histogram') {
    const histogram = new Histogram({ ...told, buckets: [...is.buckets] })
    for (const labels of combinations(is)) histogram.zero(labels)
    return histogram
  }
  const counter = new Counter(told)
  for (const labels of combinations(is)) counter.inc(labels, 0)
  return counter
}

/** Every combination of what the labels may say that there can be; none where one of them is not listed. */
function combinations({ labels, canBe = () => true }: MetricDescription): Sample['labels'][] {
  let all: Sample['labels'][] = [{}]
  for (const [label, words] of Object.entries(labels)) {
    all = all.flatMap((labelled) => (words ?? []).map((word) => ({ ...labelled, [label]: word })))
  }
  return all.filter(canBe)
}
