import { literalText, type SyntaxNode } from './syntax.ts'

/**
 * The words and marks of a piece of code, without the parts that `isLeft` leaves out. What only looks otherwise reads the
 * same: comments, white space, quotes and a comma at an end; and what became asynchronous reads as it did before.
 */
export function codeTokens(root: SyntaxNode, isLeft: (node: SyntaxNode) => boolean = () => false): string[] {
  const tokens: string[] = []
  // A list of its own: sums of texts nest deeper than calls may.
  const open = [root]
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (node.kind() === 'comment' || isLeft(node)) continue
    const text = node.kind() === 'string' ? literalText(node) : null
    const children = text === null ? node.children() : []
    if (children.length > 0) for (const child of children.toReversed()) open.push(child)
    else push(tokens, text === null ? node.text() : JSON.stringify(text))
  }
  return tokens
}

function push(tokens: string[], token: string): void {
  if (token === '' || WAITING.has(token)) return
  if (CLOSING.has(token) && tokens.at(-1) === ',') tokens.pop()
  tokens.push(AS_BEFORE.get(token) ?? token)
}

const CLOSING = new Set([')', ']', '}'])
const WAITING = new Set(['await', 'async'])
const AS_BEFORE = new Map([
  ['rejects', 'throws'],
  ['doesNotReject', 'doesNotThrow'],
])
