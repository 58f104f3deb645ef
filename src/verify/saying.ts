import { type BoundNames, boundNames } from './bound-names.ts'
import { codeTokens, withoutWaiting } from './code-tokens.ts'
import { javascriptAssertions } from './rules/javascript-assertions.ts'
import { pythonAssertions } from './rules/python-assertions.ts'
import { type Family, type SyntaxNode } from './syntax.ts'

/** What code says to a runner of tests: a test, or what stands beside the tests of a file. */
export interface Saying {
  readonly assertions: ReadonlySet<string>
  readonly tokens: readonly string[]
  readonly bound: BoundNames
}

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
  const found = family === 'python' ? pythonAssertions(root) : javascriptAssertions(root)
  return {
    assertions: new Set(
      found.filter(asserts).map((node) => `${standingOf(node, root)} ${assertionText(node)}`),
    ),
    tokens: codeTokens(root, isLeft),
    bound: boundNames(root, family, binds),
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

/** Whether something was only added, and nothing that could take an assertion out of use. */
export function isKept(then: Saying, now: Saying): boolean {
  return (
    then.assertions.isSubsetOf(now.assertions) &&
    isSubsequence(then.tokens, now.tokens) &&
    steeringIn(then.tokens) === steeringIn(now.tokens) &&
    !rebinds(then, now)
  )
}

export function isSubsequence(part: readonly string[], whole: readonly string[]): boolean {
  let at = 0
  for (const token of whole) if (token === part[at]) at += 1
  return at === part.length
}

/** Whether and what an assertion sees depends on these: one that is added may take it out of use. */
function steeringIn(tokens: readonly string[]): string {
  return tokens.filter((token) => STEERING.test(token)).join(' ')
}

const STEERING =
  /^(?:if|elif|else|switch|case|try|catch|except|for|while|return|yield|throw|raise|continue|break|with|and|or|not|\?|\?\?|&&|\|\||!|@|\w*(?:mock|patch|stub|spy)\w*)$/i

/** Whether a name that it used means another thing now: `const add = () => 3` before `assert.equal(add(1, 2), 3)`. */
function rebinds(then: Saying, now: Saying): boolean {
  const code = ` ${then.tokens.join(' ')} `
  const others = [...now.bound.declared.difference(then.bound.declared)]
  const counts = Map.groupBy(now.bound.assigned, (target) => target)
  for (const [target, times] of counts)
    if (times.length > then.bound.assigned.filter((one) => one === target).length) others.push(target)
  return others.some((name) => code.includes(` ${name} `))
}
