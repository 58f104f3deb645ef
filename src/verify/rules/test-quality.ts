import type { RuleFinding, TestId } from '../../domain/evidence.ts'
import { familyOf, lineOf } from '../syntax.ts'
import { comparableName, testBodies } from '../test-bodies.ts'
import type { TestBody } from '../test-body.ts'
import { javascriptProblems } from './javascript-assertions.ts'
import { pythonProblems } from './python-assertions.ts'
import type { TestProblem } from './test-rule.ts'

type Checked = Pick<TestBody, 'modifiers' | 'node' | 'line'>

/**
 * What is wrong with the touched tests of one file, by syntax alone. Tests whose name only exists at run time are
 * judged by the call that makes them. Nothing is said about languages without syntax here.
 */
export function checkTests(
  file: { readonly path: string; readonly text: string },
  touched: readonly TestId[],
): RuleFinding[] {
  const bodies = testBodies(file.path, file.text)
  if (bodies === null) return []
  const check = familyOf(file.path) === 'python' ? pythonProblems : javascriptProblems
  const findings: RuleFinding[] = []
  const seen = new Set<number>()
  for (const test of touched.filter((one) => one.file === file.path)) {
    const body = bodyFor(test.name, bodies)
    if (body === null || seen.has(body.node.id())) continue
    seen.add(body.node.id())
    for (const problem of [...modifierProblems(body), ...check(body, file.text)]) {
      findings.push({
        rule: problem.rule,
        file: file.path,
        test: test.name,
        line: problem.line,
        message: problem.message,
      })
    }
  }
  return findings
}

function bodyFor(name: string, bodies: NonNullable<ReturnType<typeof testBodies>>): Checked | null {
  const wanted = comparableName(name)
  const plain = wanted.replace(/\[.*\]$/s, '')
  const exact =
    bodies.tests.find((test) => comparableName(test.name) === wanted) ??
    bodies.tests.find((test) => test.name === plain)
  return exact ?? bodies.dynamicTests.find((test) => test.pattern.test(name)) ?? null
}

function modifierProblems({ modifiers, node }: Checked): TestProblem[] {
  const line = lineOf(node)
  const problems: TestProblem[] = []
  if (modifiers.includes('only')) {
    problems.push({ rule: 'focused_test', line, message: 'it is marked as the only test to run' })
  }
  if (modifiers.includes('skip') || modifiers.includes('todo')) {
    problems.push({ rule: 'skipped_test', line, message: 'it is marked so that it does not run' })
  }
  return problems
}
