import { codeTokens, withoutWaiting } from './code-tokens.ts'
import {
  type Family,
  findKinds,
  holdsIndex,
  literalText,
  spanOf,
  startOf,
  type SyntaxNode,
} from './syntax.ts'

/** A name where code uses it. */
export interface UsedName {
  readonly name: string
  /** Null for one that stands alone; `calc` for `add` of `calc.add`, and empty where that is taken from no plain name. */
  readonly of: string | null
  readonly at: number
  /** What it is called with, token by token; null where it is not called. */
  readonly call: () => string | null
}

/** The names that a file uses, in its order and by syntax: what stands in imports, comments and quotes is not used there. */
export function usedNames(root: SyntaxNode, family: Family): UsedName[] {
  const imports = findKinds(root, IMPORTS[family])
    .concat(family === 'js' ? requiredPatterns(root) : [])
    .map(spanOf)
  const read = family === 'js' ? readJavascript : readPython
  return findKinds(root, NAMES[family]).flatMap((node) => {
    const at = startOf(node)
    const used = holdsIndex(imports, at) ? null : read(node)
    return used === null ? [] : { ...used, at, call: () => callOf(node) }
  })
}

const IMPORTS = {
  js: ['import_statement'],
  python: ['import_statement', 'import_from_statement', 'future_import_statement'],
} as const

const NAMES = {
  js: [
    'identifier',
    'property_identifier',
    'shorthand_property_identifier',
    'shorthand_property_identifier_pattern',
    'subscript_expression',
  ],
  python: ['identifier'],
} as const

type Read = Pick<UsedName, 'name' | 'of'>

/** `{ add }` of `const { add } = require('./calc')`. */
function requiredPatterns(root: SyntaxNode): SyntaxNode[] {
  return findKinds(root, ['variable_declarator']).flatMap((node) =>
    /^(?:await\s+)?(?:require|import)\s*\(/.test(node.field('value')?.text() ?? '')
      ? (node.field('name') ?? [])
      : [],
  )
}

function readJavascript(node: SyntaxNode): Read | null {
  const name = node.text()
  const parent = node.parent()
  switch (node.kind()) {
    case 'subscript_expression': {
      const index = literalText(node.field('index'))
      return index === null ? null : { name: index, of: plainName(node.field('object')) }
    }
    case 'shorthand_property_identifier_pattern':
      return { name, of: takenApart(parent) }
    case 'property_identifier':
      if (parent?.kind() === 'member_expression') return { name, of: plainName(parent.field('object')) }
      return parent?.kind() === 'pair_pattern' ? { name, of: takenApart(parent.parent()) } : null
    default:
      return { name, of: null }
  }
}

/** `calc` of `const { add } = calc`. */
function takenApart(pattern: SyntaxNode | null): string {
  const holder = pattern?.parent()
  return holder?.kind() === 'variable_declarator' ? plainName(holder.field('value')) : ''
}

function readPython(node: SyntaxNode): Read | null {
  const name = node.text()
  const parent = node.parent()
  if (parent?.kind() === 'keyword_argument' && parent.field('name')?.id() === node.id()) return null
  if (parent?.kind() !== 'attribute' || parent.field('attribute')?.id() !== node.id())
    return { name, of: null }
  return { name, of: plainName(parent.field('object')) }
}

function plainName(node: SyntaxNode | null): string {
  return node?.kind() === 'identifier' ? node.text() : ''
}

const CALLS = new Set(['call_expression', 'new_expression', 'call'])
const CHAINS = new Set(['member_expression', 'attribute', 'subscript_expression'])

function callOf(name: SyntaxNode): string | null {
  for (let node = name, parent = node.parent(); parent !== null; parent = node.parent()) {
    const kind = String(parent.kind())
    if (CALLS.has(kind)) {
      const callee = parent.field('function') ?? parent.field('constructor')
      const given = parent.field('arguments')
      return callee?.id() === node.id()
        ? given === null
          ? ''
          : withoutWaiting(codeTokens(given)).join(' ')
        : null
    }
    if (!CHAINS.has(kind)) return null
    node = parent
  }
  return null
}
