import { findKinds, literalText, namedChildren, parseFile, type SyntaxNode } from '../syntax.ts'
import { readOnce } from './read-once.ts'

/** What one file takes from another. */
export interface ModuleUse {
  readonly specifier: string
  /** How it is loaded: only `import` fails at link time for a missing name. */
  readonly how: 'import' | 'require' | 'dynamic'
  /** Names that must be there for the file to link; `default` included. */
  readonly names: readonly string[]
  /** Names that are called, constructed, extended or taken apart through the whole module. */
  readonly members: readonly string[]
}

/** Callees whose first argument names a module. */
const LOADERS = new Set([
  'require',
  'jest.mock',
  'vi.mock',
  'vi.doMock',
  'jest.doMock',
  'jest.requireActual',
  'vi.importActual',
  'jest.unstable_mockModule',
  'require.resolve',
  't.mock.module',
  'mock.module',
])

/** The modules that a file uses at run time: type-only imports need nothing. */
export const moduleUses = readOnce((path, text): readonly ModuleUse[] => {
  const root = parseFile(path, text)
  if (root === null) return []
  return [...importStatements(root, text), ...exportStatements(root), ...loadCalls(root, text)]
})

/** A local name that stands for something of another module. */
interface Binding {
  readonly local: string
  readonly specifier: string
  /** `*` for the module as a whole. */
  readonly imported: string
  /** Only a type: nothing is imported for it at run time. */
  readonly isErased: boolean
}

/** The names that a file binds to what other modules give it. */
export function bindings(path: string, text: string): readonly Binding[] {
  const root = parseFile(path, text)
  if (root === null) return []
  const bound: Binding[] = []
  for (const statement of findKinds(root, ['import_statement'])) {
    const specifier = literalText(statement.field('source')) ?? requireSource(statement)
    if (specifier === null) continue
    const add = (local: string, imported: string, isType: boolean): void => {
      bound.push({ local, specifier, imported, isErased: isType || !isValue(path, root, local) })
    }
    const isType = isTypeImport(statement)
    for (const one of findKinds(statement, ['import_specifier'])) {
      const imported = nameText(one.field('name'))
      add(one.field('alias')?.text() ?? imported, imported, isType || isTypeSpecifier(one))
    }
    for (const node of findKinds(statement, ['import_clause', 'namespace_import', 'import_require_clause'])) {
      const imported = node.kind() === 'import_clause' ? 'default' : '*'
      for (const child of namedChildren(node)) {
        if (child.kind() === 'identifier') add(child.text(), imported, isType)
      }
    }
  }
  for (const call of findKinds(root, ['call_expression'])) {
    const specifier = loadedSpecifier(call)
    if (specifier === null) continue
    for (const { local, key } of loadedNames(call))
      bound.push({ local, specifier, imported: key, isErased: false })
  }
  return bound
}

/** Whether a name is used as a value: TypeScript leaves out the import of one that only names a type. */
function isValue(path: string, root: SyntaxNode, name: string): boolean {
  if (!/\.[cm]?tsx?$/.test(path)) return true
  const regex = `^${name.replaceAll('$', '\\$')}$`
  const inside = { any: [{ kind: 'import_statement' }, { kind: 'type_query' }], stopBy: 'end' as const }
  const any = [{ kind: 'identifier' }, { kind: 'shorthand_property_identifier' }]
  return root.find({ rule: { any, regex, not: { inside } } }) !== null
}

function isTypeImport(statement: SyntaxNode): boolean {
  return /^import\s+type\b(?!\s*(?:,|from\b))/.test(statement.text())
}

function isTypeSpecifier(one: SyntaxNode): boolean {
  return /^type\s+(?!as\b)/.test(one.text())
}

function loadedNames(call: SyntaxNode): readonly { readonly key: string; readonly local: string }[] {
  const target = bindingOf(call)
  if (target !== null) {
    return target.kind() === 'identifier' ? [{ key: '*', local: target.text() }] : patternLeaves(target)
  }
  const member = settled(call).parent()
  const holder = member?.kind() === 'member_expression' ? member.parent() : null
  const name = holder?.kind() === 'variable_declarator' ? holder.field('name') : null
  return name?.kind() === 'identifier'
    ? [{ key: member?.field('property')?.text() ?? '*', local: name.text() }]
    : []
}

function importStatements(root: SyntaxNode, text: string): ModuleUse[] {
  const uses: ModuleUse[] = []
  for (const statement of findKinds(root, ['import_statement'])) {
    if (isTypeImport(statement)) continue
    const required = requireSource(statement)
    const specifier = literalText(statement.field('source')) ?? required
    if (specifier === null) continue
    const clause = statement.children().find((child) => child.kind() === 'import_clause')
    const names: string[] = []
    const members: string[] = []
    if (required !== null) members.push(...memberUses(localOf(statement), text))
    for (const part of clause === undefined ? [] : namedChildren(clause)) {
      if (part.kind() === 'identifier') names.push('default')
      if (part.kind() === 'namespace_import') {
        members.push(...memberUses(namedChildren(part)[0]?.text() ?? '', text))
      }
      if (part.kind() === 'named_imports') {
        for (const one of namedChildren(part)) {
          if (!isTypeSpecifier(one)) names.push(nameText(one.field('name')))
        }
      }
    }
    const onlyTypes =
      clause !== undefined &&
      names.length === 0 &&
      /\{\s*type\s/.test(clause.text()) &&
      !/\*/.test(clause.text())
    if (!onlyTypes) uses.push({ specifier, how: required === null ? 'import' : 'require', names, members })
  }
  return uses
}

function exportStatements(root: SyntaxNode): ModuleUse[] {
  const uses: ModuleUse[] = []
  for (const statement of findKinds(root, ['export_statement'])) {
    const specifier = literalText(statement.field('source'))
    if (specifier === null || /^export\s+type\b/.test(statement.text())) continue
    const names = findKinds(statement, ['export_specifier'])
      .filter((one) => !isTypeSpecifier(one))
      .map((one) => nameText(one.field('name')))
    uses.push({ specifier, how: 'import', names, members: [] })
  }
  return uses
}

function loadCalls(root: SyntaxNode, text: string): ModuleUse[] {
  const uses: ModuleUse[] = []
  for (const call of findKinds(root, ['call_expression'])) {
    const specifier = loadedSpecifier(call)
    if (specifier === null) continue
    const how = call.field('function')?.kind() === 'import' ? 'dynamic' : 'require'
    uses.push({ specifier, how, names: [], members: membersOfCall(call, text) })
  }
  return uses
}

function loadedSpecifier(call: SyntaxNode): string | null {
  const callee = call.field('function')
  if (callee === null) return null
  if (callee.kind() !== 'import' && !LOADERS.has(callee.text())) return null
  return literalText(namedChildren(call.field('arguments') ?? call)[0] ?? null)
}

/** Which members of a loaded module are used: taken apart, read at once, or read through the variable that holds it. */
function membersOfCall(call: SyntaxNode, text: string): string[] {
  const value = settled(call)
  const parent = value.parent()
  if (parent?.kind() === 'member_expression' && parent.field('object')?.id() === value.id()) {
    const property = parent.field('property')?.text() ?? ''
    return property === 'then' ? thenMembers(parent, text) : [property]
  }
  const target = bindingOf(call)
  if (target === null) return []
  if (target.kind() === 'identifier') return memberUses(target.text(), text)
  return patternLeaves(target).map((leaf) => leaf.key)
}

function thenMembers(member: SyntaxNode, text: string): string[] {
  const callback = namedChildren(member.parent()?.field('arguments') ?? member)[0]
  const parameter =
    callback?.field('parameter') ?? namedChildren(callback?.field('parameters') ?? member)[0] ?? null
  const pattern = parameter?.field('pattern') ?? parameter
  if (pattern === null || pattern === undefined) return []
  return pattern.kind() === 'identifier'
    ? memberUses(pattern.text(), text)
    : patternLeaves(pattern).map((leaf) => leaf.key)
}

/** The expression around `await` and parentheses. */
function settled(call: SyntaxNode): SyntaxNode {
  let node = call
  for (let parent = node.parent(); parent !== null; parent = node.parent()) {
    const kind = parent.kind()
    if (kind !== 'await_expression' && kind !== 'parenthesized_expression' && kind !== 'as_expression') {
      return node
    }
    node = parent
  }
  return node
}

/** The name or pattern that takes the value of a call, or null. */
function bindingOf(call: SyntaxNode): SyntaxNode | null {
  const value = settled(call)
  const parent = value.parent()
  if (parent?.kind() === 'variable_declarator') return parent.field('name')
  if (parent?.kind() === 'assignment_expression' && parent.field('right')?.id() === value.id()) {
    return parent.field('left')
  }
  return null
}

function patternLeaves(pattern: SyntaxNode): { readonly key: string; readonly local: string }[] {
  if (pattern.kind() !== 'object_pattern') return []
  const leaves: { key: string; local: string }[] = []
  for (const part of namedChildren(pattern)) {
    const kind = part.kind()
    if (kind === 'shorthand_property_identifier_pattern') {
      leaves.push({ key: part.text(), local: part.text() })
    }
    if (kind === 'object_assignment_pattern') {
      const name = part.field('left')?.text() ?? ''
      leaves.push({ key: name, local: name })
    }
    if (kind === 'pair_pattern') {
      leaves.push({ key: nameText(part.field('key')), local: part.field('value')?.text() ?? '' })
    }
  }
  return leaves
}

/** Members of a whole-module name that are called, constructed or extended. Merely read ones fail by themselves. */
function memberUses(local: string, text: string): string[] {
  if (!/^[\w$]+$/.test(local)) return []
  const name = local.replace(/\$/g, '\\$')
  const called = new RegExp(
    `(?<![\\w$.])${name}\\s*\\??\\.\\s*([A-Za-z_$][\\w$]*)\\s*(?:<[^<>()]*>)?\\(`,
    'g',
  )
  const named = new RegExp(`\\b(?:new|extends)\\s+${name}\\.([A-Za-z_$][\\w$]*)`, 'g')
  const taken = new RegExp(`\\{([\\w\\s,:$]*)\\}\\s*=\\s*${name}(?![\\w$.(])`, 'g')
  const found = [...text.matchAll(called), ...text.matchAll(named)].map((match) => match[1] ?? '')
  for (const match of text.matchAll(taken)) {
    found.push(...(match[1] ?? '').split(',').map((part) => part.split(':')[0]?.trim() ?? ''))
  }
  return [...new Set(found)].filter((one) => one !== '')
}

function requireSource(statement: SyntaxNode): string | null {
  const clause = statement.children().find((child) => child.kind() === 'import_require_clause')
  return clause === undefined
    ? null
    : literalText(namedChildren(clause).find((child) => child.kind() === 'string') ?? null)
}

function localOf(statement: SyntaxNode): string {
  const clause = statement.children().find((child) => child.kind() === 'import_require_clause')
  return clause === undefined ? '' : (namedChildren(clause)[0]?.text() ?? '')
}

function nameText(node: SyntaxNode | null): string {
  return literalText(node) ?? node?.text() ?? ''
}
