import { extensionOf, findKinds, literalText, namedChildren, parseFile, type SyntaxNode } from '../syntax.ts'
import { readOnce } from './read-once.ts'

/** What a module offers, by syntax. */
interface ModuleShape {
  /** `bare` where the text shows neither imports nor exports. */
  readonly format: 'esm' | 'cjs' | 'bare'
  readonly names: ReadonlySet<string>
  /** Specifiers of `export * from`. */
  readonly stars: readonly string[]
  /** Whether there may be more names than syntax can tell. */
  readonly open: boolean
}

export const moduleShape = readOnce((path, text): ModuleShape => {
  const root = parseFile(path, text)
  if (root === null) return { format: 'bare', names: new Set(), stars: [], open: true }
  const top = namedChildren(root)
  const statements = top.filter((node) => node.kind() === 'export_statement')
  const esm =
    statements.length > 0 ||
    top.some((node) => node.kind() === 'import_statement') ||
    extensionOf(path) === '.mjs'
  if (esm && !statements.some((node) => /^export\s*=/.test(node.text()))) return esmShape(statements)
  return cjsShape(root)
})

/** Names that a declaration or a pattern binds. */
export function declaredNames(node: SyntaxNode): string[] {
  const kind = node.kind()
  if (kind === 'lexical_declaration' || kind === 'variable_declaration') {
    return namedChildren(node).flatMap((one) =>
      one.kind() === 'variable_declarator' ? patternNames(one.field('name')) : [],
    )
  }
  if (kind === 'ambient_declaration') return namedChildren(node).flatMap(declaredNames)
  if (kind === 'expression_statement') return namedChildren(node).flatMap(declaredNames)
  const name = node.field('name')
  return name === null ? [] : [name.text()]
}

function esmShape(statements: readonly SyntaxNode[]): ModuleShape {
  const names = new Set<string>()
  const stars: string[] = []
  for (const statement of statements) {
    const from = literalText(statement.field('source'))
    const specifiers = findKinds(statement, ['export_specifier'])
    const space = statement.children().find((child) => child.kind() === 'namespace_export')
    if (space !== undefined) names.add(namedChildren(space)[0]?.text() ?? '')
    else if (from !== null && /^export\s*\*/.test(statement.text())) stars.push(from)
    const declaration = statement.field('declaration')
    if (/^(?:@[^\n]*\s+)*export\s+default\b/.test(statement.text())) names.add('default')
    else if (declaration !== null) for (const name of declaredNames(declaration)) names.add(name)
    if (statement.children().some((child) => child.kind() === 'export_clause')) {
      for (const one of specifiers) {
        const node = one.field('alias') ?? one.field('name')
        names.add(literalText(node) ?? node?.text() ?? '')
      }
    }
  }
  return { format: 'esm', names, stars, open: false }
}

function cjsShape(root: SyntaxNode): ModuleShape {
  const names = new Set<string>()
  let open = false
  let cjs = false
  for (const assignment of findKinds(root, ['assignment_expression'])) {
    const left = assignment.field('left')?.text().replace(/\s+/g, '') ?? ''
    const member = /^(?:module\.)?exports(?:\.([\w$]+)|\[['"](.+)['"]\])$/.exec(left)
    if (member !== null && left !== 'module.exports') {
      names.add(member[1] ?? member[2] ?? '')
      cjs = true
    } else if (left === 'module.exports' || left === 'exports') {
      cjs = true
      const right = assignment.field('right')
      if (right?.kind() === 'object') open = addObjectNames(right, names) || open
      else open = true
    }
  }
  const text = root.text()
  if (
    /\b(?:Object\.(?:assign|defineProperty|defineProperties)|__exportStar|__export)\s*\(\s*(?:module\.)?exports/.test(
      text,
    )
  ) {
    cjs = true
    open = true
  }
  for (const match of text.matchAll(
    /Object\.defineProperty\(\s*(?:module\.)?exports\s*,\s*['"]([\w$]+)['"]/g,
  )) {
    names.add(match[1] ?? '')
  }
  if (!cjs && /(?<![\w$.])require\s*\(/.test(text)) cjs = true
  return { format: cjs ? 'cjs' : 'bare', names, stars: [], open }
}

/** Returns whether the object has more than syntax can tell. */
function addObjectNames(object: SyntaxNode, names: Set<string>): boolean {
  let open = false
  for (const part of namedChildren(object)) {
    const kind = part.kind()
    const key = part.field('key') ?? part.field('name')
    if (kind === 'shorthand_property_identifier') names.add(part.text())
    else if (kind === 'spread_element' || key === null || key.kind() === 'computed_property_name') open = true
    else names.add(literalText(key) ?? key.text())
  }
  return open
}

function patternNames(node: SyntaxNode | null): string[] {
  if (node === null) return []
  const kind = node.kind()
  if (kind === 'identifier' || kind === 'shorthand_property_identifier_pattern') return [node.text()]
  if (kind === 'pair_pattern') return patternNames(node.field('value'))
  if (kind === 'assignment_pattern' || kind === 'object_assignment_pattern') {
    return patternNames(node.field('left'))
  }
  return namedChildren(node).flatMap((child) => patternNames(child))
}
