import { z } from 'zod'
import type { AgentRequest, AgentResult } from './agent.ts'

/** What is used of the SDK to offer tools that run in our own process. */
export interface ToolSdk {
  tool(
    name: string,
    description: string,
    shape: Readonly<Record<string, z.ZodType>>,
    call: (input: never) => Promise<ToolAnswer>,
  ): unknown
  createSdkMcpServer(server: {
    readonly name: string
    readonly version: string
    readonly tools: unknown[]
  }): unknown
}

interface ToolAnswer {
  readonly content: readonly { readonly type: 'text'; readonly text: string }[]
}

/** What an agent handed in by our tools; nothing of it is believed. */
export interface HandedByTools {
  dispute: string | null
  readonly claims: Map<string, string[]>
}

const LONGEST_REASON = 4_000
const MOST_CLAIMS = 100
const reason = z.string().min(1).max(LONGEST_REASON)
const names = z.array(z.string().min(1).max(1_000)).max(MOST_CLAIMS)

/** Tools that tell the task and take what a tree cannot say: a dispute, and which tests cover which criterion. */
export function claudeTools(sdk: ToolSdk, request: AgentRequest, handed: HandedByTools) {
  const mayDispute = request.stage === 'green' || request.stage === 'fix'
  const tools = [
    sdk.tool('task', 'The task once more: its key, its stage, and the whole prompt.', {}, () =>
      said(`${request.task}, ${request.stage}\n\n${request.prompt}`),
    ),
    ...(mayDispute
      ? [
          sdk.tool(
            'dispute',
            'Says that a test contradicts the criteria, with the reason. Another agent looks at the tests. End after it.',
            { reason },
            ({ reason: told }: { readonly reason: string }) => {
              handed.dispute = told
              return said('It is handed in. Change nothing more, and end.')
            },
          ),
        ]
      : [
          sdk.tool(
            'claim',
            'Says which tests, by their full names, cover a criterion whose id their names do not carry.',
            { criterion: z.string().min(1).max(200), tests: names },
            ({ criterion, tests: told }: { readonly criterion: string; readonly tests: string[] }) => {
              if (handed.claims.size < MOST_CLAIMS) handed.claims.set(criterion, told)
              return said('It is noted, and will be checked.')
            },
          ),
        ]),
  ]
  return sdk.createSdkMcpServer({ name: SERVER, version: '1.0.0', tools })
}

export const SERVER = 'tdd'

/** What was handed in by tools goes before what was by files. */
export function withTools(result: AgentResult, { dispute, claims }: HandedByTools): AgentResult {
  if (dispute !== null && (result.kind === 'done' || result.kind === 'disputed'))
    return { kind: 'disputed', reason: dispute }
  return result.kind === 'done'
    ? { kind: 'done', claims: { ...result.claims, ...Object.fromEntries(claims) } }
    : result
}

function said(text: string): Promise<ToolAnswer> {
  return Promise.resolve({ content: [{ type: 'text', text }] })
}
