import { readFile } from 'node:fs/promises'
import { openSessionEndpoint } from '../agents/endpoint/session-endpoint.ts'
import { parseSession } from '../protocol/session-file.ts'
import { systemClock } from '../runtime/clock.ts'

/** What a demonstration with a real client needs instead of a model. */
interface DemoEndpoint extends AsyncDisposable {
  /** Added to the environment of the engine. */
  readonly env: Readonly<Record<string, string>>
}

/** Plays the recorded session as the model that Claude Code speaks to. */
export async function openDemoEndpoint(sessionFile: string, withoutSleep: boolean): Promise<DemoEndpoint> {
  const session = parseSession(await readFile(sessionFile, 'utf8'), sessionFile)
  const endpoint = await openSessionEndpoint({ session, withoutSleep, clock: systemClock })
  return {
    env: { ANTHROPIC_BASE_URL: endpoint.url, ANTHROPIC_API_KEY: 'no-key-is-needed-here' },
    [Symbol.asyncDispose]: () => endpoint[Symbol.asyncDispose](),
  }
}
