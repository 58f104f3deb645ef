import { pythonSignatures } from './python-signatures.ts'
import { readOnce } from './stubs/read-once.ts'
import { oneLine } from './one-line.ts'
import { familyOf, literalText, namedChildren, parseFile, type SyntaxNode } from './syntax.ts'

/** What a module offers to others, a line for each name with its parameters, as far as syntax tells; nothing for other languages. */
export const signaturesIn = readOnce((path, text): readonly string[] => {
  const root = parseFile(path, text)
  if (root === null) return []
  return familyOf(path) === 'python' ? pythonSignatures(root) : scriptSignatures(root)
})

function scriptSignatures(root: SyntaxNode): string[] {
  const top = namedChildren(root)
  const declared = new Map(top.flatMap((node) => namesOf(node).map((name) => [name, node])))
  return top.flatMap((node) => {
    if (node.kind() === 'export_statement') return exported(node, declared)
    return node.kind() === 'expression_statement' ? commonExport(node, declared) : []
  })
}

function exported(statement: SyntaxNode, declared: ReadonlyMap<string, SyntaxNode>): string[] {
  const declaration = statement.field('declaration') ?? statement.field('value')
  if (declaration !== null) {
    const isDefault = statement.children().some((child) => child.kind() === 'default')
    return headsOf(declaration).map((head) => `export ${isDefault ? 'default ' : ''}${head}`)
  }
  const clause = statement.children().find((child) => child.kind() === 'export_clause')
  if (clause === undefined || literalText(statement.field('source')) !== null)
    return [oneLine(statement.text())]
  return namedChildren(clause).flatMap((one) => {
    const node = declared.get(one.field('name')?.text() ?? '')
    const alias = one.field('alias')
    const heads = node === undefined ? [oneLine(one.text())] : headsOf(node, one.field('name')?.text())
    return heads.map((head) => `export ${head}${alias === null ? '' : ` (as ${alias.text()})`}`)
  })
}

/** `exports.add = …`, `module.exports = { add, size: 3 }` and `module.exports = add`. */
function commonExport(statement: SyntaxNode, declared: ReadonlyMap<string, SyntaxNode>): string[] {
  const assignment = namedChildren(statement)[0]
  if (assignment?.kind() !== 'assignment_expression') return []
  const left = assignment.field('left')?.text().replaceAll(/\s+/g, '') ?? ''
  if (!/^(?:module\.)?exports(?:\.[\w$]+)?$/.test(left)) return []
  const right = assignment.field('right')
  if (right === null) return []
  if (right.kind() === 'object')
    return namedChildren(right).flatMap((part) => {
      const node = declared.get(part.text())
      return node === undefined
        ? [`${left}: ${pairHead(part)}`]
        : headsOf(node, part.text()).map((head) => `${left}: ${head}`)
    })
  const node = declared.get(right.text())
  if (node !== undefined) return headsOf(node, right.text()).map((head) => `${left} = ${head}`)
  return [`${left} = ${valueHead(right)}`]
}

function pairHead(part: SyntaxNode): string {
  const value = part.field('value')
  const key = part.field('key')
  return value === null || key === null ? headText(part) : `${key.text()}: ${valueHead(value)}`
}

function namesOf(node: SyntaxNode): string[] {
  if (node.kind() === 'lexical_declaration' || node.kind() === 'variable_declaration')
    return namedChildren(node).flatMap((one) => one.field('name')?.text() ?? [])
  const name = node.field('name')?.text()
  return name === undefined ? [] : [name]
}

/** A declaration without its bodies; of several names the one that is asked for. */
function headsOf(node: SyntaxNode, name?: string): string[] {
  switch (node.kind()) {
    case 'lexical_declaration':
    case 'variable_declaration': {
      const how = node.child(0)?.text() ?? 'const'
      return namedChildren(node)
        .filter((one) => one.kind() === 'variable_declarator')
        .filter((one) => name === undefined || one.field('name')?.text() === name)
        .map((one) => {
          const target = `${how} ${oneLine(one.field('name')?.text() ?? '')}${one.field('type')?.text() ?? ''}`
          const value = one.field('value')
          return value === null ? target : `${target} = ${valueHead(value)}`
        })
    }
    case 'class_declaration':
    case 'abstract_class_declaration':
    case 'class':
      return [classHead(node)]
    case 'interface_declaration':
    case 'type_alias_declaration':
    case 'enum_declaration':
      return [oneLine(node.text())]
    case 'ambient_declaration':
      return namedChildren(node).flatMap((one) => headsOf(one, name))
    default:
      return [headText(node)]
  }
}

/** `{ push(item: T): void; size: number }` behind the head: what others may call. */
function classHead(node: SyntaxNode): string {
  const body = node.field('body')
  if (body === null) return oneLine(node.text())
  const members = namedChildren(body)
    .filter((member) => !/^(?:#|private\b|protected\b|static\s*\{|static\s+#)/.test(member.text()))
    .filter((member) => MEMBERS.has(String(member.kind())))
    .map(memberHead)
    .filter((head) => !head.startsWith('#') && !/^(?:readonly|async|get|set|static)\s+#/.test(head))
  return `${headText(node)} { ${members.join('; ')} }`
}

const MEMBERS = new Set([
  'method_definition',
  'method_signature',
  'abstract_method_signature',
  'public_field_definition',
  'field_definition',
])

function memberHead(member: SyntaxNode): string {
  if (member.field('body') !== null) return headText(member)
  const value = member.field('value')
  if (value === null) return oneLine(member.text())
  return oneLine(member.text().slice(0, -value.text().length)).replace(/\s*=$/, '')
}

const FUNCTIONS = new Set(['arrow_function', 'function_expression', 'function', 'generator_function'])
/** Characters of a value that is shown as it is. */
const SHOWN_VALUE = 60

function valueHead(value: SyntaxNode): string {
  const kind = String(value.kind())
  if (FUNCTIONS.has(kind)) return headText(value)
  if (kind === 'class') return classHead(value)
  const text = oneLine(value.text())
  return text.length <= SHOWN_VALUE ? text : '…'
}

/** Everything before the body. */
function headText(node: SyntaxNode): string {
  const body = node.field('body')
  if (body === null) return oneLine(node.text())
  const before = node.text().slice(0, body.range().start.index - node.range().start.index)
  return oneLine(before)
}
