import { type FileHandle, open } from 'node:fs/promises'
import { isatty } from 'node:tty'
import { type ErrorCode, messageOf, OrchestratorError } from '../errors.ts'
import { utf8Text } from './utf8-text.ts'

/** The most that is read of a file that a person hands in, such as a plan; more than 400,000 tasks. */
export const INPUT_MIB = 64
const INPUT_BYTES = INPUT_MIB * 1024 * 1024
/** What a pipe is read by. */
const PIECE_BYTES = 1024 * 1024

/** How to tell that an input cannot be read. */
interface Telling {
  readonly code: ErrorCode
  /** Says what to name. */
  readonly hint: string
}

/** The text of a file or a pipe that a person names, of bounded length. A device is none: it may have no end. */
export async function readInput(path: string, { code, hint }: Telling): Promise<string> {
  try {
    const read = utf8Text(await bytesOf(path))
    if ('text' in read) return read.text
    throw new Unusable(
      `line ${read.notUtf8} is not UTF-8`,
      'Save it as UTF-8, and enter the same command again.',
    )
  } catch (cause) {
    const way = cause instanceof Unusable ? cause.hint : hint
    throw new OrchestratorError(code, `cannot read ${path}: ${whyUnread(cause)}`, { hint: way, cause })
  }
}

async function bytesOf(path: string): Promise<Buffer> {
  const file = await open(path)
  try {
    const found = await file.stat()
    const isDevice = found.isBlockDevice() || (found.isCharacterDevice() && !isatty(file.fd))
    if (isDevice) throw new Unusable('it is a device', 'Name a file or a pipe.')
    if (found.size > INPUT_BYTES) throw tooLarge()
    return await read(file)
  } finally {
    await file.close()
  }
}

/** What says how long it is may say nothing true: of a pipe nobody knows. */
async function read(file: FileHandle): Promise<Buffer> {
  const piece = Buffer.allocUnsafe(PIECE_BYTES)
  const pieces: Buffer[] = []
  for (let length = 0; ; ) {
    const { bytesRead } = await file.read(piece, 0, PIECE_BYTES, null)
    if (bytesRead === 0) return Buffer.concat(pieces)
    length += bytesRead
    if (length > INPUT_BYTES) throw tooLarge()
    // A copy: a pipe gives little at a time, and each would keep the room for much.
    pieces.push(Buffer.from(piece.subarray(0, bytesRead)))
  }
}

function tooLarge(): Unusable {
  return new Unusable(`it is larger than ${INPUT_MIB} MiB`, 'Hand it in in parts.')
}

class Unusable extends Error {
  readonly hint: string

  constructor(message: string, hint: string) {
    super(message)
    this.hint = hint
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a directory',
  EACCES: 'it may not be read',
  ENXIO: 'it is a socket',
  ELOOP: 'its symbolic links lead in a circle',
}

function whyUnread(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  return REASONS[code] ?? messageOf(cause)
}
