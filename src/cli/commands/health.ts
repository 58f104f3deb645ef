import { isGrave, readHealth } from '../../observe/health.ts'
import { placeOf } from '../../observe/open-watch.ts'
import { systemClock } from '../../runtime/clock.ts'
import type { CommandContext } from '../command-context.ts'
import { healthReportLines } from '../health-lines.ts'

/** `orchestrator health`. Looks only; 1 while UNHEALTHY, and where the store cannot be read. */
export async function healthCommand(context: CommandContext): Promise<number> {
  const place = await placeOf(context)
  const now = systemClock.now()
  const health = readHealth(place.db, now)
  context.output.result('health-report', health, healthReportLines(health, now))
  return isGrave(health) ? 1 : 0
}
