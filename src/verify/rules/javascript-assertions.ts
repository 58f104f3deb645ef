import { findKinds, lineOf, namedChildren, type SyntaxNode } from '../syntax.ts'
import type { TestBody } from '../test-body.ts'
import { isImportedAssertion } from './imported-assertions.ts'
import type { TestProblem } from './test-rule.ts'

/** A call of this name can fail a test: assertion libraries, and helpers that say what they do. */
const ASSERTING =
  /(?:^|[._$])(?:assert|expect|check|verify|ensure|must|should|validate|compare|test|is|same|equal|equals|match|matches|deepEqual|strictEqual|notEqual|throws|rejects|snapshot|fail|plan|pass|like|invariant|require[A-Z])/i
const ASSERTING_NAME =
  /^(?:assert|expect|check|verify|ensure|must|should|validate|compare)|(?:Assert|Expect|Check|Verify|Equal|Equals|Match|Matches)(?:[A-Z]\w*)?$/i
/** `toBe`, `toBeEuro`, `toHaveBeenCalled`: whatever its object is, since types and variables hide `expect`. */
const MATCHER = /^to(?:Be|Equal|StrictEqual|Throw|Have|Match|Contain|Satisfy)(?:[A-Z]|$)/
const ASSERTION_METHODS = new Set([
  'is',
  'not',
  'same',
  'equal',
  'equals',
  'notEqual',
  'deepEqual',
  'notDeepEqual',
  'strictEqual',
  'notStrictEqual',
  'deepStrictEqual',
  'ok',
  'notOk',
  'true',
  'false',
  'truthy',
  'falsy',
  'throws',
  'throwsAsync',
  'notThrows',
  'rejects',
  'resolves',
  'doesNotThrow',
  'match',
  'notMatch',
  'regex',
  'like',
  'snapshot',
  'matchSnapshot',
  'fail',
  'pass',
  'plan',
  'error',
  'ifError',
  'type',
  'has',
  'hasStrict',
  'strictSame',
  'emits',
  'assert',
])

type Checked = Pick<TestBody, 'modifiers' | 'node' | 'line'>

export function javascriptProblems(test: Checked): TestProblem[] {
  const body = bodyOf(test.node)
  // A body that stands elsewhere, or none at all (a todo), is not judged here.
  if (body === null) return []
  if (isEmpty(body)) return [{ rule: 'empty_test', line: lineOf(test.node), message: 'its body is empty' }]
  const assertions = javascriptAssertions(body)
  if (assertions.length === 0) {
    if (handsOver(test.node, body)) return []
    return [{ rule: 'no_assertion', line: lineOf(test.node), message: 'nothing in it asserts anything' }]
  }
  const problems: TestProblem[] = []
  const [first] = assertions
  // `assert.ok(true)` beside real assertions, or where a plan counts, marks that a place was reached.
  if (
    first !== undefined &&
    assertions.every((call) => isConstant(call)) &&
    !findKinds(body, ['call_expression']).some(isMarker)
  ) {
    problems.push({
      rule: 'constant_assertion',
      line: lineOf(first),
      message: `${shortened(first.text())} holds whatever the sources do`,
    })
  }
  const dead = unreachableFrom(body)
  if (dead !== null && assertions.every((call) => call.range().start.index >= dead)) {
    problems.push({
      rule: 'unreachable_assertion',
      line: lineOf(assertions[0] ?? body),
      message: 'no assertion of it can ever run',
    })
  }
  return problems
}

/** The block or expression of the test's callback. */
function bodyOf(call: SyntaxNode): SyntaxNode | null {
  const args = namedChildren(call.field('arguments') ?? call)
  const callback = args.findLast(
    (arg) => arg.kind() === 'arrow_function' || arg.kind() === 'function_expression',
  )
  return callback?.field('body') ?? null
}

function isEmpty(body: SyntaxNode): boolean {
  return body.kind() === 'statement_block' && namedChildren(body).length === 0
}

/** Calls that can fail the test, and statements that do. */
export function javascriptAssertions(body: SyntaxNode): SyntaxNode[] {
  const calls = findKinds(body, ['call_expression']).filter((call) => asserts(call))
  const tagged = findKinds(body, ['member_expression']).filter(
    (member) => /\.should\b/.test(member.text().slice(-400)) && member.field('property')?.text() === 'should',
  )
  const thrown = findKinds(body, ['throw_statement'])
  return [...calls, ...tagged, ...thrown]
}

function asserts(call: SyntaxNode): boolean {
  const callee = call.field('function')
  if (callee === null) return false
  if (callee.text() === 'expect') return isProperty(call)
  if (callee.kind() === 'identifier') return ASSERTING_NAME.test(callee.text()) || isImportedAssertion(callee)
  if (callee.kind() !== 'member_expression') return false
  const property = callee.field('property')?.text() ?? ''
  const object = callee.field('object')?.text() ?? ''
  if (ASSERTING_NAME.test(property) || MATCHER.test(property)) return true
  if (
    /(?:^|\.)(?:assert|expect|should|chai|sinon|softly|t|tap|assertions?|must)(?:$|[.(])/.test(
      object.slice(0, 200),
    )
  ) {
    return ASSERTION_METHODS.has(property) || /assert|expect|should|must/.test(object)
  }
  const library = callee.field('object')
  return library !== null && isImportedAssertion(library)
}

/** `expect(x)` asserts nothing by itself; `expect(x).to.be.empty` does, and of `expect(x).toBe(1)` the outer call counts. */
function isProperty(call: SyntaxNode): boolean {
  let node = call
  for (let parent = node.parent(); parent?.kind() === 'member_expression'; parent = node.parent()) {
    node = parent
  }
  const user = node.parent()
  return (
    node.id() !== call.id() &&
    !(user?.kind() === 'call_expression' && user.field('function')?.id() === node.id())
  )
}

/** A test that calls helpers, is checked by types, or leaves the judgement to a callback may assert where this cannot see. */
function handsOver(test: SyntaxNode, body: SyntaxNode): boolean {
  const text = body.text()
  if (/\bexpectTypeOf\b|\bassertType\b|@ts-expect-error/.test(text)) return true
  // `(t, done) => …`, `done => …`: it fails by never being called.
  const callback = body.parent()
  const parameters = (callback?.field('parameters') ?? callback?.field('parameter'))?.text() ?? ''
  if (/\b(?:done|end|cb|callback|next|resolve)\b/.test(parameters)) return true
  // Names of helpers that the file or its imports define: `roundTrip(x)`, `run(t, …)`.
  if (/(?:^|\W)t\s*[,)]/.test(text) && /\bt\b/.test(parameters)) return true
  return callsHelper(test, body)
}

/**
 * Whether it calls a function that the file itself defines (or that is imported from another test file) and that asserts:
 * the assertions are there.
 */
function callsHelper(test: SyntaxNode, body: SyntaxNode): boolean {
  const root = test.getRoot().root()
  const called = new Set(findKinds(body, ['call_expression']).map((call) => calledName(call)))
  const nested = findKinds(body, ['call_expression']).some((call) =>
    /^(?:test|it|t\.test)$/.test(call.field('function')?.text() ?? ''),
  )
  if (nested) return true
  const functions = findKinds(root, ['function_declaration', 'variable_declarator', 'assignment_expression'])
  for (const one of functions) {
    const name = (one.field('name') ?? one.field('left'))?.text() ?? ''
    const value =
      one.kind() === 'function_declaration' ? one.field('body') : (one.field('value') ?? one.field('right'))
    if (value === null || !called.has(name.split('.').at(-1) ?? name)) continue
    if (ASSERTING.test(value.text()) || findKinds(value, ['call_expression']).some(asserts)) return true
  }
  return findKinds(root, ['import_statement', 'variable_declarator']).some((one) => {
    const from =
      /['"](\.[^'"]*(?:test|spec|helper|util|support|fixture|common|shared|harness|setup|__)[^'"]*)['"]/.exec(
        one.text(),
      )
    return (
      from !== null &&
      [...called].some(
        (name) =>
          name !== '' &&
          new RegExp(`\\b${name.replace(/\$/g, '\\$')}\\b`).test(one.text().split(from[0])[0] ?? ''),
      )
    )
  })
}

function calledName(call: SyntaxNode): string {
  const callee = call.field('function')
  return (callee?.field('property') ?? callee)?.text() ?? ''
}

/** `expect(true).toBe(true)`, `assert.ok(1)`, `assert.equal(x, x)`. Only where every operand is written in the call. */
function isConstant(call: SyntaxNode): boolean {
  if (call.kind() !== 'call_expression') return false
  const callee = call.field('function')
  const args = operandsOf(call)
  const text = callee?.text().replace(/\s+/g, '') ?? ''
  if (/^(?:t\.)?assert(?:\.ok|\.isOk|\.isTrue|\.true)?$|^ok$|^t\.(?:ok|true|truthy|pass\b.)$/.test(text)) {
    return args.length >= 1 && isTruthyLiteral(args[0] ?? null)
  }
  if (
    /^(?:(?:t\.)?(?:assert|t)\.)?(?:equal|strictEqual|deepEqual|deepStrictEqual|is|same|equals)$/.test(text)
  ) {
    return sameOperands(args[0], args[1])
  }
  const matcher = /\.(toBe|toEqual|toStrictEqual|toBeTruthy|toBeDefined)$/.exec(text)
  const expectation = expectationOf(callee?.field('object') ?? null)
  if (matcher === null || expectation === null) return false
  const received = operandsOf(expectation)
  if (received.length === 0) return false
  if (matcher[1] === 'toBeTruthy' || matcher[1] === 'toBeDefined') return isTruthyLiteral(received[0] ?? null)
  return sameOperands(received[0], args[0])
}

/** The call of `expect` that a matcher belongs to, whatever its type is said to be: `(expect(x) as any).toBe(1)`. */
function expectationOf(object: SyntaxNode | null): SyntaxNode | null {
  if (object === null) return null
  if (object.kind() === 'call_expression')
    return object.field('function')?.text() === 'expect' ? object : null
  const wrapped = ['parenthesized_expression', 'as_expression', 'satisfies_expression', 'non_null_expression']
  return wrapped.includes(object.kind() as string) ? expectationOf(namedChildren(object)[0] ?? null) : null
}

/** What fails a test that does not come to its end: planned counts, and callbacks in which the constant stands. */
function isMarker(call: SyntaxNode): boolean {
  const callee = call.field('function')?.text() ?? ''
  if (/(?:^|\.)(?:plan|assertions|hasAssertions)$/.test(callee)) return true
  const callback = namedChildren(call.field('arguments') ?? call).find(
    (arg) => arg.kind() === 'arrow_function' || arg.kind() === 'function_expression',
  )
  return callback !== undefined && findKinds(callback, ['call_expression']).some((inner) => isConstant(inner))
}

function operandsOf(call: SyntaxNode): SyntaxNode[] {
  return namedChildren(call.field('arguments') ?? call)
}

function isTruthyLiteral(node: SyntaxNode | null): boolean {
  if (node === null) return false
  return node.kind() === 'true' || (node.kind() === 'number' && Number(node.text()) !== 0)
}

/** Literals that are equal, or one plain name with itself; a call may give something else each time. */
function sameOperands(left: SyntaxNode | undefined, right: SyntaxNode | undefined): boolean {
  if (left === undefined || right === undefined || left.text() !== right.text()) return false
  return ['true', 'false', 'number', 'string', 'null', 'undefined', 'identifier'].includes(
    left.kind() as string,
  )
}

/** Where code after a `return` or `throw` at the top of the body begins; null where all of it can run. */
function unreachableFrom(body: SyntaxNode): number | null {
  if (body.kind() !== 'statement_block') return null
  const statements = namedChildren(body)
  const end = statements.findIndex((statement) =>
    ['return_statement', 'throw_statement'].includes(statement.kind() as string),
  )
  const after = end < 0 ? undefined : statements[end + 1]
  return after === undefined ? null : after.range().start.index
}

function shortened(text: string): string {
  const line = text.replace(/\s+/g, ' ')
  return line.length <= 80 ? line : `${line.slice(0, 79)}…`
}
