import type { Command } from 'commander'
import { amount, count, duration } from './option-values.ts'

const SCOPES = [
  { suffix: '', whose: '', pauses: 'pause after' },
  { suffix: '-per-task', whose: ' for one task', pauses: 'stop a task after' },
  { suffix: '-per-day', whose: ' of all runs in one day', pauses: 'pause after' },
] as const

/** The budgets of a run, of each task and of each day. */
export function addBudgetOptions(command: Command): Command {
  for (const { suffix, whose, pauses } of SCOPES) {
    command
      .option(
        `--max-invocations${suffix} <n>`,
        `${pauses} so many agent calls${whose}`,
        count(`--max-invocations${suffix}`),
      )
      .option(`--max-usd${suffix} <amount>`, `${pauses} so much money${whose}`, amount(`--max-usd${suffix}`))
      .option(`--max-tokens${suffix} <n>`, `${pauses} so many tokens${whose}`, count(`--max-tokens${suffix}`))
      .option(
        `--max-time${suffix} <duration>`,
        `${pauses} this time${whose}, for example 90m`,
        duration(`--max-time${suffix}`),
      )
  }
  return command
}

/** Values of these flags by the paths of their options. */
export function budgetFlags(flags: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return {
    'run.maxInvocations': flags['maxInvocations'],
    'run.maxUsd': flags['maxUsd'],
    'run.maxTokens': flags['maxTokens'],
    'run.maxTimeMs': flags['maxTime'],
    ...scopeFlags(flags, 'task', 'PerTask'),
    ...scopeFlags(flags, 'day', 'PerDay'),
    'run.leaveWindow': flags['leaveWindow'],
  }
}

function scopeFlags(
  flags: Readonly<Record<string, unknown>>,
  scope: 'task' | 'day',
  suffix: string,
): Record<string, unknown> {
  return {
    [`budgets.${scope}.invocations`]: flags[`maxInvocations${suffix}`],
    [`budgets.${scope}.usd`]: flags[`maxUsd${suffix}`],
    [`budgets.${scope}.tokens`]: flags[`maxTokens${suffix}`],
    [`budgets.${scope}.timeMs`]: flags[`maxTime${suffix}`],
  }
}
