import { join } from 'node:path'
import type { TaskDefinition } from '../domain/plan.ts'
import type { Suite } from '../domain/suite.ts'
import { namesPath } from '../domain/task-path.ts'
import { trialText } from '../domain/trial-text.ts'
import { messageOf } from '../errors.ts'
import { stampAt } from '../git/disk.ts'
import type { AgentTree } from '../git/trees.ts'
import { redactSecrets } from '../runtime/redact-secrets.ts'
import { runTests } from '../verify/runners/run-tests.ts'
import { testFiles } from '../verify/runners/tree-files.ts'
import type { Place } from '../verify/verify.ts'
import { type RunContext, suiteOf } from './context.ts'
import { Meter } from './meter.ts'
import { placeRunner } from './place-runner.ts'
import type { RunningStage } from './stage-call.ts'

/** The longest trial run. An agent that waits for one says nothing, so that it also ends well before a stall. */
const LONGEST_MS = 300_000

/** Runs of tests that an agent asks for in its own tree: contained, one at a time, and never evidence. */
export interface TrialRuns extends AsyncDisposable {
  readonly run: (files: readonly string[] | null, signal: AbortSignal) => Promise<string>
  /** Ends one that is under way, and lets none begin. Resolves once no process of it is left. */
  end(): Promise<void>
}

/** Disposed before the tree is read: no process of a trial is left then. */
export function trialRuns(context: RunContext, running: RunningStage, tree: AgentTree): TrialRuns {
  const task = running.call.claim.task.definition
  const suite = suiteOf(context, task)
  const over = new AbortController()
  let present: Promise<string> | null = null
  const end = async (): Promise<void> => {
    over.abort()
    await present
  }
  return {
    end,
    run: async (files, signal) => {
      if (over.signal.aborted) return 'The attempt has ended.'
      if (present !== null) return 'A run of tests is under way: one at a time. Wait for what it says.'
      const stop = AbortSignal.any([signal, over.signal, running.call.signal])
      present = trial({ context, running, tree, task, suite, stop }, files)
      try {
        return await present
      } finally {
        present = null
      }
    },
    [Symbol.asyncDispose]: end,
  }
}

interface Trial {
  readonly context: RunContext
  readonly running: RunningStage
  readonly tree: AgentTree
  readonly task: TaskDefinition
  readonly suite: Suite
  readonly stop: AbortSignal
}

/** Never throws: what goes wrong is told to who asked, and nobody is blamed for it. */
async function trial(asked: Trial, named: readonly string[] | null): Promise<string> {
  const { suite, task } = asked
  try {
    const place = placeOf(asked)
    const known = await knownTests(place, suite, task)
    const strange = (named ?? []).filter((file) => !known.includes(file))
    if (strange.length > 0)
      return `No test files of the suite ${suite.name}: ${strange.join(', ').slice(0, 1_000)}`
    const files = named ?? known.filter((file) => namesPath(task, 'tests', file))
    if (files.length === 0) return `None of the tests of the task is there yet: ${task.tests.join(', ')}`
    return redactSecrets(trialText(await runTests(place, suite, { files }), suite))
  } catch (thrown) {
    return `The tests could not be run: ${messageOf(thrown).slice(0, 1_000)}`
  }
}

/** Those that the suite's patterns name, and those that the task declares besides; as they are in the tree now. */
async function knownTests(place: Place, suite: Suite, task: TaskDefinition): Promise<string[]> {
  const declared = task.tests.filter((entry) => !entry.includes('*'))
  const stamps = await Promise.all(declared.map((file) => stampAt(join(place.directory, file))))
  const there = declared.filter((_, index) => (stamps[index] ?? null) !== null)
  return [...new Set([...(await testFiles(place, suite)), ...there])]
}

function placeOf({ context, running, tree, suite, stop }: Trial): Place {
  const { clock, settings, limits } = context
  const longestMs = Math.min(LONGEST_MS, suite.limits.runMs, Math.floor(limits.stallMs / 2))
  const deadline = clock.monotonic() + longestMs
  // Its time is that of the agent that waits for it.
  const meter = new Meter(clock)
  const run = placeRunner(context, { meter, tally: running.tally, signal: stop }, { suite, place: tree })
  return {
    directory: tree.directory,
    // What is written and removed there by path, an agent at work could lead elsewhere by a link.
    reports: tree.reports,
    ownCode: context.ownCode,
    parallelism: Math.max(1, Math.floor(settings.cores / settings.verificationSlots)),
    fill: () => Promise.reject(new Error('the tree of an agent is not filled')),
    run: (command) => {
      const wallMs = Math.max(1, Math.min(command.wallMs, deadline - clock.monotonic()))
      return run({ ...command, wallMs }, [])
    },
  }
}
