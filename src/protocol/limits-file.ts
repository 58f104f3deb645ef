import { z } from 'zod'
import { strict } from './shapes.ts'

/** Limits that a plan or the configuration may set; each with its range. */
export const limitShapes = {
  redFix: z.int().min(0).max(20),
  green: z.int().min(1).max(20),
  fix: z.int().min(0).max(20),
  disputes: z.int().min(0).max(20),
  landingReturns: z.int().min(0).max(20),
  infrastructure: z.int().min(0).max(100),
  attempts: z.int().min(1).max(200),
  stageMs: z.int().min(1000).max(86_400_000),
  stallMs: z.int().min(1000).max(86_400_000),
  treeBytes: z
    .int()
    .min(1024 * 1024)
    .max(1024 ** 4),
  treeFiles: z.int().min(1).max(10_000_000),
}

export const limitsFileShape = strict({
  redFix: limitShapes.redFix.optional().describe('RED_FIX attempts after a refused RED.'),
  green: limitShapes.green.optional().describe('GREEN attempts.'),
  fix: limitShapes.fix.optional().describe('FIX attempts.'),
  disputes: limitShapes.disputes.optional().describe('Disputes of one task.'),
  landingReturns: limitShapes.landingReturns.optional().describe('Landing returns of one task.'),
  infrastructure: limitShapes.infrastructure.optional().describe('Infrastructure retries of one stage.'),
  attempts: limitShapes.attempts.optional().describe('Attempts of one task in all.'),
  stageMs: limitShapes.stageMs.optional().describe('Longest attempt of an agent, in milliseconds.'),
  stallMs: limitShapes.stallMs.optional().describe('Longest silence of an agent, in milliseconds.'),
  treeBytes: limitShapes.treeBytes.optional().describe('Largest tree that an agent may leave, in bytes.'),
  treeFiles: limitShapes.treeFiles.optional().describe('Most files that an agent may leave.'),
})
