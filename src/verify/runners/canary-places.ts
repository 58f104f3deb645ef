import type { RunnerName } from '../../domain/suite.ts'
import { javascriptTests } from '../javascript-tests.ts'
import { endOf, findKinds, startOf, type SyntaxNode } from '../syntax.ts'
import type { ModuleForm } from './canary-form.ts'

/** Where a test can be put in without moving a line, and what must stand before and after it there. */
interface Place {
  readonly index: number
  readonly lead: string
  readonly trail: string
}

/** Directly before and after each top-level statement that declares tests, in the order of the file; none where the text cannot be trusted. */
export function javascriptPlaces(root: SyntaxNode, text: string, form: ModuleForm): Place[] {
  if (findKinds(root, ['ERROR']).length > 0) return []
  const ready = Math.max(0, ...form.names.map((name) => name.readyAt))
  const { tests, dynamicTests } = javascriptTests(root, text)
  const statements = new Map<number, SyntaxNode>()
  for (const { node } of [...tests, ...dynamicTests]) {
    const statement = topLevel(node)
    const trusted = statement.kind() === 'expression_statement' && startOf(statement) >= ready
    if (trusted) statements.set(startOf(statement), statement)
  }
  const inOrder = [...statements.values()].toSorted((one, other) => startOf(one) - startOf(other))
  return inOrder.flatMap((statement) => {
    // A comment behind a statement without a semicolon counts as a part of it.
    const last = statement.children().findLast((child) => child.kind() !== 'comment') ?? statement
    return [
      { index: startOf(statement), lead: '', trail: ' ' },
      { index: endOf(last), lead: last.text() === ';' ? ' ' : '; ', trail: '' },
    ]
  })
}

/** The name by which the file itself calls a runner's test function at its top level, or null where that is not certain. */
export function testFunction(
  root: SyntaxNode,
  text: string,
  file: { readonly form: ModuleForm; readonly runner: RunnerName; readonly random: () => number },
): string | null {
  const library = LIBRARIES[file.runner]
  const { tests, dynamicTests } = javascriptTests(root, text)
  const words = new Set([...tests, ...dynamicTests].map(({ node }) => node.field('function')?.text() ?? ''))
  const certain = [...words].filter((word) => {
    const named = file.form.names.find((name) => name.local === word)
    if (named !== undefined) return named.specifier === library && TEST_EXPORTS.has(named.imported)
    return GLOBAL_RUNNERS.has(file.runner) && TEST_EXPORTS.has(word) && isGlobal(root, word)
  })
  return certain[Math.floor(file.random() * certain.length)] ?? null
}

/** One place for each of so many canaries, in the order of the file; none is used twice before all are. */
export function drawPlaces<T>(places: readonly T[], count: number, random: () => number): T[] {
  const drawn: number[] = []
  let left: number[] = []
  for (let index = 0; index < count && places.length > 0; index += 1) {
    if (left.length === 0) left = [...places.keys()]
    drawn.push(...left.splice(Math.floor(random() * left.length), 1))
  }
  return drawn.toSorted((one, other) => one - other).flatMap((index) => places[index] ?? [])
}

/** Puts code in at its indexes, which must ascend, in the stead of so many characters before each. */
export function insertAll(
  text: string,
  inserts: readonly { readonly index: number; readonly code: string; readonly instead?: number }[],
): string {
  let result = ''
  let from = 0
  for (const { index, code, instead = 0 } of inserts) {
    result += text.slice(from, index - instead) + code
    from = index
  }
  return result + text.slice(from)
}

const LIBRARIES: Readonly<Partial<Record<RunnerName, string>>> = {
  node: 'node:test',
  vitest: 'vitest',
  jest: '@jest/globals',
  mocha: 'mocha',
  ava: 'ava',
}
const TEST_EXPORTS = new Set(['default', '*', 'test', 'it'])
const GLOBAL_RUNNERS = new Set<RunnerName>(['vitest', 'jest', 'mocha'])

function topLevel(node: SyntaxNode): SyntaxNode {
  return node.ancestors().at(-2) ?? node
}

/** Whether a word is only ever called, so that the file declares nothing of that name. */
function isGlobal(root: SyntaxNode, word: string): boolean {
  return findKinds(root, ['identifier', 'shorthand_property_identifier_pattern'])
    .filter((node) => node.text() === word)
    .every((node) => ['call_expression', 'member_expression'].includes(String(node.parent()?.kind())))
}
