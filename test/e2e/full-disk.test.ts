import { mkdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { cliSample } from '../support/cli-sample.ts'
import { DRILL } from '../support/drill.ts'
import { letterFiles, letterTest } from '../support/letters.ts'
import { type PlayedTasks, playedPlan, playedSession, testPath, writesTest } from '../support/played-tasks.ts'
import { whyNoSandbox } from '../support/sandbox.ts'
import { tempRepo } from '../support/temp-repo.ts'
import { canMount, onSmallDisk } from '../support/small-disk.ts'

const DISK_BYTES = 200 * 1024 * 1024
const canPlay = (await whyNoSandbox()) === null && canMount()

const FILL = `import { appendFileSync } from 'node:fs'
try { for (;;) appendFileSync(process.env.TMPDIR + '/large', Buffer.alloc(1024 * 1024)) } catch {}
`

/** No circuit is to hold back who is tried again. */
const PATIENT = {
  TDD_CIRCUIT_STAGE_MAX_FAILURES: '100',
  TDD_CIRCUIT_WORKER_MAX_CONSECUTIVE: '100',
  TDD_CIRCUIT_SYSTEM_RATE_OUTCOMES: '1000',
}

/** Each fills the disk whenever it works, in its tree, beside it, or by its tests; the others are honest. */
const TASKS: PlayedTasks = {
  A: { red: again([{ run: ['sh', '-c', 'yes > large || true'] }, ...writesTest('A')]) },
  B: { red: again([{ write: { [testPath('B')]: FILL + letterTest('B') } }]) },
  C: {},
  D: {},
  E: {},
}

function again(actions: readonly Readonly<Record<string, unknown>>[]) {
  return Array.from({ length: 10 }, () => actions)
}

describe.runIf(DRILL && canPlay)('a run on a disk that agents and tests fill', () => {
  it('goes on, blames nobody for what failed with it, and lands what the others do', async () => {
    const sample = cliSample(tempRepo(letterFiles))
    const { env, repo } = sample
    const plan = sample.beside('plan.json', playedPlan(TASKS, { limits: { infrastructure: 3 } }))
    const session = sample.beside('played.session.json', playedSession(TASKS))
    mkdirSync(repo.state, { recursive: true })
    const script = `"$@" ingest ${plan} --trust-commands >/dev/null && "$@" run --agent scripted --session ${session} --workers 3 --json`
    const within = [...onSmallDisk(repo.state, DISK_BYTES), 'sh', '-c', script, 'sh']
    const { code, stdout, stderr } = await sample.cli([], { within, env: { ...env, ...PATIENT } })
    expect(code, stderr).toBe(1)
    const report = JSON.parse(stdout) as Report
    expect(report.landed.map(({ task }) => task).toSorted()).toEqual(['C', 'D', 'E'])
    expect(report.tasks).toMatchObject({ completed: 3, needs_human: 2 })
    expect(report.refusals, stderr).toEqual([])
  })
})

interface Report {
  readonly landed: readonly { readonly task: string }[]
  readonly tasks: Readonly<Record<string, number>>
  readonly refusals: readonly unknown[]
}
