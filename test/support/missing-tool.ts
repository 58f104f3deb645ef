/** Something that tests need and this machine does not have. */
export interface MissingTool {
  readonly tool: string
  /** What is not tested without it. */
  readonly untested: string
  /** How to get it. */
  readonly get: string
}

/** One line that nobody overlooks; under CI nothing may be left out, so there it is an error. */
export function sayMissing({ tool, untested, get }: MissingTool, env = process.env): void {
  const line = `NOT TESTED: ${untested}. ${tool} is missing; to get it: ${get.replaceAll(/\s*\n\s*/g, ' ')}`
  if (env['CI'] === 'true') throw new Error(line)
  process.stderr.write(`\n${line}\n`)
}
