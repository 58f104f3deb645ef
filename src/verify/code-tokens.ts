import type { SyntaxNode } from './syntax.ts'

/**
 * The words and marks of a piece of code, without the parts that `isLeft` leaves out; comments and white space are none.
 * Waiting is left out, too: what became asynchronous reads as it did before.
 */
export function codeTokens(node: SyntaxNode, isLeft: (node: SyntaxNode) => boolean = () => false): string[] {
  if (node.kind() === 'comment' || isLeft(node)) return []
  const children = node.children()
  if (children.length > 0) return children.flatMap((child) => codeTokens(child, isLeft))
  const token = node.text()
  return token === '' || WAITING.has(token) ? [] : [AS_BEFORE.get(token) ?? token]
}

const WAITING = new Set(['await', 'async'])
const AS_BEFORE = new Map([
  ['rejects', 'throws'],
  ['doesNotReject', 'doesNotThrow'],
])
