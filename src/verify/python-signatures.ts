import { oneLine } from './one-line.ts'
import { namedChildren, type SyntaxNode } from './syntax.ts'

/** What a module of Python offers: functions, classes with their methods, constants. Names with an underscore are its own. */
export function pythonSignatures(root: SyntaxNode): string[] {
  return namedChildren(root).flatMap((node) => signaturesOf(node))
}

function signaturesOf(node: SyntaxNode): string[] {
  switch (node.kind()) {
    case 'decorated_definition': {
      const definition = node.field('definition')
      return definition === null ? [] : signaturesOf(definition)
    }
    case 'function_definition':
      return isOwn(nameOf(node)) ? [] : [headOf(node)]
    case 'class_definition':
      return isOwn(nameOf(node)) ? [] : [classOf(node)]
    case 'expression_statement': {
      const [assignment] = namedChildren(node)
      const target = assignment?.kind() === 'assignment' ? assignment.field('left') : null
      if (assignment === undefined || target?.kind() !== 'identifier' || isOwn(target.text())) return []
      return [oneLine(assignment.text()).slice(0, SHOWN_VALUE)]
    }
    default:
      return []
  }
}

/** Characters of a constant with its value. */
const SHOWN_VALUE = 100

function classOf(node: SyntaxNode): string {
  const methods = namedChildren(node.field('body') ?? node)
    .map((member) => (member.kind() === 'decorated_definition' ? member.field('definition') : member))
    .filter((member) => member?.kind() === 'function_definition')
    .filter((member) => member !== null && (!isOwn(nameOf(member)) || nameOf(member) === '__init__'))
    .map((member) => (member === null ? '' : headOf(member)))
  return [headOf(node), ...methods.map((method) => `    ${method}`)].join('\n')
}

function headOf(node: SyntaxNode): string {
  const body = node.field('body')
  const text = node.text()
  const before = body === null ? text : text.slice(0, body.range().start.index - node.range().start.index)
  return oneLine(before.replaceAll(/#[^\n]*\n/g, '\n')).replace(/\s*:$/, '')
}

function nameOf(node: SyntaxNode): string {
  return node.field('name')?.text() ?? ''
}

function isOwn(name: string): boolean {
  return name === '' || name.startsWith('_')
}
