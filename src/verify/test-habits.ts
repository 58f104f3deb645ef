import { oneLine } from './one-line.ts'
import { readOnce } from './stubs/read-once.ts'
import { familyOf, findKinds, literalText, parseFile, type SyntaxNode } from './syntax.ts'

/** How a test file is written: what it imports from packages, and the calls by which it asserts. */
interface TestHabits {
  readonly imports: readonly string[]
  /** Each as often as it is there. */
  readonly assertions: readonly string[]
}

const NONE: TestHabits = { imports: [], assertions: [] }

export const testHabits = readOnce((path, text): TestHabits => {
  const root = parseFile(path, text)
  if (root === null) return NONE
  return familyOf(path) === 'python' ? pythonHabits(root) : scriptHabits(root)
})

const ASSERTS = /^(?:assert|expect|should|t)\b/
const PYTHON_ASSERTS = /^(?:self\.assert\w+|pytest\.(?:raises|approx|warns))$/
/** Characters of the name of an assertion. */
const SHOWN = 60

function scriptHabits(root: SyntaxNode): TestHabits {
  const imports = findKinds(root, ['import_statement'])
    .filter((statement) => !/^[.#]/.test(literalText(statement.field('source')) ?? '.'))
    .map((statement) => oneLine(statement.text()).replace(/;$/, ''))
  const assertions = findKinds(root, ['call_expression'])
    .map((call) => chainOf(call.field('function')))
    .filter((callee) => ASSERTS.test(callee) && callee.length <= SHOWN)
    .filter((callee) => !WITHOUT_CLAIM.has(callee))
  return { imports, assertions }
}

/** `expect(a)` alone is the beginning of an assertion. */
const WITHOUT_CLAIM = new Set(['expect', 'should', 't'])

/** `expect(…).toBe` of `expect(add(1, 2)).toBe`; empty where it is no chain of names and calls. */
function chainOf(node: SyntaxNode | null, depth = 0): string {
  if (node === null || depth > DEEPEST) return ''
  if (node.kind() === 'identifier') return node.text()
  if (node.kind() === 'await_expression') return chainOf(node.child(1), depth + 1)
  if (node.kind() === 'call_expression') {
    const callee = chainOf(node.field('function'), depth + 1)
    return callee === '' ? '' : `${callee}(…)`
  }
  if (node.kind() !== 'member_expression') return ''
  const object = chainOf(node.field('object'), depth + 1)
  return object === '' ? '' : `${object}.${node.field('property')?.text() ?? ''}`
}

const DEEPEST = 10

function pythonHabits(root: SyntaxNode): TestHabits {
  const imports = findKinds(root, ['import_statement', 'import_from_statement'])
    .map((statement) => oneLine(statement.text()))
    .filter((statement) => !statement.startsWith('from .'))
  const plain = findKinds(root, ['assert_statement']).map(() => 'assert')
  const calls = findKinds(root, ['call'])
    .map((call) => call.field('function')?.text() ?? '')
    .filter((callee) => PYTHON_ASSERTS.test(callee))
  return { imports, assertions: [...plain, ...calls] }
}
