import { findKinds, lineOf, namedChildren, type SyntaxNode } from '../syntax.ts'
import type { TestBody } from '../test-body.ts'
import type { TestProblem } from './test-rule.ts'

const ASSERTING_CALL =
  /(?:^|\.)(?:assert|expect|check|verify|ensure|validate|compare|should|must|fail)\w*$|(?:^|\.)(?:raises|warns|deprecated_call|fail|skip|importorskip|xfail|approx|assertRaises|does_not_raise|eventually|match_snapshot)$|(?:^|_)(?:assert|check|verify|expect|validate|compare)(?:_|$)/i

type Checked = Pick<TestBody, 'modifiers' | 'node' | 'line'>

export function pythonProblems(test: Checked, fileText: string): TestProblem[] {
  const definition = test.node.kind() === 'decorated_definition' ? test.node.field('definition') : test.node
  const body = definition?.field('body') ?? null
  if (body === null) return []
  const statements = namedChildren(body).filter((statement) => !isFiller(statement))
  const line = test.line
  if (statements.length === 0) return [{ rule: 'empty_test', line, message: 'its body is empty' }]
  const assertions = pythonAssertions(body)
  if (assertions.length === 0) {
    const elsewhere = callsHelper(test.node, body, fileText) || takesJudgingFixture(definition)
    return elsewhere ? [] : [{ rule: 'no_assertion', line, message: 'nothing in it asserts anything' }]
  }
  const problems: TestProblem[] = []
  const [first] = assertions
  // `assert True` beside real assertions marks that a place was reached.
  if (first !== undefined && assertions.every((assertion) => isConstant(assertion))) {
    const text = first.text().split('\n')[0] ?? ''
    problems.push({
      rule: 'constant_assertion',
      line: lineOf(first),
      message: `${text} holds whatever the sources do`,
    })
  }
  const end = statements.findIndex((statement) =>
    ['return_statement', 'raise_statement'].includes(statement.kind() as string),
  )
  const after = end < 0 ? undefined : statements[end + 1]
  if (
    after !== undefined &&
    assertions.every((assertion) => assertion.range().start.index >= after.range().start.index)
  ) {
    problems.push({
      rule: 'unreachable_assertion',
      line: lineOf(assertions[0] ?? body),
      message: 'no assertion of it can ever run',
    })
  }
  return problems
}

/** Calls that can fail a test, and statements that do. */
export function pythonAssertions(body: SyntaxNode): SyntaxNode[] {
  return [
    ...findKinds(body, ['assert_statement', 'raise_statement']),
    ...findKinds(body, ['call']).filter((call) => asserts(call)),
  ]
}

/** `pass`, `…` and a docstring do nothing. */
function isFiller(statement: SyntaxNode): boolean {
  if (statement.kind() === 'pass_statement') return true
  if (statement.kind() !== 'expression_statement') return false
  const only = namedChildren(statement)[0]
  return only === undefined || only.kind() === 'string' || only.kind() === 'ellipsis'
}

function asserts(call: SyntaxNode): boolean {
  return ASSERTING_CALL.test(call.field('function')?.text() ?? '')
}

/** A helper of the file that asserts, or one whose file cannot be seen from here but that comes from the tests. */
function callsHelper(test: SyntaxNode, body: SyntaxNode, text: string): boolean {
  const root = test.getRoot().root()
  const called = new Set(
    findKinds(body, ['call']).map((call) => call.field('function')?.text().split('.').at(-1) ?? ''),
  )
  const helpers = findKinds(root, ['function_definition']).filter((one) =>
    called.has(one.field('name')?.text() ?? ''),
  )
  if (
    helpers.some((one) =>
      /\bassert|\braises\(|\bfail\(|\bverify|\bcheck/.test(one.field('body')?.text() ?? ''),
    )
  ) {
    return true
  }
  const imports = [...text.matchAll(/^\s*from\s+(\S+)\s+import\s+(?:\(([^)]*)\)|([^\n]*))/gm)]
  return imports.some(([, module = '', many, one]) => {
    const fromTests =
      module.startsWith('.') ||
      /(?:^|\.)(?:tests?|testing|conftest|helpers?|utils?|support|common)(?:\.|$|_)/.test(module)
    return (
      fromTests &&
      (many ?? one ?? '').split(',').some((name) =>
        called.has(
          name
            .trim()
            .split(/\s+as\s+/)
            .at(-1) ?? '',
        ),
      )
    )
  })
}

/** Fixtures such as `benchmark`, `snapshot` or `assert_…` judge by being called. */
function takesJudgingFixture(definition: SyntaxNode | null): boolean {
  const parameters = definition?.field('parameters')?.text() ?? ''
  return /\b(?:benchmark|snapshot|regtest|data_regression|file_regression|num_regression|\w*(?:assert|check|verify|expect)\w*|pytester|testdir)\b/.test(
    parameters,
  )
}

/** `assert True`, `assert 1 == 1`, `assert x == x`, `self.assertTrue(True)`. */
function isConstant(assertion: SyntaxNode): boolean {
  if (assertion.kind() === 'assert_statement') return holdsAlways(namedChildren(assertion)[0] ?? null)
  if (assertion.kind() !== 'call') return false
  const callee = assertion.field('function')?.text() ?? ''
  const args = namedChildren(assertion.field('arguments') ?? assertion)
  if (callee === 'self.assertTrue') return holdsAlways(args[0] ?? null)
  if (/^self\.assert(?:Equals?|Is|CountEqual|ListEqual|DictEqual)$/.test(callee)) {
    return same(args[0], args[1])
  }
  return false
}

function holdsAlways(node: SyntaxNode | null): boolean {
  if (node === null) return false
  if (node.kind() === 'true') return true
  if (node.kind() === 'integer') return Number(node.text()) !== 0
  if (node.kind() !== 'comparison_operator') return false
  const [left, right, ...more] = namedChildren(node)
  const operator =
    node
      .children()
      .find((child) => !child.isNamed())
      ?.text() ?? ''
  return more.length === 0 && (operator === '==' || operator === 'is') && same(left, right)
}

function same(left: SyntaxNode | undefined, right: SyntaxNode | undefined): boolean {
  if (left === undefined || right === undefined || left.text() !== right.text()) return false
  return ['true', 'false', 'integer', 'float', 'string', 'none', 'identifier'].includes(left.kind() as string)
}
