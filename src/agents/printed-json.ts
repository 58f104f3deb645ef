import type { z } from 'zod'
import type { AgentEvent } from './agent.ts'
import { parsedJson } from '../domain/parsed-json.ts'

/** A line of JSON, in a shape; null for what is none, or has another. The lines come from where a model and its tools write. */
export function shapedLine<Shape extends z.ZodType>(line: string, shape: Shape): z.infer<Shape> | null {
  const parsed = shape.safeParse(parsedJson(line))
  return parsed.success ? parsed.data : null
}

/** A line that none of the shapes has: one of JSON is of no interest, and what is none is told as it stands. */
export function otherLine(line: string): AgentEvent[] {
  return line.startsWith('{"') ? [] : [{ kind: 'said', text: line }]
}
