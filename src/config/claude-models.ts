import type { TierModels } from '../domain/attempt-model.ts'
import type { Config } from './schema.ts'

/** What Claude Code is asked for at each tier. */
export function claudeModels({ agents }: Pick<Config, 'agents'>): TierModels {
  const { lowModel, mediumModel, highModel } = agents.claude
  return { low: lowModel, medium: mediumModel, high: highModel }
}
