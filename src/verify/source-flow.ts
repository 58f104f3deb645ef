import { familyOf, findKinds, namedChildren, parseFile, type SyntaxNode } from './syntax.ts'

/** Rounds of following values through a file; people do not nest deeper. */
const MAX_ROUNDS = 6

/** Where values get names. */
const CARRIERS = {
  js: [
    'variable_declarator',
    'assignment_expression',
    'function_declaration',
    'class_declaration',
    'for_in_statement',
    'call_expression',
  ],
  python: [
    'assignment',
    'function_definition',
    'class_definition',
    'for_statement',
    'as_pattern',
    'named_expression',
  ],
} as const

/** The names in a file that may hold what came from the given ones: by assignment, in functions that use them, as parameters of callbacks. */
export function namesFrom(path: string, text: string, seeds: Iterable<string>): ReadonlySet<string> {
  const names = new Set(seeds)
  const root = parseFile(path, text)
  const family = familyOf(path)
  if (root === null || family === null || names.size === 0) return names
  const carriers = findKinds(root, CARRIERS[family]).map((node) => ({
    gives: targetsOf(node),
    takes: wordsIn(valueText(node)),
  }))
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const before = names.size
    for (const { gives, takes } of carriers) {
      if (takes.some((word) => names.has(word))) for (const name of gives) names.add(name)
    }
    if (names.size === before) break
  }
  return names
}

/** The identifiers of a piece of code. */
export function wordsIn(code: string): string[] {
  return [...new Set(code.match(/[A-Za-z_$][\w$]*/g))]
}

function targetsOf(node: SyntaxNode): string[] {
  switch (node.kind()) {
    case 'variable_declarator':
    case 'function_declaration':
    case 'class_declaration':
    case 'function_definition':
    case 'class_definition':
    case 'named_expression':
      return boundIn(node.field('name'))
    case 'call_expression':
      return callbackParameters(node)
    case 'as_pattern':
      return boundIn(node.field('alias') ?? namedChildren(node).at(-1) ?? null)
    default:
      return boundIn(node.field('left'))
  }
}

/** The part whose value goes to the targets. */
function valueText(node: SyntaxNode): string {
  switch (node.kind()) {
    case 'variable_declarator':
    case 'named_expression':
      return node.field('value')?.text() ?? ''
    case 'call_expression':
      return callbackParameters(node).length === 0 ? '' : headOf(node)
    case 'function_declaration':
    case 'class_declaration':
    case 'function_definition':
    case 'class_definition':
      return node.field('body')?.text() ?? ''
    case 'as_pattern':
      return namedChildren(node)[0]?.text() ?? ''
    default:
      return node.field('right')?.text() ?? ''
  }
}

/** Of `this.app = …` and `self.app = …` the property holds the value, not the object. */
function boundIn(target: SyntaxNode | null): string[] {
  if (target === null) return []
  if (target.kind() === 'member_expression') return [target.field('property')?.text() ?? '']
  if (target.kind() === 'attribute') return [target.field('attribute')?.text() ?? '']
  return wordsIn(target.text())
}

function callbackParameters(call: SyntaxNode): string[] {
  return namedChildren(call.field('arguments') ?? call)
    .filter((arg) => arg.kind() === 'arrow_function' || arg.kind() === 'function_expression')
    .flatMap((arg) => wordsIn((arg.field('parameters') ?? arg.field('parameter'))?.text() ?? ''))
}

/** A call without its callbacks: `load(x)` of `load(x).then((y) => …)`. */
function headOf(call: SyntaxNode): string {
  const callee = call.field('function')?.text() ?? ''
  const plain = namedChildren(call.field('arguments') ?? call).filter(
    (arg) => arg.kind() !== 'arrow_function' && arg.kind() !== 'function_expression',
  )
  return [callee, ...plain.map((arg) => arg.text())].join(' ').replace(/(['"`]).*?\1/gs, ' ')
}
