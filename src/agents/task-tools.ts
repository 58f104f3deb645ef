import { z } from 'zod'
import type { AgentRequest, AgentResult } from './agent.ts'

/** What a tool is called, is for and takes; the same wherever it is offered. */
interface ToolDescription {
  readonly name: string
  readonly description: string
  readonly shape: Readonly<Record<string, z.ZodType>>
}

export interface TaskTool extends ToolDescription {
  /** Answers with a text in any case: also what is wrong with the input. The input is a model's. */
  readonly call: (input: unknown) => Promise<string>
}

/** What an agent handed in by our tools; nothing of it is believed. */
export interface HandedByTools {
  dispute: string | null
  blocked: string | null
  readonly claims: Map<string, string[]>
}

type ToolRequest = Pick<AgentRequest, 'task' | 'stage' | 'prompt' | 'criteria' | 'runTests'>

/** The tools of an attempt: they tell the task, run its tests as a help, and take what a tree cannot say. */
export function taskTools(request: ToolRequest, handed: HandedByTools, signal: AbortSignal): TaskTool[] {
  const calls = callsOf(request, handed, signal)
  return toolDescriptions(request.stage).map((tool) => ({
    ...tool,
    call: async (input) => {
      const parsed = z.object(tool.shape).safeParse(input)
      if (!parsed.success) return `The input does not fit: ${z.prettifyError(parsed.error).slice(0, LONGEST)}`
      return (
        (await calls[tool.name as ToolName]?.(parsed.data as never)) ?? `There is no tool ${tool.name} here.`
      )
    },
  }))
}

export const SERVER = 'tdd'

export function nothingHanded(): HandedByTools {
  return { dispute: null, blocked: null, claims: new Map() }
}

/** What was handed in by tools goes before what was by files. Only an agent that ended well has handed anything in. */
export function withTools(result: AgentResult, { dispute, blocked, claims }: HandedByTools): AgentResult {
  const endedWell = result.kind === 'done' || result.kind === 'disputed' || isBlocked(result)
  if (dispute !== null && endedWell) return { kind: 'disputed', reason: dispute }
  if (blocked !== null && result.kind === 'done')
    return { kind: 'gave_up', cause: 'blocked', detail: blocked }
  return result.kind === 'done'
    ? { kind: 'done', claims: { ...result.claims, ...Object.fromEntries(claims) } }
    : result
}

function isBlocked(result: AgentResult): boolean {
  return result.kind === 'gave_up' && result.cause === 'blocked'
}

const LONGEST = 4_000
const MOST_CLAIMS = 100
const MOST_FILES = 50
const reason = z.string().trim().min(1).max(LONGEST)
const name = z.string().min(1).max(1_000)

const TOOLS = {
  task_get: {
    description: 'The task once more: its key, its stage, and the whole prompt.',
    shape: {},
  },
  task_criteria: {
    description: 'The criteria of the task, one a line, with their ids.',
    shape: {},
  },
  run_tests: {
    description:
      'Runs the tests of the task in your tree, or the test files that you name, and says what each did. One run at a time. It is a help and not the verdict: that comes from runs on clean trees after you have ended.',
    shape: {
      files: z
        .array(name)
        .max(MOST_FILES)
        .optional()
        .describe('Test files, relative to the tree. Left out: those of the task.'),
    },
  },
  dispute: {
    description:
      'Says that a test contradicts the criteria, with the reason. Another agent looks at the tests. End after it.',
    shape: { reason },
  },
  claim: {
    description:
      'Says which tests, by their full names, cover a criterion whose id their names do not carry.',
    shape: { criterion: z.string().min(1).max(200), tests: z.array(name).max(MOST_CLAIMS) },
  },
  report_blocked: {
    description:
      'Says that you cannot go on whatever you do, and why: the next attempt and a person read it. The attempt counts as one that failed. End after it.',
    shape: { reason },
  },
} as const satisfies Readonly<Record<string, Omit<ToolDescription, 'name'>>>

type ToolName = keyof typeof TOOLS

/** The tools that are offered at a stage. */
export function toolDescriptions(stage: AgentRequest['stage']): ToolDescription[] {
  const without = stage === 'green' || stage === 'fix' ? 'claim' : 'dispute'
  return Object.entries(TOOLS)
    .filter(([tool]) => tool !== without)
    .map(([tool, { description, shape }]) => ({ name: tool, description, shape }))
}

function callsOf(
  request: ToolRequest,
  handed: HandedByTools,
  signal: AbortSignal,
): Readonly<Record<ToolName, (input: never) => string | Promise<string>>> {
  return {
    task_get: () => `${request.task}, ${request.stage}\n\n${request.prompt}`,
    task_criteria: () =>
      request.criteria.map(({ id, text }) => `${id}: ${text}`).join('\n') || 'The task has no criteria.',
    run_tests: ({ files }: { readonly files?: readonly string[] }) => request.runTests(files ?? null, signal),
    dispute: ({ reason: told }: { readonly reason: string }) => {
      handed.dispute = told
      return 'It is handed in. Change nothing more, and end.'
    },
    claim: ({ criterion, tests }: { readonly criterion: string; readonly tests: string[] }) => {
      const ids = request.criteria.map(({ id }) => id)
      if (!ids.includes(criterion))
        return `It is not noted: the task has no such criterion, but ${ids.join(', ') || 'none'}.`.slice(
          0,
          LONGEST,
        )
      handed.claims.set(criterion, tests)
      return 'It is noted, and will be checked.'
    },
    report_blocked: ({ reason: told }: { readonly reason: string }) => {
      handed.blocked = told
      return 'It is handed in, and this attempt counts. Change nothing more, and end.'
    },
  }
}
