import { javascriptTests } from './javascript-tests.ts'
import { pythonTests } from './python-tests.ts'
import { familyOf, parseFile, type SyntaxNode } from './syntax.ts'
import type { TestBodies } from './test-body.ts'

/** The tests of a file, or null for a language without syntax here: the file is then one unit. */
export function testBodies(path: string, text: string): TestBodies | null {
  const root = parseFile(path, text)
  return root === null ? null : bodiesIn(root, path, text)
}

/** Those of a file that is parsed already: their nodes are nodes of its tree. */
export function bodiesIn(root: SyntaxNode, path: string, text: string): TestBodies {
  return familyOf(path) === 'python' ? pythonTests(root, text) : javascriptTests(root, text)
}

/** A name as it is compared: runners differ in how they print white space. */
export function comparableName(name: string): string {
  return name.replace(/\s+/g, ' ').trim()
}
