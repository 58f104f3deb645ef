import type { Stage } from '../../domain/stage.ts'
import type { TranscriptEntry } from '../../domain/transcript.ts'
import {
  type FollowedTranscript,
  followTranscripts,
  isWanted,
  type WantedAttempts,
} from '../../observe/follow-transcripts.ts'
import type { AttemptRecord, Run, StoreReader } from '../../observe/open-readonly.ts'
import { openWatch, requireAttempts, requireRun, requireTask, type Watch } from '../../observe/open-watch.ts'
import { readTranscriptFile } from '../../observe/transcript-tail.ts'
import { systemClock } from '../../runtime/clock.ts'
import type { CommandContext } from '../command-context.ts'
import { stopOnSignals } from '../stop-on-signals.ts'
import { indented } from '../text-lines.ts'
import { attemptHead, attemptSums, entryLines, NOT_WHOLE } from '../transcript-lines.ts'

/** `orchestrator task log KEY [--attempt N] [--stage S] [--follow]`: what the agents said and did, oldest attempt first. */
export async function taskLogCommand(
  context: CommandContext,
  key: string,
  flags: Readonly<Record<string, unknown>>,
): Promise<number> {
  using watched = await openWatch(context)
  const found = { ...requireRun(watched), db: watched.place.db }
  requireTask(found, key)
  const wanted: WantedAttempts = {
    number: typeof flags['attempt'] === 'number' ? flags['attempt'] : null,
    stage: (flags['stage'] as Stage | undefined) ?? null,
  }
  const asked = { ...found, key, wanted }
  return flags['follow'] === true ? await follow(context, asked) : tellAll(context, asked)
}

interface Asked {
  readonly reader: NonNullable<Watch['reader']>
  readonly run: Run
  readonly db: string
  readonly key: string
  readonly wanted: WantedAttempts
}

function tellAll({ output }: CommandContext, { reader, run, db, key, wanted }: Asked): number {
  const { generation } = requireTask({ reader, run }, key)
  const attempts = requireAttempts({ reader, run }, key, wanted.number).filter((one) => isWanted(one, wanted))
  const logs = attempts.map((attempt) => ({ attempt, kept: keptOf({ reader, run, db }, attempt) }))
  output.result(
    'task-log',
    { run: run.id, task: key, attempts: logs.map(({ attempt, kept }) => asDocument(attempt, kept)) },
    logs.length === 0
      ? [`${key} has no ${wanted.stage === null ? 'attempts' : 'such attempt'} yet.`]
      : [
          ...logs.flatMap(({ attempt, kept }) => [
            attemptHead(attempt, generation),
            ...[...attemptSums(attempt), ...kept.lines].flatMap((line) => indented(line, 4)),
            '',
          ]),
          `Next: orchestrator task show ${key}`,
        ],
  )
  return 0
}

interface Kept {
  readonly entries: readonly TranscriptEntry[]
  readonly whole: boolean
  readonly lines: readonly string[]
}

/** From its file; from the store, where a program kept it that had no files. */
function keptOf(
  { reader, run, db }: { readonly reader: StoreReader; readonly run: Run; readonly db: string },
  { id, outcome, agent }: AttemptRecord,
): Kept {
  const file = readTranscriptFile(db, { run: run.id, attempt: id })
  if (file === null) {
    const text = reader.transcript(id) ?? ''
    const none = agent === null || outcome.kind === 'running' ? [] : [NONE]
    return { entries: [], whole: text !== '' || none.length === 0, lines: text === '' ? none : [text] }
  }
  const whole = file.whole || outcome.kind === 'running'
  return { ...file, whole, lines: [...file.entries.flatMap(entryLines), ...(whole ? [] : [NOT_WHOLE])] }
}

const NONE =
  '[none] Nothing is kept of it: its agent was not called, it is older than transcripts are kept, or the disk took nothing.'

function asDocument(attempt: AttemptRecord, { entries, whole, lines }: Kept) {
  const { number, generation, stage, agent, outcome, startedAt, endedAt, agentMs, ...rest } = attempt
  return {
    attempt: number,
    generation,
    stage,
    agent,
    outcome: outcome.kind,
    startedAt,
    endedAt,
    agentMs,
    spend: rest.spend,
    estimated: rest.estimated,
    transcript: lines.join('\n'),
    entries,
    whole,
    resources: rest.resources,
  }
}

async function follow(context: CommandContext, asked: Asked): Promise<number> {
  const { output } = context
  const { reader, run, db, key, wanted } = asked
  using signals = stopOnSignals(() => {}, { atOnce: true })
  if (wanted.number !== null && reader.task(run.id, key)?.state.state !== 'running')
    requireAttempts({ reader, run }, key, wanted.number)
  const told = followTranscripts({
    reader,
    db,
    run,
    task: key,
    wanted,
    clock: systemClock,
    signal: signals.winding,
  })
  for (;;) {
    const next = await told.next()
    if (next.done !== true) tell(context, asked, next.value)
    else if (next.value === 'stopped') return 130
    else {
      if (next.value === 'left' && !output.json)
        output.progress(`Nobody works on run ${run.id} now. Next: orchestrator run --resume`)
      return 0
    }
  }
}

function tell({ output }: CommandContext, { run, key, reader }: Asked, told: FollowedTranscript): void {
  const { attempt } = told
  const of = {
    run: run.id,
    task: key,
    attempt: attempt.number,
    generation: attempt.generation,
    stage: attempt.stage,
    outcome: attempt.outcome.kind,
  }
  if (told.kind === 'begun') {
    const { generation } = requireTask({ reader, run }, key)
    const head = attemptHead(attempt, generation)
    if (!output.json) output.line('task-log-entry', { ...of, entry: null, whole: null }, head)
    return
  }
  if (told.kind === 'entry') {
    const lines = entryLines(told.entry).flatMap((line) => indented(line, 4))
    if (output.json || lines.length > 0)
      output.line('task-log-entry', { ...of, entry: told.entry, whole: null }, lines.join('\n'))
    return
  }
  const older = told.whole === null ? (reader.transcript(attempt.id) ?? '') : ''
  const lines = [
    ...(older === '' ? [] : indented(older, 4)),
    ...(told.whole === false ? indented(NOT_WHOLE, 4) : []),
    ...indented([`[${attempt.outcome.kind}]`, ...attemptSums(attempt)].join(' '), 4),
  ]
  output.line('task-log-entry', { ...of, entry: null, whole: told.whole }, lines.join('\n'))
}
