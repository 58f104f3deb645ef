import python from '@ast-grep/lang-python'
import { Lang, parse, registerDynamicLanguage, type SgNode } from '@ast-grep/napi'

export type SyntaxNode = SgNode
export type Family = 'js' | 'python'

const GRAMMARS: Readonly<Record<string, { readonly family: Family; readonly grammar: string }>> = {
  '.js': { family: 'js', grammar: Lang.Tsx },
  '.mjs': { family: 'js', grammar: Lang.Tsx },
  '.cjs': { family: 'js', grammar: Lang.Tsx },
  '.jsx': { family: 'js', grammar: Lang.Tsx },
  '.tsx': { family: 'js', grammar: Lang.Tsx },
  '.ts': { family: 'js', grammar: Lang.TypeScript },
  '.mts': { family: 'js', grammar: Lang.TypeScript },
  '.cts': { family: 'js', grammar: Lang.TypeScript },
  '.py': { family: 'python', grammar: 'python' },
}

/** Text beyond this is not parsed: no test file that people wrote is that long. */
const MAX_CHARACTERS = 4 * 1024 * 1024

registerDynamicLanguage({ python })

/** The language family of a path, or null where there is no syntax for it. */
export function familyOf(path: string): Family | null {
  return GRAMMARS[extensionOf(path)]?.family ?? null
}

/** The syntax tree of a file, or null for another language or an oversized text. Never throws on broken code. */
export function parseFile(path: string, text: string): SyntaxNode | null {
  const grammar = GRAMMARS[extensionOf(path)]
  if (grammar === undefined || text.length > MAX_CHARACTERS) return null
  return parse(grammar.grammar, text).root()
}

/** `.ts` of `a/b.test.ts`; empty where there is none. */
export function extensionOf(path: string): string {
  const base = path.slice(path.lastIndexOf('/') + 1)
  const dot = base.lastIndexOf('.')
  return dot <= 0 ? '' : base.slice(dot).toLowerCase()
}

export function startOf(node: SyntaxNode): number {
  return node.range().start.index
}

export function endOf(node: SyntaxNode): number {
  return node.range().end.index
}

/** A part of a text: the index of its first character, and of the first behind it. */
export interface Span {
  readonly start: number
  readonly end: number
}

export function spanOf(node: SyntaxNode): Span {
  const { start, end } = node.range()
  return { start: start.index, end: end.index }
}

/** Whether one of these parts holds the character at an index. */
export function holdsIndex(spans: readonly Span[], at: number): boolean {
  return spans.some(({ start, end }) => start <= at && at < end)
}

/** 1 for the first line. */
export function lineOf(node: SyntaxNode): number {
  return node.range().start.line + 1
}

export function findKinds(root: SyntaxNode, kinds: readonly string[]): SyntaxNode[] {
  return root.findAll({ rule: { any: kinds.map((kind) => ({ kind })) } })
}

export function namedChildren(node: SyntaxNode): SyntaxNode[] {
  return node.children().filter((child) => child.isNamed() && child.kind() !== 'comment')
}

/** The value of a string literal, a template without substitutions, or a sum of them; null for everything else. */
export function literalText(node: SyntaxNode | null): string | null {
  if (node === null) return null
  const kind = node.kind()
  if (kind === 'string' || kind === 'template_string') return unquoted(node)
  if (kind === 'parenthesized_expression') return literalText(namedChildren(node)[0] ?? null)
  if (kind === 'as_expression' || kind === 'satisfies_expression') return literalText(node.child(0))
  if (kind === 'concatenated_string') return joined(namedChildren(node))
  if (kind === 'binary_expression' && node.field('operator')?.text() === '+') {
    return joined([node.field('left'), node.field('right')])
  }
  return null
}

function joined(parts: readonly (SyntaxNode | null)[]): string | null {
  const texts = parts.map((part) => literalText(part))
  return texts.some((text) => text === null) ? null : texts.join('')
}

function unquoted(node: SyntaxNode): string | null {
  if (
    namedChildren(node).some(
      (part) => part.kind() === 'template_substitution' || part.kind() === 'interpolation',
    )
  ) {
    return null
  }
  const raw = node.text()
  const opening = /^[a-zA-Z]*("""|'''|["'`])/.exec(raw)
  if (opening === null) return null
  const quote = opening[1] ?? ''
  const inner = raw.slice(opening[0].length, raw.length - quote.length)
  return /^[a-zA-Z]*r/i.test(opening[0]) ? inner : unescaped(inner)
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  b: '\b',
  f: '\f',
  v: '\v',
  '0': '\0',
}

function unescaped(text: string): string {
  return text.replace(
    /\\(?:u\{[0-9a-fA-F]{1,6}\}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|\r?\n|[\s\S])/g,
    (escape) => {
      const body = escape.slice(1)
      if (/^\r?\n$/.test(body)) return ''
      if (!/^[ux]./.test(body)) return ESCAPES[body] ?? body
      const point = Number.parseInt(body.replace(/[^0-9a-fA-F]/g, ''), 16)
      return point <= 0x10ffff ? String.fromCodePoint(point) : '\uFFFD'
    },
  )
}
