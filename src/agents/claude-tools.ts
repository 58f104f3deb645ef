import type { z } from 'zod'
import { SERVER, type TaskTool } from './task-tools.ts'

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

/** The tools of an attempt as a server within our own process, which the client reaches by its SDK. */
export function claudeTools(sdk: ToolSdk, tools: readonly TaskTool[]): unknown {
  const offered = tools.map(({ name, description, shape, call }) =>
    sdk.tool(name, description, shape, async (input: unknown) => ({
      content: [{ type: 'text', text: await call(input) }],
    })),
  )
  return sdk.createSdkMcpServer({ name: SERVER, version: '1.0.0', tools: offered })
}
