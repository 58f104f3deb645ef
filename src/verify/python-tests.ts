import { endOf, lineOf, namedChildren, startOf, type SyntaxNode } from './syntax.ts'
import type { TestBodies, TestBody, TestModifier } from './test-body.ts'
import { hashOf, triviaOf, type Trivia } from './token-hash.ts'

/** Deeper nesting of test classes is not read. */
const MAX_DEPTH = 8

export function pythonTests(root: SyntaxNode, text: string): TestBodies {
  const trivia = triviaOf(root, text, 'python')
  const tests = new Map<string, TestBody>()
  const bodies: { start: number; end: number }[] = []
  collect({ block: root, path: [], depth: 0 }, { trivia, tests, bodies })
  const whole = { start: 0, end: text.length }
  return {
    tests: [...tests.values()],
    dynamicTests: [],
    dynamic: false,
    sharedHash: hashOf(trivia, whole, bodies),
  }
}

interface Place {
  readonly block: SyntaxNode
  readonly path: readonly string[]
  readonly depth: number
}

interface Found {
  readonly trivia: Trivia
  readonly tests: Map<string, TestBody>
  readonly bodies: { start: number; end: number }[]
}

function collect(place: Place, found: Found): void {
  for (const statement of namedChildren(place.block)) {
    const definition = statement.kind() === 'decorated_definition' ? statement.field('definition') : statement
    if (definition === null) continue
    const name = definition.field('name')?.text() ?? ''
    if (definition.kind() === 'class_definition') {
      const body = definition.field('body')
      if (body === null || place.depth >= MAX_DEPTH || !isTestClass(definition, name)) continue
      collect({ block: body, path: [...place.path, name], depth: place.depth + 1 }, found)
    } else if (definition.kind() === 'function_definition' && name.startsWith('test')) {
      const span = { start: startOf(statement), end: endOf(statement) }
      const full = [...place.path, name].join(' > ')
      found.bodies.push(span)
      found.tests.set(full, {
        name: full,
        bodyHash: hashOf(found.trivia, span),
        line: lineOf(definition),
        modifiers: modifiersOf(statement),
        node: statement,
      })
    } else if (statement.kind() === 'if_statement' || statement.kind() === 'try_statement') {
      const body = statement.field('consequence') ?? statement.field('body')
      if (body !== null && place.depth < MAX_DEPTH) {
        collect({ ...place, block: body, depth: place.depth + 1 }, found)
      }
    }
  }
}

/** pytest collects `Test…`, and any subclass of a TestCase whatever its name. */
function isTestClass(definition: SyntaxNode, name: string): boolean {
  return /^Test|Tests?$|TestCase$/.test(name) || /Test/.test(definition.field('superclasses')?.text() ?? '')
}

function modifiersOf(statement: SyntaxNode): TestModifier[] {
  if (statement.kind() !== 'decorated_definition') return []
  const result: TestModifier[] = []
  for (const decorator of statement.children().filter((child) => child.kind() === 'decorator')) {
    const text = decorator.text()
    if (/^@(?:pytest\.mark\.skip|unittest\.skip|skip)\b(?!if|If|Unless)/.test(text)) result.push('skip')
    if (/^@(?:pytest\.mark\.xfail|unittest\.expectedFailure|expectedFailure)\b/.test(text)) {
      result.push('fails')
    }
  }
  return result
}
