import { literalText, type SyntaxNode } from './syntax.ts'

/**
 * The words and marks of a piece of code, without the parts that `isLeft` leaves out. What only looks otherwise reads the
 * same: comments, white space, quotes and a comma at an end.
 */
export function codeTokens(root: SyntaxNode, isLeft: (node: SyntaxNode) => boolean = () => false): string[] {
  const tokens: string[] = []
  // A list of its own: sums of texts nest deeper than calls may.
  const open = [root]
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (isLeft(node)) continue
    const text = node.kind() === 'string' ? literalText(node) : null
    const children = text === null ? childrenOf(node) : []
    if (children.length > 0) for (const child of children.toReversed()) open.push(child)
    else if (text !== null) tokens.push(`${BYTES.test(node.text()) ? 'b' : ''}${JSON.stringify(text)}`)
    else if (node.text() !== '') tokens.push(AS_BEFORE.get(node.text()) ?? node.text())
  }
  return tokens
}

/** The same without what only waits: what became asynchronous reads as it did before. */
export function withoutWaiting(tokens: readonly string[]): string[] {
  return tokens.filter((token) => !WAITING.has(token))
}

function childrenOf(node: SyntaxNode): SyntaxNode[] {
  const children = node.children().filter((child) => child.kind() !== 'comment')
  const isEnding = children.at(-2)?.kind() === ',' && CLOSING.has(String(children.at(-1)?.kind()))
  return isEnding && !TUPLES.has(String(node.kind())) ? children.toSpliced(-2, 1) : children
}

const BYTES = /^[rR]?[bB]/
const CLOSING = new Set([')', ']', '}'])
/** In Python the comma makes one. */
const TUPLES = new Set(['tuple', 'subscript'])
const WAITING = new Set(['await', 'async'])
const AS_BEFORE = new Map([
  ['rejects', 'throws'],
  ['doesNotReject', 'doesNotThrow'],
])
