import { endOf, findKinds, literalText, namedChildren, type SyntaxNode } from '../syntax.ts'
import type { ImportedName, ModuleForm } from './canary-form.ts'

/** Which modules a JavaScript file uses, whether it imports or requires them, and by which names. */
export function moduleForm(root: SyntaxNode, file: string): ModuleForm {
  const imports = findKinds(root, ['import_statement', 'export_statement'])
  const required = findKinds(root, ['call_expression']).filter(
    (call) => call.field('function')?.text() === 'require',
  )
  const specifiers = [
    ...imports.map((statement) => literalText(statement.field('source'))),
    ...required.map((call) => literalText(call.field('arguments')?.child(1) ?? null)),
  ]
  const kind = /\.[cm]?ts[x]?$|\.mjs$/.test(file) && !file.endsWith('.cts') ? 'import' : null
  return {
    kind: kind ?? (imports.length > 0 ? 'import' : 'require'),
    imported: new Set(specifiers.filter((specifier) => specifier !== null)),
    names: namedChildren(root).flatMap((statement) => [...importedBy(statement), ...requiredBy(statement)]),
  }
}

function importedBy(statement: SyntaxNode): ImportedName[] {
  const specifier = literalText(statement.field('source'))
  const clause = statement.children().find((child) => child.kind() === 'import_clause')
  const erased = statement.children().some((child) => child.kind() === 'type')
  if (statement.kind() !== 'import_statement' || specifier === null || clause === undefined || erased)
    return []
  return namedChildren(clause).flatMap((part) => {
    const name = { specifier, readyAt: 0 }
    if (part.kind() === 'identifier') return [{ ...name, imported: 'default', local: part.text() }]
    if (part.kind() === 'namespace_import') {
      return [{ ...name, imported: '*', local: namedChildren(part)[0]?.text() ?? '' }]
    }
    return findKinds(part, ['import_specifier']).map((one) => {
      const imported = one.field('name')?.text() ?? ''
      return { ...name, imported, local: one.field('alias')?.text() ?? imported }
    })
  })
}

function requiredBy(statement: SyntaxNode): ImportedName[] {
  if (statement.kind() !== 'lexical_declaration' && statement.kind() !== 'variable_declaration') return []
  return namedChildren(statement).flatMap((declarator) => {
    const target = declarator.field('name')
    const found = /^require\(\s*(["'])([^"']+)\1\s*\)(?:\.(\w+))?$/.exec(
      declarator.field('value')?.text() ?? '',
    )
    const specifier = found?.[2]
    if (target === null || specifier === undefined) return []
    const name = { specifier, readyAt: endOf(statement) }
    if (target.kind() === 'identifier') {
      return [{ ...name, imported: found?.[3] ?? '*', local: target.text() }]
    }
    if (found?.[3] !== undefined) return []
    return namedChildren(target).flatMap((part) => {
      if (part.kind() === 'shorthand_property_identifier_pattern') {
        return [{ ...name, imported: part.text(), local: part.text() }]
      }
      const local = part.field('value')
      if (part.kind() !== 'pair_pattern' || local?.kind() !== 'identifier') return []
      return [{ ...name, imported: part.field('key')?.text() ?? '', local: local.text() }]
    })
  })
}
