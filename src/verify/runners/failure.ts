import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import type { StackFrame, TestFailure } from '../../domain/evidence.ts'
import type { TreeRoots } from './runner.ts'

const MESSAGE_CHARACTERS = 4_000
const FRAMES = 50

/** An error as a reporter wrote it down. */
export interface ReportedError {
  readonly name: string | null
  readonly code: string | null
  readonly message: string
  readonly stack: string | null
  /** What the reporter could tell for sure; otherwise names and codes decide. */
  readonly kind?: TestFailure['kind'] | undefined
  /** For runners that do not speak in JavaScript stacks. Innermost first. */
  readonly frames?: readonly { readonly file: string; readonly line: number | null }[] | undefined
}

export function toFailure(error: ReportedError, tree: TreeRoots): TestFailure {
  const frames = error.frames === undefined ? stackFrames(error.stack ?? '') : error.frames
  return {
    kind: error.kind ?? (isAssertion(error) ? 'assertion' : 'error'),
    errorName: error.name ?? nameInStack(error.stack),
    message: boundedMessage(relativeText(error.message, tree)),
    frames: frames.slice(0, FRAMES).map((frame) => ({ file: treePath(frame.file, tree), line: frame.line })),
  }
}

/** A path of the runner as the evidence names it: relative to the tree when it lies inside, absolute otherwise. */
export function treePath(path: string, tree: TreeRoots): string {
  const plain = path.startsWith('file://') ? pathOfUrl(path) : path
  const posix = plain.replaceAll('\\', '/')
  for (const directory of tree.directories) {
    if (posix === directory) return '.'
    if (posix.startsWith(`${directory}/`)) return posix.slice(directory.length + 1)
  }
  return posix
}

/** The uncaught error at the end of a process's stderr, as Node prints it. */
export function errorInOutput(output: string): ReportedError {
  const text = stripVTControlCharacters(output).trim()
  const lines = text.split('\n')
  const at = lines.findLastIndex((line) => ERROR_LINE.test(line))
  if (at === -1) return { name: null, code: null, message: tail(text, MESSAGE_CHARACTERS), stack: null }
  const [, name = '', bracketed, named, first = ''] = ERROR_LINE.exec(lines[at] ?? '') ?? []
  const rest = lines.slice(at + 1)
  const stackStart = rest.findIndex((line) => /^\s+at /.test(line))
  const message = [first, ...(stackStart === -1 ? [] : rest.slice(0, stackStart))].join('\n').trim()
  const printed = lines.slice(0, at).findLast((line) => /^(?:file:\/\/|\/|[A-Za-z]:\\).*:\d+$/.test(line))
  const code = bracketed ?? /^\s+code: '([A-Z_]+)'/m.exec(rest.join('\n'))?.[1] ?? null
  const frames = stackFrames(rest.join('\n'))
  const location = named ?? printed
  const innermost = name === 'SyntaxError' && location !== undefined ? frameOf(location) : null
  return { name, code, message, stack: null, frames: innermost === null ? frames : [innermost, ...frames] }
}

export function stackFrames(stack: string): StackFrame[] {
  const frames: StackFrame[] = []
  for (const line of stripVTControlCharacters(stack).split('\n')) {
    const where = /^\s+at (?:.*\()?(.*?)\)?$/.exec(line)?.[1]
    const frame = where === undefined ? null : frameOf(where.replace(/:(\d+):\d+$/, ':$1'))
    if (frame !== null) frames.push(frame)
    if (frames.length >= FRAMES) break
  }
  return frames
}

/** The name, the code in brackets, the file that mocha adds, the message. */
const ERROR_LINE =
  /^\s*(?:Uncaught |Exception during run: )?((?:[A-Za-z_$][\w$.]*)?(?:Error|Exception))(?: \[([A-Z_]+)\])?(?:\[ @(.*) \])?(?:: (.*))?$/

function isAssertion(error: ReportedError): boolean {
  if (error.code === 'ERR_ASSERTION') return true
  if (error.name !== null && ASSERTION_NAMES.test(error.name)) return true
  if (/^(?:AssertionError|JestAssertionError)\b/.test(error.stack ?? '')) return true
  // supertest names its complaints like any error, and they are its own where its frames are in the stack.
  return /^Error: expected .*\n[^]*[\\/]node_modules[\\/]supertest[\\/]/.test(error.stack ?? '')
}

const ASSERTION_NAMES =
  /^(?:AssertionError|JestAssertionError|AssertionFailedError|ComparisonFailure|MultipleFailuresError|Failed|AssertError|UnexpectedError|TestingLibraryElementError)\b/

function nameInStack(stack: string | null): string | null {
  return /^([A-Za-z_$][\w$]*)(?: \[[A-Z_]+\])?(?::|$)/m.exec(stack?.split('\n')[0] ?? '')?.[1] ?? null
}

function frameOf(where: string): StackFrame | null {
  if (where.startsWith('node:') || where.startsWith('internal/')) return null
  const match = /^(.*?):(\d+)$/.exec(where)
  const file = match?.[1] ?? where
  if (!file.startsWith('/') && !file.startsWith('file://') && !/^[A-Za-z]:[\\/]/.test(file)) return null
  return { file, line: match?.[2] === undefined ? null : Number(match[2]) }
}

function relativeText(text: string, tree: TreeRoots): string {
  let result = stripVTControlCharacters(text)
  for (const directory of tree.directories) {
    result = result.replaceAll(`file://${encodeURI(directory)}/`, '').replaceAll(`${directory}/`, '')
  }
  return result
}

function boundedMessage(message: string): string {
  return message.length <= MESSAGE_CHARACTERS ? message : `${message.slice(0, MESSAGE_CHARACTERS - 2)} …`
}

function tail(text: string, characters: number): string {
  return text.length <= characters ? text : text.slice(-characters)
}

function pathOfUrl(url: string): string {
  try {
    return fileURLToPath(url.replace(/\?.*$/, ''))
  } catch {
    // A stack can quote a URL that names no file (a remote host, a bad escape); it stays as it is written.
    return url
  }
}
