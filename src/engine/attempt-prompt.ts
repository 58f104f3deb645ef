import type { TreeId } from '../domain/evidence.ts'
import { keptPrompt, type Prompt } from '../domain/prompt-part.ts'
import { TASK_STATES } from '../domain/task.ts'
import { redactSecrets } from '../runtime/redact-secrets.ts'
import { secretForms } from '../runtime/secret-forms.ts'
import { type RunContext, suiteOf } from './context.ts'
import { surroundingsOf } from './plan-surroundings.ts'
import { gatherFacts, stagePrompt } from './render-prompt.ts'
import type { RunningStage } from './stage-call.ts'

/** What the agent of an attempt is told of its base; kept with the attempt before it begins. */
export async function attemptPrompt(
  context: RunContext,
  { call, attempt }: RunningStage,
  baseTree: TreeId,
): Promise<Prompt> {
  const { task } = call.claim
  // Who replays history asks no model.
  const facts = context.replay === null ? await factsFor(context, call.claim.task.definition, baseTree) : []
  const prompt = stagePrompt(context.prompts, { task, step: call.step, facts })
  if (context.replay === null) {
    const text = redactSecrets(prompt.text, secretForms(context.secrets.values))
    const kept = keptPrompt({ ...prompt, text })
    await context.store.keepPrompt(attempt, kept, context.clock.now())
  }
  return prompt
}

async function factsFor(
  context: RunContext,
  task: Parameters<typeof gatherFacts>[1],
  tree: TreeId,
): ReturnType<typeof gatherFacts> {
  const { git, texts, projects, store, run } = context
  const [planTexts, tasks, keys] = await Promise.all([
    store.planTexts(run),
    store.neighbours(run, task.key),
    store.keysIn(run, TASK_STATES),
  ])
  const surroundings = surroundingsOf(task, { tasks, keys, planTexts })
  return gatherFacts({ git, texts, projects, tree, suite: suiteOf(context, task) }, task, surroundings)
}

/** For the transcript: what its agent was not told, in a line; null where it was told everything. */
export function promptNote({ parts, tokens, limit }: Prompt): string | null {
  const cut = parts.filter((part) => part.cut > 0)
  if (cut.length === 0 && tokens <= limit) return null
  const names = cut.map(({ name, cut: missing }) => `${name} (about ${missing} tokens)`)
  const left = names.join(', ') || 'nothing, it may not be'
  return `the prompt has about ${tokens} tokens of ${limit}; cut or left out: ${left}`
}
