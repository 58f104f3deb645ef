import { spelledOut } from '../domain/plain-text.ts'
import { ERROR_CATALOGUE, OrchestratorError, messageOf } from '../errors.ts'
import type { DocumentName, Documents } from '../protocol/output/documents.ts'
import { originalFailure } from './original-failure.ts'
import { Screen } from './screen.ts'

/** Where a command writes: one JSON document or text for people on stdout, progress and errors on stderr. */
export interface Output {
  readonly json: boolean
  /** Whether each document stands in a line of its own: then an error does, too. */
  readonly lines: boolean
  /** Whether stdout is a terminal that may be drawn on. */
  readonly live: boolean
  readonly color: boolean
  /** Width of the terminal that progress goes to; null where it goes elsewhere. */
  readonly columns: number | null
  /** The result of the command. With --json the document, which has the shape of that name, else the lines. */
  result<Name extends DocumentName>(name: Name, document: Documents[Name], lines: readonly string[]): void
  /** One of many results, told as soon as it is there. With --json a document in one line. */
  line<Name extends DocumentName>(name: Name, document: Documents[Name], text: string): void
  /** A page that is shown again in place on a terminal, and below the last one elsewhere. */
  redraw(lines: readonly string[]): void
  /** Something worth knowing while it goes on. */
  progress(line: string): void
  /** Sends progress through a view that stands on the terminal, so that neither writes over the other; null ends it. */
  route(through: ((line: string) => void) | null): void
}

export function openOutput(options: {
  readonly json: boolean
  readonly lines: boolean
  readonly env: Readonly<Record<string, string | undefined>>
}): Output {
  const live = !options.json && process.stderr.isTTY && process.stdout.isTTY
  const color = live && (options.env['NO_COLOR'] ?? '') === '' && options.env['TERM'] !== 'dumb'
  const screen = new Screen(process.stdout)
  let view: ((line: string) => void) | null = null
  return {
    json: options.json,
    lines: options.lines,
    live,
    color,
    columns: process.stderr.isTTY && process.stderr.columns > 0 ? process.stderr.columns : null,
    result: (_name, document, lines) => {
      const text = options.json ? documentText(document, options) : lines.map(printable).join('\n')
      if (text !== '') process.stdout.write(`${text}\n`)
    },
    line: (_name, document, text) => {
      process.stdout.write(`${options.json ? JSON.stringify(document) : printable(text)}\n`)
    },
    redraw: (lines) => {
      const shown = lines.map(printable)
      if (live) screen.draw(shown)
      else process.stdout.write(`${shown.join('\n')}\n\n`)
    },
    progress: (line) => {
      if (view === null) process.stderr.write(`${printable(line)}\n`)
      else view(printable(line))
    },
    route: (through) => {
      view = through
    },
  }
}

/** Prints an error and answers the exit code for it. */
export function tellError(failure: unknown, output: Pick<Output, 'json' | 'lines'>): number {
  const thrown = originalFailure(failure)
  const known = thrown instanceof OrchestratorError ? thrown : null
  const code = known?.code ?? 'internal'
  const hint =
    known?.hint ??
    (known === null ? 'This is a fault of the program. Please report it with the lines above.' : null)
  if (output.json) {
    const document: Documents['error'] = { error: { code, message: messageOf(thrown), hint: hint ?? '' } }
    process.stdout.write(`${documentText(document, output)}\n`)
  }
  if (known === null && thrown instanceof Error)
    process.stderr.write(`${printable(thrown.stack ?? thrown.message)}\n`)
  process.stderr.write(`error: ${printable(messageOf(thrown))}\n`)
  if (hint !== null) process.stderr.write(`${printable(hint)}\n`)
  return known?.exitCode ?? ERROR_CATALOGUE.internal.exit
}

function documentText(document: unknown, { lines }: Pick<Output, 'lines'>): string {
  return JSON.stringify(document, null, lines ? undefined : 2)
}

/** Text from repositories and agents must not draw on a terminal. */
export function printable(text: string): string {
  return spelledOut(text).replaceAll('\t', '  ')
}
