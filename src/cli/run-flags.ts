import { budgetFlags } from './budget-options.ts'

/** Flags of `run` that are options of the configuration, by their paths. */
export function configFlags(flags: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return {
    'run.workers': flags['workers'],
    ...budgetFlags(flags),
    'run.onLimit': flags['onLimit'],
    'run.refactor': flags['refactor'],
    'notify.slackWebhook': flags['slackWebhook'],
    'git.target': flags['target'],
    'git.mode':
      flags['branches'] === true ? 'branches' : flags['singleBranch'] === true ? 'single_branch' : undefined,
    ...(flags['circuit'] as Readonly<Record<string, number>> | undefined),
  }
}
