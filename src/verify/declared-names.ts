import { readOnce } from './stubs/read-once.ts'
import { type Family, familyOf, findKinds, parseFile, type SyntaxNode } from './syntax.ts'

/** Names of the functions and classes that a file declares, and of what these have: methods and fields, by syntax. */
export const declaredIn = readOnce((path, text): ReadonlySet<string> => {
  const root = parseFile(path, text)
  const family = familyOf(path)
  if (root === null || family === null) return new Set()
  const names = [...functionsIn(root, family).map(({ name }) => name), ...fieldsIn(root, family)]
  return new Set(names.filter((name) => name !== 'constructor' && /^(?!__)[\w$]+$/.test(name)))
})

/** A function, a class or a method, where it gets its name. */
interface NamedFunction {
  readonly name: string
  readonly node: SyntaxNode
}

export function functionsIn(root: SyntaxNode, family: Family): NamedFunction[] {
  const declared = findKinds(root, DECLARATIONS[family]).map((node) => ({
    name: (node.field('name') ?? node.field('property'))?.text() ?? '',
    node,
  }))
  return family === 'js' ? [...declared, ...assignedFunctions(root)] : declared
}

const DECLARATIONS = {
  js: [
    'function_declaration',
    'generator_function_declaration',
    'class_declaration',
    'method_definition',
    'public_field_definition',
  ],
  python: ['function_definition', 'class_definition'],
} as const

const FUNCTIONS = new Set(['arrow_function', 'function_expression', 'generator_function', 'class'])

/** `const add = () => …`, `exports.add = …`, `Queue.prototype.size = …` and `{ add: () => … }`. */
function assignedFunctions(root: SyntaxNode): NamedFunction[] {
  return findKinds(root, ['variable_declarator', 'assignment_expression', 'pair']).flatMap((node) => {
    const value = node.field('value') ?? node.field('right')
    if (value === null || !FUNCTIONS.has(String(value.kind()))) return []
    const target = node.field('name') ?? node.field('key') ?? node.field('left')
    return [{ name: (target?.field('property') ?? target)?.text() ?? '', node }]
  })
}

/** `this.size = 0`, `self.size = 0`, and `size = 0` in a class of Python. */
function fieldsIn(root: SyntaxNode, family: Family): string[] {
  return findKinds(root, [family === 'js' ? 'assignment_expression' : 'assignment']).flatMap((node) => {
    const target = node.field('left')
    if (target?.kind() === 'identifier' && family === 'python' && isInClass(node)) return [target.text()]
    const owner = target?.field('object')?.text()
    if (owner !== 'this' && owner !== 'self') return []
    return [(target?.field('property') ?? target?.field('attribute'))?.text() ?? '']
  })
}

function isInClass(assignment: SyntaxNode): boolean {
  return assignment.parent()?.parent()?.parent()?.kind() === 'class_definition'
}
