import { readFileSync } from 'node:fs'
import type { AgentStage } from '../domain/stage.ts'
import { ownFile } from '../runtime/own-files.ts'

/** Values of a template's placeholders; every one that the template names, and no other. */
type PromptFacts = Readonly<Record<string, string>>

/**
 * The prompt of a stage: the template `<stage>.md` with `{{name}}` replaced. Strict: a placeholder without a fact and a
 * fact without a placeholder are faults of ours. Facts are inserted once and never read as templates.
 */
export function renderStagePrompt(stage: AgentStage, facts: PromptFacts): string {
  return renderTemplate(templateOf(stage), { ...facts, fence: fenceFor(Object.values(facts)) })
}

/** A line that none of the facts holds: they come from anywhere, and might end what quotes them. */
function fenceFor(facts: readonly string[]): string {
  const runs = facts.flatMap((fact) => fact.match(/={20,}/g) ?? [])
  return '='.repeat(runs.reduce((longest, run) => Math.max(longest, run.length + 1), 20))
}

export function renderTemplate(template: string, facts: PromptFacts): string {
  const used = new Set<string>()
  const text = template.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const fact = facts[name]
    if (fact === undefined) throw new Error(`the prompt names ${name}, for which there is no fact`)
    used.add(name)
    return fact
  })
  const unused = Object.keys(facts).filter((name) => !used.has(name))
  if (unused.length > 0) throw new Error(`the prompt does not use ${unused.join(', ')}`)
  return text
}

const templates = new Map<AgentStage, string>()

function templateOf(stage: AgentStage): string {
  const known = templates.get(stage)
  if (known !== undefined) return known
  const text = readFileSync(ownFile(`prompts/${stage}.md`), 'utf8')
  templates.set(stage, text)
  return text
}
