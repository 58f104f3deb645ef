import { describe, expect, it } from 'vitest'
import { cliSample } from '../support/cli-sample.ts'
import { DRILL } from '../support/drill.ts'
import { letterFiles, letterPlan, letterSession } from '../support/letters.ts'
import { canMount, onSmallDisk } from '../support/small-disk.ts'
import { tempRepo } from '../support/temp-repo.ts'

const DISK_BYTES = 60 * 1024 * 1024
const KEYS = ['A', 'B', 'C']

/** No circuit is to hold back what is tried again. */
const PATIENT = {
  TDD_CIRCUIT_STAGE_MAX_FAILURES: '100',
  TDD_CIRCUIT_WORKER_MAX_CONSECUTIVE: '100',
  TDD_CIRCUIT_SYSTEM_RATE_OUTCOMES: '1000',
}

/** Runs what it is given behind the first four; once a directory below the first is there, it fills that disk for a while. */
const FILL = `state="$1"; awaited="$2"; seconds="$3"; plan="$4"; session="$5"; shift 5
"$@" ingest "$plan" >&2
"$@" run --agent scripted --session "$session" --workers 2 --json & run=$!
while kill -0 $run 2>/dev/null && ! find "$state" -path "*/$awaited" 2>/dev/null | grep -q .; do sleep 0.05; done
dd if=/dev/zero of="$state/others" bs=65536 2>/dev/null
sleep "$seconds"
rm "$state/others"
wait $run
`

describe.runIf(DRILL && canMount())('a run whose trees and objects have no room on their disk', () => {
  for (const [when, awaited] of [
    ['an agent works', 'slots/agent_1/tree/src'],
    ['a proof is made', 'slots/proof_1/tree/test/a.test.js'],
  ] as const)
    it(`since ${when}: it blames nobody, says what to do, and goes on once there is room`, async () => {
      const sample = cliSample(tempRepo(letterFiles))
      const { repo, env } = sample
      const plan = sample.beside('plan.json', letterPlan(KEYS))
      const session = sample.beside('played.session.json', letterSession(KEYS))
      const fill = sample.beside('fill.sh', FILL)
      const script = ['sh', fill, repo.state, awaited, '6', plan, session]
      const within = [...onSmallDisk(repo.state, DISK_BYTES), ...script]
      const store = { TDD_DB: sample.beside('store.db', '') }
      const end = await sample.cli([], { within, env: { ...env, ...PATIENT, ...store } })
      expect(end.code, end.stderr).toBe(0)
      const report = JSON.parse(end.stdout) as Report
      expect(report.landed, end.stderr).toHaveLength(KEYS.length)
      expect(report.refusals, end.stderr).toEqual([])
      expect(end.stderr).toMatch(/lost .*infrastructure: .*(?:room|disk was full)/)
      repo.git('fsck', '--strict')
    })
})

interface Report {
  readonly landed: readonly unknown[]
  readonly refusals: readonly unknown[]
}
