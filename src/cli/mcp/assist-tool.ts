import { z } from 'zod'
import type { Environment } from '../../config/environment.ts'

/** What a tool is called with, beside its input. */
export interface AssistCall {
  /** A directory of the repository that is meant. */
  readonly cwd: string
  readonly env: Environment
  readonly progress: (line: string) => void
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal
}

/** A tool for an assistant of a person. It answers with a document, or throws as commands do. */
export interface AssistTool {
  readonly name: string
  readonly description: string
  readonly shape: Readonly<Record<string, z.ZodType>>
  /** Changes a run, or begins one: needs the token that a person was shown. */
  readonly changes: boolean
  /** Measures trees: one at a time. */
  readonly long: boolean
  readonly call: (call: AssistCall, input: unknown) => Promise<unknown>
}

/** A tool whose input has its shape when it is called. */
export function assistTool<Shape extends Readonly<Record<string, z.ZodType>>>(
  tool: Pick<AssistTool, 'name' | 'description'> &
    Partial<Pick<AssistTool, 'changes' | 'long'>> & {
      readonly shape: Shape
      readonly call: (call: AssistCall, input: z.infer<z.ZodObject<Shape>>) => Promise<unknown>
    },
): AssistTool {
  const shape = z.object(tool.shape)
  return {
    changes: false,
    long: false,
    ...tool,
    call: async (call, input) => tool.call(call, shape.parse(input)),
  }
}
