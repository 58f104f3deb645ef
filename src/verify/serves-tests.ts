import { TEST_MODULES } from './javascript-tests.ts'
import { familyOf, findKinds, parseFile, type SyntaxNode } from './syntax.ts'

/**
 * Whether a file that nobody claims and that tests use takes part in testing, rather than being what they test: its path
 * says so, or it uses a test runner or an assertion library.
 */
export function servesTests(path: string, text: string): boolean {
  if (TESTING_PATH.test(path)) return true
  if (familyOf(path) === 'python') return PYTHON_IMPORT.test(text)
  return JAVASCRIPT_IMPORT.test(text) || COMPARING_IMPORT.test(text) || callsAssertion(path, text)
}

const TESTING_PATH =
  /(?:^|[/._-])(?:tests?|testing|test-?utils?|specs?|mocks?|fixtures?|assertions?)(?:[/._-]|$)/i

/** A plain `assert` says nothing, in JavaScript neither: sources state with it what always holds. */
const PYTHON_IMPORT =
  /^\s*(?:import|from)\s+(?:[\w.]*\.)?_?(?:pytest|unittest|nose|hypothesis|hamcrest|tests?|testing)\b/m

const JAVASCRIPT_MODULES = [
  ...TEST_MODULES,
  '@testing-library/[^\'"]+',
  'uvu/assert',
  'chai',
  'expect(?:-type)?',
  'should',
  'sinon',
].join('|')

const JAVASCRIPT_IMPORT = new RegExp(
  `(?:\\bfrom|\\brequire\\s*\\(|\\bimport\\s*\\(?)\\s*['"](?:${JAVASCRIPT_MODULES})['"]`,
)

/** `import { deepEqual } from 'node:assert'` */
const COMPARING_IMPORT =
  /\{[^}]*\b(?:\w*[eE]qual|throws|rejects|match)\b[^}]*\}\s*(?:from\s*|=\s*require\s*\(\s*)['"](?:node:)?assert(?:\/strict)?['"]/

/** Whether it calls `expect`, or compares by what `assert` bears: no method of that name, and no function of its own. */
function callsAssertion(path: string, text: string): boolean {
  if (!/\b(?:expect|assert)\b/.test(text)) return false
  const root = parseFile(path, text)
  if (root === null) return false
  const own = ownFunctions(root)
  return findKinds(root, ['call_expression']).some((call) => {
    const callee = call.field('function')
    const name = firstName(callee)
    const compares = name === 'assert' && !/^assert(?:\.ok)?$/.test(callee?.text() ?? '')
    return (name === 'expect' || compares) && !own.has(name)
  })
}

function ownFunctions(root: SyntaxNode): Set<string> {
  const declared = findKinds(root, ['function_declaration', 'variable_declarator']).filter(
    (node) =>
      node.kind() === 'function_declaration' || FUNCTION_KINDS.has(String(node.field('value')?.kind())),
  )
  return new Set(declared.map((node) => node.field('name')?.text() ?? ''))
}

const FUNCTION_KINDS: ReadonlySet<string> = new Set(['arrow_function', 'function_expression'])

/** `a` of `a.b.c`. */
function firstName(callee: SyntaxNode | null): string | null {
  let node = callee
  while (node?.kind() === 'member_expression') node = node.field('object')
  return node?.kind() === 'identifier' ? node.text() : null
}
