import { type BoundNames, boundNames } from './bound-names.ts'
import { codeTokens, withoutWaiting } from './code-tokens.ts'
import { javascriptAssertions } from './rules/javascript-assertions.ts'
import { pythonAssertions } from './rules/python-assertions.ts'
import { type Family, literalText, namedChildren, type SyntaxNode } from './syntax.ts'

/** What code says to a runner of tests: a test, or what stands beside the tests of a file. */
export interface Saying {
  readonly assertions: ReadonlySet<string>
  readonly tokens: readonly string[]
  readonly bound: BoundNames
  /** The same without what it asks and what it answers by heart. */
  readonly form: () => Said
}

type Said = Pick<Saying, 'assertions' | 'tokens'>

interface Part {
  readonly family: Family
  readonly root: SyntaxNode
  /** Whether an assertion found in it belongs to it. */
  readonly asserts: (node: SyntaxNode) => boolean
  /** What of it does not count, with all that it holds. Default nothing. */
  readonly isLeft?: (node: SyntaxNode) => boolean
  /** Whether a declaration found in it counts. Default each. */
  readonly binds?: (node: SyntaxNode) => boolean
}

export function sayingOf({ family, root, asserts, isLeft, binds }: Part): Saying {
  const found = (family === 'python' ? pythonAssertions(root) : javascriptAssertions(root)).filter(asserts)
  const told = (isHeld: (node: SyntaxNode) => boolean): Set<string> =>
    new Set(found.map((node) => `${standingOf(node, root)} ${assertionText(node, isHeld)}`))
  return {
    assertions: told(isHandedOver),
    tokens: codeTokens(root, isLeft),
    bound: boundNames(root, family, binds),
    form: () => ({ assertions: told(isBlank), tokens: codeTokens(root, isBlank) }),
  }
}

/** The functions that it stands in: one that is put around an assertion need not be called. */
function standingOf(assertion: SyntaxNode, root: SyntaxNode): string {
  const kinds: string[] = []
  for (let node = assertion.parent(); node !== null && node.id() !== root.id(); node = node.parent())
    if (FUNCTIONS.test(String(node.kind()))) kinds.push(String(node.kind()))
  return kinds.join(' ')
}

const FUNCTIONS = /function|method|lambda/

/**
 * An assertion to the letter, but for what is handed to the code under test: that may only be added to, as all else in
 * the test. Brackets come and go with what is waited for.
 */
function assertionText(assertion: SyntaxNode, isLeft: (node: SyntaxNode) => boolean): string {
  const own = assertion.field('arguments')?.id()
  return withoutWaiting(codeTokens(assertion, (node) => node.id() !== own && isLeft(node)))
    .join(' ')
    .replaceAll(/ \. resolves\b|[()]/g, '')
    .replaceAll(/\s+/g, ' ')
}

function isHandedOver(node: SyntaxNode): boolean {
  // To find a parent takes long where much is nested.
  if (!ARGUMENTS.has(String(node.kind()))) return false
  const call = node.parent()
  return !ASSERTING.test((call?.field('function') ?? call?.field('constructor'))?.text() ?? '')
}

/** What is asked, unless it holds code of the test, and what is answered by heart. */
function isBlank(node: SyntaxNode): boolean {
  return isHandedOver(node) ? !HOLDING_CODE.test(node.text()) : isLiteral(node)
}

const HOLDING_CODE = /=>|\bfunction\b/

function isLiteral(node: SyntaxNode): boolean {
  const kind = String(node.kind())
  if (NUMBERS.has(kind) || (TEXTS.has(kind) && literalText(node) !== null)) return true
  if (!HOLDING.has(kind)) return false
  const parts = namedChildren(node).slice(kind === 'pair' ? 1 : 0)
  return parts.length > 0 && parts.every(isPart)
}

/** Of `[true]` and `{ a: null }`; alone these words say how an assertion asks. */
function isPart(node: SyntaxNode): boolean {
  return /^(?:true|false|null|none|undefined)$/.test(String(node.kind())) || isLiteral(node)
}

const NUMBERS = new Set(['number', 'integer', 'float'])
const TEXTS = new Set(['string', 'template_string'])
const HOLDING = new Set([
  'array',
  'object',
  'list',
  'tuple',
  'dictionary',
  'set',
  'pair',
  'unary_expression',
  'unary_operator',
])
const ARGUMENTS = new Set(['arguments', 'argument_list'])
const ASSERTING = /\b(?:assert\w*|expect\w*|should|raises|throws|rejects|t)\b/i

/** Whether something was only added, and nothing that could take an assertion out of use. */
export function isKept(then: Saying, now: Saying): boolean {
  return includes(then, now) && isLedAlike(then, now)
}

/** Whether the same is so but for what it asks and what it answers by heart. */
export function isKeptInForm(then: Saying, now: Saying): boolean {
  const form = then.form()
  return form.assertions.size > 0 && includes(form, now.form()) && isLedAlike(then, now)
}

function includes(then: Said, now: Said): boolean {
  return then.assertions.isSubsetOf(now.assertions) && isSubsequence(then.tokens, now.tokens)
}

export function isSubsequence(part: readonly string[], whole: readonly string[]): boolean {
  let at = 0
  for (const token of whole) if (token === part[at]) at += 1
  return at === part.length
}

function isLedAlike(then: Saying, now: Saying): boolean {
  return steeringIn(then.tokens) === steeringIn(now.tokens) && !rebinds(then, now)
}

/** Whether and what an assertion sees depends on these: one that is added may take it out of use. */
function steeringIn(tokens: readonly string[]): string {
  return tokens.filter((token) => STEERING.test(token)).join(' ')
}

const STEERING =
  /^(?:if|elif|else|switch|case|try|catch|except|for|while|return|yield|throw|raise|continue|break|with|and|or|not|typeof|void|\?|\?\?|&&|\|\||!|@|\w*(?:mock|patch|stub|spy)\w*)$/i

/** Whether a name that it used means another thing now: `const add = () => 3` before `assert.equal(add(1, 2), 3)`. */
function rebinds(then: Saying, now: Saying): boolean {
  const code = ` ${then.tokens.join(' ')} `
  const others = [...now.bound.declared.difference(then.bound.declared)]
  const counts = Map.groupBy(now.bound.assigned, (target) => target)
  for (const [target, times] of counts)
    if (times.length > then.bound.assigned.filter((one) => one === target).length) others.push(target)
  return others.some((name) => code.includes(` ${name} `))
}
