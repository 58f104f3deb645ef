import type { CommitId } from '../domain/evidence.ts'
import type { CommitFacts, CommitRequest, Person } from './git.ts'

/**
 * The text of a commit object. Times are whole seconds in UTC; the message is kept as it is. A signature is a header of
 * several lines, and covers everything but itself.
 */
export function formatCommit(request: CommitRequest, signature: SignatureHeader | null = null): Buffer {
  const when = `${Math.floor(request.at / 1000)} +0000`
  const lines = [
    `tree ${request.tree}`,
    ...request.parents.map((parent) => `parent ${parent}`),
    `author ${formatPerson(request.author)} ${when}`,
    `committer ${formatPerson(request.committer)} ${when}`,
    ...(signature === null ? [] : [`${signature.name} ${signature.text.trimEnd().split('\n').join('\n ')}`]),
    '',
    request.message.replaceAll('\0', ''),
  ]
  return Buffer.from(lines.join('\n'))
}

export interface SignatureHeader {
  readonly name: 'gpgsig' | 'gpgsig-sha256'
  readonly text: string
}

export function parseCommit(id: CommitId, raw: Buffer): CommitFacts {
  const end = raw.indexOf('\n\n')
  const headers = raw.toString('latin1', 0, end < 0 ? raw.length : end).split('\n')
  const decode = decoderOf(valuesOf(headers, 'encoding')[0])
  const author = parseSignature(decode(Buffer.from(valuesOf(headers, 'author')[0] ?? '', 'latin1')))
  return {
    id,
    tree: valuesOf(headers, 'tree')[0] ?? '',
    parents: valuesOf(headers, 'parent'),
    author: author.person,
    authoredAt: author.at,
    message: end < 0 ? '' : decode(raw.subarray(end + 2)),
  }
}

function formatPerson(person: Person): string {
  // Git refuses a commit whose author has no name.
  return `${clean(person.name) || 'unknown'} <${clean(person.email)}>`
}

/** What git itself leaves out of names: line feeds, angle brackets, crud at both ends. */
function clean(text: string): string {
  return text.replace(/[\0\n\r<>]/g, '').replace(/^[\s.,:;"\\']+|[\s.,:;"\\']+$/g, '')
}

/** Headers end where a continuation line (of a signature) begins with a space, so no signed text is mistaken for one. */
function valuesOf(headers: readonly string[], name: string): string[] {
  return headers.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1))
}

function parseSignature(text: string): { person: Person; at: number } {
  const match = /^(.*?) ?<([^>]*)> ?(-?\d+)?/.exec(text)
  return {
    person: { name: match?.[1] ?? '', email: match?.[2] ?? '' },
    at: Number(match?.[3] ?? 0) * 1000,
  }
}

function decoderOf(encoding: string | undefined): (bytes: Buffer) => string {
  if (encoding === undefined) return (bytes) => bytes.toString('utf8')
  try {
    const decoder = new TextDecoder(encoding)
    return (bytes) => decoder.decode(bytes)
  } catch {
    // An encoding nobody knows: the ASCII part is still right.
    return (bytes) => bytes.toString('latin1')
  }
}
