import { z } from 'zod'
import { RUNNERS } from '../../domain/suite.ts'

const texts = z.array(z.string())

export const suiteShape = z.strictObject({
  name: z.string(),
  runner: z.enum(RUNNERS),
  cwd: z.string(),
  tests: texts,
  sources: texts,
  fixtures: texts,
  setup: z.array(texts),
  build: z.array(texts),
  checks: z.record(z.string(), texts),
  env: z.record(z.string(), z.string()),
  command: texts.nullable(),
  args: texts,
  report: z.string().nullable(),
  limits: z.strictObject({ testMs: z.int(), runMs: z.int(), outputBytes: z.int() }),
})

/** What was found in the files of HEAD, and where it was written. */
export const initReportShape = z.strictObject({
  file: z.string(),
  written: z.boolean(),
  suites: z.array(suiteShape),
  notes: texts,
  text: z.string().describe('The content of the file.'),
})
