import { z } from 'zod'
import { suiteFileShape } from '../suite-file.ts'

const origin = z
  .enum(['default', 'file', 'main_work_tree', 'environment', 'flag'])
  .describe('`main_work_tree`: the file of the main work tree, which alone says where the state is.')

/** Each value of the configuration and where it came from. */
export const configReportShape = z.strictObject({
  file: z.string().nullable().describe('The configuration file that was read.'),
  values: z.array(
    z.strictObject({
      path: z.string().describe('For example `run.workers`.'),
      value: z.unknown(),
      from: origin,
      unit: z.string().nullable(),
      env: z.string().nullable().describe('The environment variable that sets it.'),
    }),
  ),
  suites: z
    .array(suiteFileShape.extend({ setupSecrets: z.array(z.string()).optional() }))
    .describe('As written in the file; empty where they are those that are found.'),
  suitesFrom: origin.optional(),
})
