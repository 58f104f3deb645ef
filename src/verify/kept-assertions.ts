import { codeTokens, withoutWaiting } from './code-tokens.ts'
import { javascriptAssertions } from './rules/javascript-assertions.ts'
import { pythonAssertions } from './rules/python-assertions.ts'
import { familyOf, parseFile, type Span, spanOf, type SyntaxNode } from './syntax.ts'
import { bodiesIn } from './test-bodies.ts'
import type { TestBodies } from './test-body.ts'
import { placesOfTest } from './touched-tests.ts'

/** The text of a test file, or of a file that tests use, before and after a change. */
export interface RewrittenFile {
  readonly path: string
  readonly before: string
  readonly after: string
}

/** What still says all that it said: something was only added to it, and its assertions stand there. */
interface KeptAssertions {
  readonly inTest: (name: string) => boolean
  /** Whether a test asserts in each way at least as often as it did, whatever of. */
  readonly inNumber: (name: string) => boolean
  /** In helpers, hooks and constants beside the tests; imports aside. */
  readonly beside: boolean
}

/** A language without syntax here tells nothing: no test of it is known to say what it said, and nothing stands beside. */
export function keptAssertions(file: RewrittenFile): KeptAssertions {
  const [then, now] = [readTests(file.path, file.before), readTests(file.path, file.after)]
  if (then === null || now === null) return { inTest: () => false, inNumber: () => false, beside: true }
  const beside = isKept(then.beside, now.beside)
  const compare = (name: string, isSame: (old: SyntaxNode, other: SyntaxNode) => boolean): boolean => {
    const [old, ...others] = placesOfTest(then.bodies, name)
    const [other, ...more] = placesOfTest(now.bodies, name)
    return old !== undefined && other !== undefined && others.length + more.length === 0 && isSame(old, other)
  }
  return {
    beside,
    inTest: (name) =>
      beside && compare(name, (old, other) => isKept(sayingOf(file.path, old), sayingOf(file.path, other))),
    inNumber: (name) =>
      compare(name, (old, other) => isAsMany(waysIn(file.path, old), waysIn(file.path, other))),
  }
}

/** In which ways a test asserts, and how often. */
function waysIn(path: string, test: SyntaxNode): ReadonlyMap<string, number> {
  const ways = Map.groupBy(assertionsInside(path, test), wayOf)
  return new Map([...ways].map(([way, assertions]) => [way, assertions.length]))
}

/** `expect . toBe`; of `assert a == b` the operators. */
function wayOf(assertion: SyntaxNode): string {
  const callee = assertion.field('function')
  if (callee !== null)
    return withoutWaiting(codeTokens(callee, (part) => ARGUMENTS.has(String(part.kind())))).join(' ')
  return codeTokens(assertion)
    .filter((token) => OPERATORS.test(token))
    .join(' ')
}

const OPERATORS = /^(?:assert|raise|throw|[=!<>]=?=?|is|in|not|and|or)$/

function isAsMany(then: ReadonlyMap<string, number>, now: ReadonlyMap<string, number>): boolean {
  return [...then].every(([way, count]) => (now.get(way) ?? 0) >= count)
}

interface Saying {
  readonly assertions: ReadonlySet<string>
  readonly tokens: readonly string[]
}

function isKept(then: Saying, now: Saying): boolean {
  return (
    then.assertions.isSubsetOf(now.assertions) &&
    isSubsequence(then.tokens, now.tokens) &&
    steeringIn(then.tokens) === steeringIn(now.tokens)
  )
}

/** Whether and what an assertion sees depends on these: one that is added may take it out of use. */
function steeringIn(tokens: readonly string[]): string {
  return tokens.filter((token) => STEERING.test(token)).join(' ')
}

const STEERING =
  /^(?:if|elif|else|switch|case|try|catch|except|for|while|return|throw|raise|continue|break|with|and|or|not|\?|\?\?|&&|\|\||!|@|\w*(?:mock|patch|stub|spy)\w*)$/i

function isSubsequence(part: readonly string[], whole: readonly string[]): boolean {
  let at = 0
  for (const token of whole) if (token === part[at]) at += 1
  return at === part.length
}

function readTests(
  path: string,
  text: string,
): { readonly bodies: TestBodies; readonly beside: Saying } | null {
  const root = parseFile(path, text)
  if (root === null) return null
  const bodies = bodiesIn(root, path, text)
  const tests = [...bodies.tests, ...bodies.dynamicTests].map(({ node }) => node)
  const [ids, spans] = [new Set(tests.map((node) => node.id())), tests.map(spanOf)]
  const isOther = (node: SyntaxNode): boolean => ids.has(node.id()) || IMPORTS.has(String(node.kind()))
  const asserting = assertionsIn(path, root).filter((node) => {
    const span = spanOf(node)
    return !spans.some((test) => isWithin(span, test) || isWithin(test, span))
  })
  const beside = { assertions: new Set(asserting.map(assertionText)), tokens: codeTokens(root, isOther) }
  return { bodies, beside }
}

const IMPORTS = new Set(['import_statement', 'import_from_statement'])

function isWithin(inner: Span, outer: Span): boolean {
  return inner.start >= outer.start && inner.end <= outer.end
}

function sayingOf(path: string, test: SyntaxNode): Saying {
  return { assertions: new Set(assertionsInside(path, test).map(assertionText)), tokens: codeTokens(test) }
}

function assertionsInside(path: string, test: SyntaxNode): SyntaxNode[] {
  return assertionsIn(path, test).filter((node) => !isWithin(spanOf(test), spanOf(node)))
}

function assertionsIn(path: string, place: SyntaxNode): SyntaxNode[] {
  return familyOf(path) === 'python' ? pythonAssertions(place) : javascriptAssertions(place)
}

/**
 * An assertion to the letter, but for what is handed to the code under test: that may only be added to, as all else in
 * the test. Brackets come and go with what is waited for.
 */
function assertionText(node: SyntaxNode): string {
  const isHandedOver = (part: SyntaxNode): boolean =>
    ARGUMENTS.has(String(part.kind())) &&
    part.parent()?.id() !== node.id() &&
    !ASSERTING.test((part.parent()?.field('function') ?? part.parent()?.field('constructor'))?.text() ?? '')
  return withoutWaiting(codeTokens(node, isHandedOver))
    .join(' ')
    .replaceAll(/ \. resolves\b|[()]/g, '')
    .replaceAll(/\s+/g, ' ')
}

const ARGUMENTS = new Set(['arguments', 'argument_list'])
const ASSERTING = /\b(?:assert\w*|expect\w*|should|raises|throws|rejects|t)\b/i
