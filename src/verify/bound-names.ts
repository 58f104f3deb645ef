import { codeTokens } from './code-tokens.ts'
import { type Family, findKinds, type SyntaxNode } from './syntax.ts'

/** What code gives another meaning to, as far as syntax tells. */
export interface BoundNames {
  /** Names that it declares: variables, parameters, functions, classes. */
  readonly declared: ReadonlySet<string>
  /** What it assigns to, each time: `two`, `assert . equal`. */
  readonly assigned: readonly string[]
}

export function boundNames(
  root: SyntaxNode,
  family: Family,
  binds: (node: SyntaxNode) => boolean = () => true,
): BoundNames {
  const find = (kinds: readonly string[]): SyntaxNode[] => findKinds(root, kinds).filter(binds)
  const declaring = find(DECLARING[family]).flatMap((node) =>
    LISTS.has(String(node.kind())) ? node : (node.field('name') ?? node.field('parameter') ?? []),
  )
  const assigned = find(ASSIGNING[family]).flatMap((node) => node.field('left') ?? node.field('name') ?? [])
  return {
    declared: new Set(declaring.flatMap((node) => findKinds(node, NAMES[family])).map((node) => node.text())),
    assigned: assigned.map((target) => codeTokens(target).join(' ')),
  }
}

const DECLARING = {
  js: [
    'variable_declarator',
    'function_declaration',
    'generator_function_declaration',
    'class_declaration',
    'formal_parameters',
    'arrow_function',
  ],
  python: [
    'function_definition',
    'class_definition',
    'parameters',
    'lambda_parameters',
    'import_from_statement',
  ],
} as const

const ASSIGNING = {
  js: ['assignment_expression', 'augmented_assignment_expression'],
  python: ['assignment', 'augmented_assignment', 'named_expression'],
} as const

const LISTS = new Set(['formal_parameters', 'parameters', 'lambda_parameters', 'import_from_statement'])
const NAMES = {
  js: ['identifier', 'type_identifier', 'shorthand_property_identifier_pattern'],
  python: ['identifier'],
} as const
