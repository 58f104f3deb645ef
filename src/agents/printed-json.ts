import type { z } from 'zod'

/** A line of JSON, in a shape; null for what is none, or has another. The lines come from where a model and its tools write. */
export function shapedLine<Shape extends z.ZodType>(line: string, shape: Shape): z.infer<Shape> | null {
  try {
    const parsed = shape.safeParse(JSON.parse(line))
    return parsed.success ? parsed.data : null
  } catch {
    // No JSON at all.
    return null
  }
}

/** Whether a line looks like one of a format that we read, of which this part is not of interest. */
export function isJsonLine(line: string): boolean {
  return line.startsWith('{"')
}
