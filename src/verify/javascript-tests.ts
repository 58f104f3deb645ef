import { createHash } from 'node:crypto'
import { endOf, findKinds, lineOf, literalText, namedChildren, startOf, type SyntaxNode } from './syntax.ts'
import type { DynamicTest, TestBodies, TestBody, TestModifier } from './test-body.ts'
import { hashOf, triviaOf } from './token-hash.ts'

const TEST_WORDS = new Set([
  'test',
  'it',
  'specify',
  'fit',
  'xit',
  'xtest',
  'fdescribe',
  'xdescribe',
  'describe',
  'suite',
  'context',
  'xcontext',
])
const GROUP_WORDS = new Set(['describe', 'suite', 'context', 'fdescribe', 'xdescribe', 'xcontext'])
/** Modules whose exports declare tests. */
export const TEST_MODULES = new Set([
  'node:test',
  'test',
  'vitest',
  '@jest/globals',
  'bun:test',
  'ava',
  'tap',
  'tape',
  'mocha',
  'uvu',
  '@playwright/test',
])
/** What may stand between `test` and its arguments. */
const CHAIN_WORDS = new Set([
  'only',
  'skip',
  'todo',
  'each',
  'for',
  'concurrent',
  'sequential',
  'serial',
  'parallel',
  'fails',
  'failing',
  'skipIf',
  'runIf',
  'if',
  'shuffle',
  'step',
  'expectFailure',
  'fixme',
  'slow',
])

interface Declared {
  readonly node: SyntaxNode
  readonly start: number
  readonly end: number
  readonly group: boolean
  /** Exact name, or a source of a regular expression where parts are only known at run time. */
  readonly name: { readonly text: string; readonly exact: boolean }
  readonly modifiers: readonly TestModifier[]
}

export function javascriptTests(root: SyntaxNode, text: string): TestBodies {
  const trivia = triviaOf(root, text, 'js')
  const declared = declaredTests(root)
  const tests = new Map<string, TestBody>()
  const dynamicTests: DynamicTest[] = []
  const bodies: { start: number; end: number }[] = []
  for (const one of declared) {
    if (one.group) continue
    const around = declared.filter(
      (other) => other !== one && other.start <= one.start && other.end >= one.end,
    )
    if (around.every((other) => other.group)) bodies.push(one)
    const path = [...around, one].sort((left, right) => left.start - right.start || right.end - left.end)
    const body = {
      bodyHash: hashOf(trivia, one),
      line: lineOf(one.node),
      modifiers: [...new Set(path.flatMap((part) => part.modifiers))],
      node: one.node,
    }
    if (path.every((part) => part.name.exact)) {
      const name = path.map((part) => part.name.text).join(' > ')
      const twin = tests.get(name)
      tests.set(
        name,
        twin === undefined ? { name, ...body } : { ...twin, bodyHash: both(twin.bodyHash, body.bodyHash) },
      )
    } else {
      const source = path
        .map((part) => (part.name.exact ? escaped(part.name.text) : part.name.text))
        .join(' > ')
      dynamicTests.push({ pattern: new RegExp(`^${source}$`, 's'), ...body })
    }
  }
  const whole = { start: 0, end: text.length }
  return {
    tests: [...tests.values()],
    dynamicTests,
    dynamic: dynamicTests.length > 0,
    sharedHash: hashOf(trivia, whole, bodies),
  }
}

function declaredTests(root: SyntaxNode): Declared[] {
  const words = testWords(root)
  const result: Declared[] = []
  for (const call of findKinds(root, ['call_expression'])) {
    const chain = chainOf(call.field('function'), words)
    if (chain === null) continue
    const args = namedChildren(call.field('arguments') ?? call)
    if (!looksLikeTest(chain, args)) continue
    result.push({
      node: call,
      start: startOf(call),
      end: endOf(call),
      group: chain.group,
      name: nameOf(args[0] ?? null, chain.parametrised),
      modifiers: [...new Set([...chain.modifiers, ...optionModifiers(args)])],
    })
  }
  return result
}

interface Chain {
  readonly group: boolean
  readonly modifiers: readonly TestModifier[]
  readonly parametrised: boolean
  /** Reached through an object that need not be a test library: `t.test`, but also `pattern.test`. */
  readonly member: boolean
}

/** Local names of test functions: the usual ones, import aliases, and `const my = test.extend(…)`. */
function testWords(root: SyntaxNode): Map<string, string> {
  const words = new Map([...TEST_WORDS].map((word) => [word, word]))
  for (const statement of findKinds(root, ['import_statement'])) {
    const from = literalText(statement.field('source'))
    if (from === null || !TEST_MODULES.has(from)) continue
    for (const specifier of findKinds(statement, ['import_specifier'])) {
      const imported = specifier.field('name')?.text() ?? ''
      const alias = specifier.field('alias')?.text()
      if (alias !== undefined && TEST_WORDS.has(imported)) words.set(alias, imported)
    }
    const clause = statement.children().find((child) => child.kind() === 'import_clause')
    const local =
      clause === undefined ? undefined : namedChildren(clause).find((child) => child.kind() === 'identifier')
    if (local !== undefined && !TEST_WORDS.has(local.text())) words.set(local.text(), 'test')
  }
  for (const declarator of findKinds(root, ['variable_declarator'])) {
    const name = declarator.field('name')?.text() ?? ''
    const value = declarator.field('value')?.text() ?? ''
    if (/^(?:\w+\.)?(?:test|it|base|baseTest)\.extend\b/.test(value)) words.set(name, 'test')
    const given = /^(\w+)\.(skipIf|runIf|if|each)\b/.exec(value)
    if (given?.[1] !== undefined && words.has(given[1])) words.set(name, words.get(given[1]) ?? 'test')
  }
  return words
}

function chainOf(callee: SyntaxNode | null, words: ReadonlyMap<string, string>): Chain | null {
  const modifiers: TestModifier[] = []
  let parametrised = false
  let node = callee
  for (let depth = 0; node !== null && depth < 8; depth += 1) {
    const kind = node.kind()
    if (kind === 'identifier') {
      const word = words.get(node.text())
      return word === undefined
        ? null
        : {
            group: GROUP_WORDS.has(word),
            modifiers: withPrefix(word, modifiers),
            parametrised,
            member: false,
          }
    }
    if (kind === 'call_expression') {
      node = node.field('function')
    } else if (kind === 'member_expression') {
      const property = node.field('property')?.text() ?? ''
      if (TEST_WORDS.has(property)) {
        return { group: GROUP_WORDS.has(property), modifiers, parametrised, member: true }
      }
      if (!CHAIN_WORDS.has(property)) return null
      if (property === 'each' || property === 'for') parametrised = true
      modifiers.push(...modifierOf(property))
      node = node.field('object')
    } else {
      return null
    }
  }
  return null
}

function withPrefix(word: string, modifiers: readonly TestModifier[]): TestModifier[] {
  if (word === 'fit' || word === 'fdescribe') return [...modifiers, 'only']
  return word.startsWith('x') ? [...modifiers, 'skip'] : [...modifiers]
}

function modifierOf(word: string): TestModifier[] {
  if (word === 'only' || word === 'skip' || word === 'todo') return [word]
  if (word === 'fixme') return ['skip']
  return word === 'fails' || word === 'failing' || word === 'expectFailure' ? ['fails'] : []
}

function looksLikeTest(chain: Chain, args: readonly SyntaxNode[]): boolean {
  const last = args.at(-1)
  const first = args[0]
  if (first === undefined || last === undefined) return false
  const withBody = args.some((arg) => isFunction(arg))
  if (chain.member) return withBody
  if (withBody) return true
  // `test.each(table)` alone is the inner call of `test.each(table)(name, body)`; a body may also be a variable.
  if (chain.parametrised) return args.length > 1 && literalText(first) !== null
  return literalText(first) !== null
}

function isFunction(node: SyntaxNode): boolean {
  const kind = node.kind()
  if (kind === 'call_expression') {
    // `it('…', inject(() => …))`, `test('…', withServer(async () => …))`
    return namedChildren(node.field('arguments') ?? node).some((arg) => isFunction(arg))
  }
  return kind === 'arrow_function' || kind === 'function_expression' || kind === 'generator_function'
}

function nameOf(node: SyntaxNode | null, parametrised: boolean): Declared['name'] {
  const text = literalText(node)
  if (text !== null) {
    return parametrised ? { text: withPlaceholders(text), exact: false } : { text, exact: true }
  }
  if (node?.kind() === 'template_string') return { text: fromTemplate(node, parametrised), exact: false }
  const own = node !== null && isFunction(node) ? node.field('name')?.text() : undefined
  return own === undefined ? { text: '.*', exact: false } : { text: own, exact: true }
}

/** `%s`, `$name` and `$#` stand for values; the runners may also append an index. */
function withPlaceholders(text: string): string {
  return escaped(text).replace(/%(?:[sdifjoOpc#$]|\\\.\d+f)|\\\$(?:[\w#]|\\\.)+/g, '.*') + '.*'
}

function fromTemplate(node: SyntaxNode, parametrised: boolean): string {
  let pattern = ''
  for (const part of node.children()) {
    if (part.kind() === 'template_substitution') pattern += '.*'
    else if (part.isNamed()) pattern += parametrised ? withPlaceholders(part.text()) : escaped(part.text())
  }
  return pattern
}

function optionModifiers(args: readonly SyntaxNode[]): TestModifier[] {
  const result: TestModifier[] = []
  for (const arg of args) {
    if (arg.kind() !== 'object') continue
    for (const pair of namedChildren(arg)) {
      const key = pair.field('key')?.text()
      const value = pair.field('value')?.kind()
      const set = value !== undefined && value !== 'false' && value !== 'undefined'
      if (set && (value === 'true' || value === 'string') && key !== undefined) {
        result.push(...modifierOf(key))
      }
    }
  }
  return result
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}

function both(left: string, right: string): string {
  return createHash('sha256').update(`${left}\0${right}`).digest('hex').slice(0, 32)
}
