import { z } from 'zod'
import type { Immutable } from '../immutable.ts'
import { commitShape, count, milliseconds } from './parts.ts'

/** What became of a repository's own history in the pipeline. */
export const backtestReportShape = z.strictObject({
  commits: count,
  tasks: count.describe('Commits that touch tests and sources.'),
  proven: count,
  carried: count.describe('Landed without proof.'),
  refused: z.array(
    z.strictObject({ commit: commitShape, stage: z.string(), code: z.string(), fact: z.string() }),
  ),
  conflicts: count.describe('Of the refused ones, those that held by themselves and not in the landing.'),
  treeMatches: z.boolean().describe('Whether the final tree is the one of the history.'),
  wallMs: milliseconds,
  engineMs: milliseconds,
  workers: count,
})
export type BacktestReport = Immutable<z.infer<typeof backtestReportShape>>
