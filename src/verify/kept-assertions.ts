import { codeTokens } from './code-tokens.ts'
import { isKept, isKeptInForm, isSubsequence, type Saying, sayingOf } from './saying.ts'
import {
  type Family,
  familyOf,
  findKinds,
  holdsIndex,
  parseFile,
  type Span,
  spanOf,
  startOf,
  type SyntaxNode,
} from './syntax.ts'
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
  /** Whether a test says as much, but for what it asks and what it answers by heart. */
  readonly inForm: (name: string) => boolean
  /** In imports, helpers, hooks and constants beside the tests. */
  readonly beside: boolean
}

/** A language without syntax here tells nothing: no test of it is known to say what it said, and nothing stands beside. */
export function keptAssertions({ path, before, after }: RewrittenFile): KeptAssertions {
  const family = familyOf(path)
  const [then, now] = [readTests(path, before), readTests(path, after)]
  if (family === null || then === null || now === null)
    return { inTest: () => false, inForm: () => false, beside: true }
  const isBesideKept = isKept(then.beside, now.beside)
  const beside = isBesideKept && isImported(then.imports, now.imports)
  const compare = (name: string, isSame: typeof isKept): boolean => {
    const [old, ...others] = placesOfTest(then.bodies, name).map((test) => sayingOfTest(family, test))
    const [other, ...more] = placesOfTest(now.bodies, name).map((test) => sayingOfTest(family, test))
    return old !== undefined && other !== undefined && others.length + more.length === 0 && isSame(old, other)
  }
  return {
    beside,
    inTest: (name) => beside && compare(name, isKept),
    inForm: (name) => isBesideKept && compare(name, isKeptInForm),
  }
}

interface ReadTests {
  readonly bodies: TestBodies
  readonly beside: Saying
  /** Each import token by token. */
  readonly imports: readonly (readonly string[])[]
}

function readTests(path: string, text: string): ReadTests | null {
  const [root, family] = [parseFile(path, text), familyOf(path)]
  if (root === null || family === null) return null
  const bodies = bodiesIn(root, path, text)
  const tests = [...bodies.tests, ...bodies.dynamicTests].map(({ node }) => node)
  const spans = tests.map(spanOf)
  const imports = findKinds(root, IMPORTS[family]).filter((node) => !holdsIndex(spans, startOf(node)))
  const ids = new Set([...tests, ...imports].map((node) => node.id()))
  const others = [...spans, ...imports.map(spanOf)]
  const beside = sayingOf({
    family,
    root,
    asserts: (node) => {
      const span = spanOf(node)
      return !spans.some((test) => isWithin(span, test) || isWithin(test, span))
    },
    isLeft: (node) => ids.has(node.id()),
    binds: (node) => !holdsIndex(others, startOf(node)),
  })
  return { bodies, beside, imports: imports.map((node) => codeTokens(node)) }
}

const IMPORTS = {
  js: ['import_statement'],
  python: ['import_statement', 'import_from_statement'],
} as const

function isWithin(inner: Span, outer: Span): boolean {
  return inner.start >= outer.start && inner.end <= outer.end
}

/** Whether all that was imported still is, from where it was and under its name. */
function isImported(then: ReadTests['imports'], now: ReadTests['imports']): boolean {
  const names = new Set(then.flatMap(namesImported)).add('as')
  const told = (imports: ReadTests['imports']): string =>
    imports
      .flatMap(namesImported)
      .filter((name) => names.has(name))
      .toSorted()
      .join(' ')
  return then.every((one) => now.some((other) => isSubsequence(one, other))) && told(then) === told(now)
}

function namesImported(tokens: readonly string[]): string[] {
  const names = tokens.slice(tokens.lastIndexOf('import') + 1)
  return names.filter((token) => /^[\w$]+$/.test(token) && token !== 'from' && token !== 'type')
}

function sayingOfTest(family: Family, test: SyntaxNode): Saying {
  return sayingOf({ family, root: test, asserts: (node) => !isWithin(spanOf(test), spanOf(node)) })
}
