import { join } from 'node:path'
import { claudeModels } from '../config/claude-models.ts'
import type { Config } from '../config/schema.ts'
import { promptRoom } from '../domain/context-window.ts'
import type { Git } from '../git/git.ts'
import { readTemplates } from '../prompts/templates.ts'
import type { PromptSettings } from './render-prompt.ts'

/** People's own templates, beside the configuration. Nobody's task may change what lies there. */
const OWN_PROMPTS = join('.tdd', 'prompts')

/** How prompts are made with what is configured and written now. Throws `prompt_invalid`. */
export async function promptSettings(
  { git, config }: { readonly git: Pick<Git, 'repository'>; readonly config: Config },
  agent: string,
): Promise<PromptSettings> {
  return {
    templates: await readTemplates(join(git.repository.workTree, OWN_PROMPTS)),
    room: roomFor(config, agent),
  }
}

/** Tokens of a prompt for an agent. Of a command nobody knows the model. */
export function roomFor(config: Config, agent: string): number {
  const models = agent === 'claude' ? Object.values(claudeModels(config)) : []
  return promptRoom(config.prompts.maxTokens, models)
}
