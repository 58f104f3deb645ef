import type { Command, Suite } from '../../domain/suite.ts'
import type { Place } from '../verify.ts'

const PROBE_MS = 20_000
const PROBE_BYTES = 16 * 1024

/** What a `--version` command printed; null when it cannot be run. Asked once per place. */
export async function probeVersion(place: Place, suite: Suite, argv: Command): Promise<string | null> {
  const known = probed.get(place) ?? new Map<string, string | null>()
  probed.set(place, known)
  const key = JSON.stringify([suite.cwd, suite.env, argv])
  const before = known.get(key)
  if (before !== undefined) return before
  const version = await ask(place, suite, argv)
  known.set(key, version)
  return version
}

const probed = new WeakMap<Place, Map<string, string | null>>()

async function ask(place: Place, suite: Suite, argv: Command): Promise<string | null> {
  const result = await place.run({
    argv,
    cwd: suite.cwd,
    env: suite.env,
    wallMs: PROBE_MS,
    outputBytes: PROBE_BYTES,
  })
  if (result.end.kind !== 'exited' || result.end.code !== 0) return null
  return `${result.stdout}\n${result.stderr}`.trim().split('\n')[0] ?? ''
}
