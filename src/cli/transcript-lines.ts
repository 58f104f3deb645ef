import type { TranscriptEntry } from '../domain/transcript.ts'
import { counted, momentText } from '../domain/wording.ts'
import type { AttemptRecord } from '../observe/open-readonly.ts'
import { durationText, indented, usd, usedText } from './text-lines.ts'

/** Of what came of a tool; the rest is in the document. */
const MOST_LINES = 6

/** `2  GREEN  refused  by claude`. */
export function attemptHead(
  { number, stage, outcome, agent, generation }: AttemptRecord,
  current: number,
): string {
  const by = agent === null ? '' : `  by ${agent}`
  const before = generation === current ? '' : '  (before it was retried)'
  return `${number}  ${stage.toUpperCase()}  ${outcome.kind}${by}${before}`
}

/** What it took and used; nothing while it runs. */
export function attemptSums({ resources, spend, estimated, startedAt, endedAt }: AttemptRecord): string[] {
  const tokens = spend.inputTokens + spend.outputTokens + spend.cacheReadTokens + spend.cacheWriteTokens
  const cost = `${counted(tokens, 'token')}, ${usd(spend.costUsd)}${estimated ? ' (estimated)' : ''}`
  return [
    ...(endedAt === null
      ? []
      : [`took ${durationText(endedAt - startedAt)}${tokens === 0 ? '' : `, ${cost}`}`]),
    ...(resources === null ? [] : [usedText(resources)]),
  ]
}

/** One entry as people read it; empty where its figures stand elsewhere. */
export function entryLines(entry: TranscriptEntry): string[] {
  switch (entry.kind) {
    case 'said':
      return entry.text.split('\n')
    case 'tool':
      if (entry.outcome === undefined) return [`[${entry.name}] ${entry.detail}`.trimEnd()]
      return [
        `[${entry.name}] ${entry.outcome.failed ? 'failed' : 'done'}`,
        ...indented(short(entry.outcome.text), 4),
      ]
    case 'limited':
      return [`[limited] ${entry.cause} until ${momentText(entry.until)}`]
    case 'result':
      return [`[${entry.result}]${entry.detail === '' ? '' : ` ${entry.detail}`}`]
    case 'note':
      return [`[note] ${entry.text}`]
    case 'gap':
      return [`[not kept] ${counted(entry.entries, 'entry', 'entries')}: ${entry.reason}`]
    case 'begun':
    case 'usage':
    case 'ended':
      return []
  }
}

/** Where what is shown is not all that was told. */
export const NOT_WHOLE = '[cut] The rest was not kept: its process was killed, or the disk took no more.'

function short(text: string): string {
  const lines = text.replace(/\n+$/, '').split('\n')
  if (lines.length <= MOST_LINES + 1) return lines.join('\n')
  return [...lines.slice(0, MOST_LINES), `… ${lines.length - MOST_LINES} more lines (--json has more)`].join(
    '\n',
  )
}
