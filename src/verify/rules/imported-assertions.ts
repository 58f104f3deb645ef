import { findKinds, type SyntaxNode } from '../syntax.ts'

/** `'node:assert'`, `'assert/strict'`, `'uvu/assert'`, `'power-assert'`, `'@std/assert'`; not a file of the project. */
const ASSERTION_MODULE = /^['"](?!\.)(?:[^'"]*[/:@-])?assert(?:\/strict)?['"]$/
/** The same module required, or an object that is called like it and taken apart. */
const ASSERTION_OBJECT =
  /^require\(\s*['"](?!\.)(?:[^'"]*[/:@-])?assert(?:\/strict)?['"]\s*\)(?:\.strict)?$|^(?:\w+\.)?assert(?:\.strict)?$/

/** Whether a name is one under which a JavaScript file took an assertion, or all of them, from an assertion library. */
export function isImportedAssertion(name: SyntaxNode): boolean {
  return name.kind() === 'identifier' && namesIn(name).has(name.text())
}

/** Every call of every test of a file is asked about: the names of a file are looked up once. */
const known = new WeakMap<ReturnType<SyntaxNode['getRoot']>, ReadonlySet<string>>()

function namesIn(node: SyntaxNode): ReadonlySet<string> {
  const file = node.getRoot()
  const names = known.get(file) ?? new Set(bindings(file.root()).flatMap(boundNames))
  known.set(file, names)
  return names
}

function bindings(root: SyntaxNode): SyntaxNode[] {
  const imports = findKinds(root, ['import_statement']).filter((statement) =>
    ASSERTION_MODULE.test(statement.field('source')?.text() ?? ''),
  )
  const taken = findKinds(root, ['variable_declarator'])
    .filter((declarator) => ASSERTION_OBJECT.test(declarator.field('value')?.text() ?? ''))
    .flatMap((declarator) => declarator.field('name') ?? [])
  return [...imports, ...taken]
}

function boundNames(binding: SyntaxNode): string[] {
  const kinds = ['identifier', 'shorthand_property_identifier_pattern']
  return [binding, ...findKinds(binding, kinds)].map((node) => node.text())
}
