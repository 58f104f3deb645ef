import { readOnce } from './stubs/read-once.ts'
import { familyOf, findKinds, parseFile, type SyntaxNode } from './syntax.ts'

/** Where functions, classes and their methods get names. */
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

/** Names of the functions, classes and methods that a file declares, by syntax. */
export const declaredIn = readOnce((path, text): ReadonlySet<string> => {
  const root = parseFile(path, text)
  const family = familyOf(path)
  if (root === null || family === null) return new Set()
  const declared = findKinds(root, DECLARATIONS[family]).map(
    (node) => (node.field('name') ?? node.field('property'))?.text() ?? '',
  )
  const assigned = family === 'js' ? assignedFunctions(root) : []
  return new Set(
    [...declared, ...assigned].filter((name) => name !== 'constructor' && /^(?!__)[\w$]+$/.test(name)),
  )
})

/** `const add = () => …`, `exports.add = …`, `Queue.prototype.size = …` and `{ add: () => … }`. */
function assignedFunctions(root: SyntaxNode): string[] {
  return findKinds(root, ['variable_declarator', 'assignment_expression', 'pair']).flatMap((node) => {
    const value = node.field('value') ?? node.field('right')
    if (value === null || !FUNCTIONS.has(String(value.kind()))) return []
    const target = node.field('name') ?? node.field('key') ?? node.field('left')
    return [(target?.field('property') ?? target)?.text() ?? '']
  })
}
