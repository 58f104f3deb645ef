import { createHash } from 'node:crypto'
import type { Family, SyntaxNode } from './syntax.ts'
import { endOf, findKinds, startOf, type Span } from './syntax.ts'

/** The parts of a file in which white space means something, and its comments. */
export interface Trivia {
  readonly text: string
  readonly family: Family
  /** Sorted, without overlap. */
  readonly spans: readonly (Span & { readonly comment: boolean })[]
}

const VERBATIM = ['string', 'template_string', 'regex', 'jsx_text']

export function triviaOf(root: SyntaxNode, text: string, family: Family): Trivia {
  const kinds = family === 'js' ? VERBATIM : ['string']
  const found = findKinds(root, ['comment', ...kinds])
    .map((node) => ({ start: startOf(node), end: endOf(node), comment: node.kind() === 'comment' }))
    .sort((left, right) => left.start - right.start || right.end - left.end)
  const spans: (Span & { comment: boolean })[] = []
  for (const span of found) {
    const last = spans.at(-1)
    if (last === undefined || span.start >= last.end) spans.push(span)
  }
  return { text, family, spans }
}

/**
 * Hash of a part of a file over its tokens: comments and white space between tokens do not count, literals do.
 * `without` leaves out what is hashed elsewhere.
 */
export function hashOf(trivia: Trivia, span: Span, without: readonly Span[] = []): string {
  return createHash('sha256')
    .update(normalised(trivia, span, without))
    .digest('hex')
    .slice(0, 32)
}

function normalised(trivia: Trivia, span: Span, without: readonly Span[]): string {
  let code = ''
  let result = ''
  const flush = (): void => {
    result += trivia.family === 'js' ? squeezed(code) : outlined(code)
    code = ''
  }
  let at = span.start
  const cuts = [
    ...trivia.spans.filter((part) => part.start < span.end && part.end > span.start),
    ...without
      .filter((part) => part.start < span.end && part.end > span.start)
      .map((part) => ({ ...part, comment: true })),
  ].sort((left, right) => left.start - right.start || right.end - left.end)
  for (const cut of cuts) {
    if (cut.end <= at) continue
    code += trivia.text.slice(at, Math.max(at, cut.start))
    if (!cut.comment) {
      flush()
      result += trivia.text.slice(Math.max(at, cut.start), Math.min(cut.end, span.end))
    }
    at = Math.min(cut.end, span.end)
  }
  code += trivia.text.slice(at, span.end)
  flush()
  return result
}

/** JavaScript: white space stays only where two words or two equal signs would grow together. */
function squeezed(code: string): string {
  return code
    .trim()
    .replace(/\s+/g, ' ')
    .replace(/(.) (?=(.))/gs, (_, before: string, after: string) => {
      const words = /[\w$]/.test(before) && /[\w$]/.test(after)
      return words || (before === after && /[+-]/.test(before)) ? `${before} ` : before
    })
}

/** Python: indentation and line ends mean something; blank lines and spaces inside a line do not. */
function outlined(code: string): string {
  return code
    .split('\n')
    .map((line, index) => {
      const indent = index === 0 ? '' : (/^[ \t]*/.exec(line)?.[0] ?? '')
      const rest = line.slice(indent.length).trim()
      return rest === '' ? '' : indent + rest.replace(/[ \t]+/g, ' ')
    })
    .filter((line) => line !== '')
    .join('\n')
}
