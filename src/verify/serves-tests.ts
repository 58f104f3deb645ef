import { TEST_MODULES } from './javascript-tests.ts'

/**
 * Whether a file that nobody claims and that tests use takes part in testing, rather than being what they test: its path
 * says so, or it uses a test runner or an assertion library.
 */
export function servesTests(path: string, text: string): boolean {
  if (TESTING_PATH.test(path)) return true
  return path.endsWith('.py') ? PYTHON_TESTING.test(text) : JAVASCRIPT_TESTING.test(text)
}

const TESTING_PATH =
  /(?:^|[/._-])(?:tests?|testing|test-?utils?|specs?|mocks?|fixtures?|assertions?)(?:[/._-]|$)/i

const PYTHON_TESTING = /^\s*(?:(?:import|from)\s+_?(?:pytest|unittest|nose|hypothesis|hamcrest)\b|assert\b)/m

const JAVASCRIPT_MODULES = [
  ...TEST_MODULES,
  '(?:node:)?assert(?:/strict)?',
  '@testing-library/[^\'"]+',
  'uvu/assert',
  'chai',
  'expect(?:-type)?',
  'should',
  'sinon',
].join('|')

const JAVASCRIPT_TESTING = new RegExp(
  `(?:\\bfrom|\\brequire\\s*\\(|\\bimport\\s*\\(?)\\s*['"](?:${JAVASCRIPT_MODULES})['"]|\\b(?:expect|assert)\\s*(?:\\.\\w+\\s*)*\\(`,
)
