import { z } from 'zod'
import type { Immutable } from '../immutable.ts'

/** What `metrics` prints for Prometheus, as JSON. */
export const metricsShape = z.strictObject({
  metrics: z.array(
    z.strictObject({
      name: z.string(),
      help: z.string(),
      type: z.string().describe('`gauge`, `counter` or `histogram`.'),
      samples: z.array(
        z.strictObject({
          name: z.string().describe('Of a histogram with its ending `_bucket`, `_sum` or `_count`.'),
          labels: z.record(z.string(), z.string()),
          value: z.number(),
        }),
      ),
    }),
  ),
})
export type MetricsDocument = Immutable<z.infer<typeof metricsShape>>

/** Where `metrics --serve` answers. */
export const metricsServingShape = z.strictObject({
  url: z.string().describe('Of the page of metrics.'),
  host: z.string(),
  port: z.int().min(1).max(65_535),
})
