import { describe, expect, it, onTestFinished } from 'vitest'
import { DRILL } from '../support/drill.ts'
import {
  cliSample,
  type CliSample,
  expectError,
  numberSource,
  numberTask,
  numberTest,
} from '../support/cli-sample.ts'
import { containedWith, processesWith } from '../support/processes.ts'

const PLAN = { version: 1, title: 'Numbers', tasks: [numberTask('double'), numberTask('twice')] }

/** Both tasks wait in RED when `double` is to be interrupted; resumed with `FAST`, they go on. */
const SLOW = sessionOf({ sleepMs: 600_000 })
const FAST = sessionOf({ sleepMs: 1 })

function sessionOf(wait: { readonly sleepMs: number }) {
  const tasks = ['double', 'twice'].map((name) => [
    `${name.toUpperCase()}-1`,
    { red: [[numberTest(name), wait]], green: [[numberSource(name)]] },
  ])
  return { version: 1, tasks: Object.fromEntries(tasks) as Record<string, unknown> }
}

async function planned(): Promise<CliSample & { slow: string[]; fast: string[] }> {
  const sample = cliSample()
  await sample.json(['ingest', sample.beside('plan.json', PLAN)])
  const scripted = (name: string, session: unknown): string[] => [
    'run',
    '--workers',
    '2',
    '--agent',
    'scripted',
    '--session',
    sample.beside(name, session),
  ]
  return { ...sample, slow: scripted('slow.session.json', SLOW), fast: scripted('fast.session.json', FAST) }
}

/** Processes that still run in the sample's slots. */
function leftRunning({ repo }: CliSample): string[] {
  return [...processesWith(repo.state), ...containedWith(repo.state)].map(({ command }) => command)
}

/** Nothing of the sample's slots runs any more, and the run goes on to its end. */
async function expectResumable(sample: CliSample & { readonly fast: string[] }): Promise<void> {
  expect(leftRunning(sample)).toEqual([])
  const resumed = await sample.json([...sample.fast, '--resume'])
  expect(resumed, resumed.stderr).toMatchObject({
    code: 0,
    document: { state: 'completed', tasks: { completed: 2 } },
  })
}

const BOTH_RUN = /DOUBLE-1.*RED[\s\S]*TWICE-1.*RED|TWICE-1.*RED[\s\S]*DOUBLE-1.*RED/

describe('a run that a person interrupts', () => {
  it.each(DRILL ? (['SIGINT', 'SIGTERM', 'SIGHUP'] as const) : (['SIGTERM'] as const))(
    'ends at once at the second %s, resumable, and leaves no process',
    async (signal) => {
      const sample = await planned()
      let sent = 0
      const end = await sample.json(sample.slow, {
        onProgress: (text, kill) => {
          if (sent === 0 && BOTH_RUN.test(text)) {
            sent = 1
            kill(signal)
          } else if (sent === 1 && text.includes('Starting nothing new')) {
            sent = 2
            kill(signal)
          }
        },
      })
      expect(end, end.stderr).toMatchObject({ code: 130, document: { state: 'interrupted' } })
      expect(end.document['next']).toBe('orchestrator run --resume')
      expect(end.stderr).toContain('Stopping at once. How to resume is said at the end.')
      await expectResumable(sample)
    },
  )

  it.runIf(DRILL)('finishes the stages under way at the first Ctrl-C and starts nothing new', async () => {
    const sample = await planned()
    let sent = false
    const session = sample.beside('short.session.json', sessionOf({ sleepMs: 3_000 }))
    const end = await sample.json([...sample.slow.slice(0, -1), session], {
      onProgress: (text, kill) => {
        if (!sent && BOTH_RUN.test(text)) kill('SIGINT')
        sent ||= BOTH_RUN.test(text)
      },
    })
    expect(end, end.stderr).toMatchObject({
      code: 130,
      document: { state: 'interrupted', attempts: 2, refusals: [], tasks: { retryable: 2 } },
    })
    await expectResumable(sample)
  })
})

describe('a run in the background', () => {
  it('is followed, added to, steered and stopped from beside; a second run is refused', async () => {
    const sample = await planned()
    const started = await sample.json([...sample.slow, '--detach'])
    expect(started, started.stderr).toMatchObject({
      code: 0,
      document: { run: expect.any(String) as string },
    })
    const { run, pid } = started.document
    onTestFinished(() => endProcess(Number(pid)))
    expectError(await sample.json(sample.fast), { code: 'store_owned', says: new RegExp(String(pid)) })
    expectError(await sample.json(['clean']), { code: 'store_owned' })
    expectError(await sample.json(['uninstall', '--yes']), { code: 'store_owned' })

    const again = await sample.json(['ingest', sample.beside('plan.json', PLAN), '--new'])
    expectError(again, { code: 'store_owned', says: /attach.*stop.*type the same again/ })
    const more = { ...PLAN, tasks: [numberTask('thrice')] }
    const other = sample.beside('other.json', { ...more, limits: { green: 9 } })
    expectError(await sample.json(['ingest', other]), {
      code: 'plan_invalid',
      says: /limits\.green: 9, in the run 3/,
    })
    const added = await sample.json(['ingest', sample.beside('more.json', more)])
    expect(added, added.stderr).toMatchObject({ code: 0, document: { run, added: true, tasks: 1 } })
    expectError(await sample.json(['ingest', sample.beside('more.json', more), '--new']), {
      code: 'store_owned',
    })
    expect(await sample.json(['task', 'cancel', 'TWICE-1', '--reason', 'enough'])).toMatchObject({
      document: { state: 'cancelled' },
    })
    const status = await sample.json(['status'])
    expect(status.document).toMatchObject({
      run: { state: 'running' },
      tasks: { total: 3, cancelled: 1 },
    })

    let left = false
    const attached = await sample.cli(['attach'], {
      onProgress: (text, kill) => {
        if (!left && text.includes('TWICE-1')) kill('SIGINT')
        left ||= text.includes('TWICE-1')
      },
    })
    expect(attached, attached.stderr).toMatchObject({ code: 130 })
    expect(attached.stderr).toContain('The run goes on')

    const begun = Promise.withResolvers<void>()
    const following = sample.json(['attach'], { onProgress: () => begun.resolve() })
    await begun.promise
    expect(await sample.json(['stop', '--now'])).toMatchObject({
      code: 0,
      document: { state: 'interrupted' },
    })
    expect((await following).code).toBe(130)
    expect(leftRunning(sample)).toEqual([])
    expectError(await sample.json(['stop']), { code: 'nothing_to_run' })
    expectError(await sample.json(['attach']), { code: 'nothing_to_run' })
  })

  it('that cannot start says so at once, with its own exit code', async () => {
    const sample = await planned()
    const end = await sample.json(['run', '--agent', 'scripted', '--session', 'missing.json', '--detach'])
    expectError(end, { code: 'session_invalid', says: /missing\.json/ })
  })
})

/** What a failed test left in the background. */
function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended, as it should.
  }
}
