import { createHash } from 'node:crypto'
import type { SyntaxNode } from './syntax.ts'
import { comparableName, testBodies } from './test-bodies.ts'
import type { TestBodies } from './test-body.ts'

interface TouchedRequest {
  readonly file: string
  /** Text at the base; null where the file is new. */
  readonly before: string | null
  readonly after: string
  /** Full names that the runner collected in this file after the change. */
  readonly collected: readonly string[]
  /** Full names that the runner knew in this file at the base; sharpens what is said about names that only exist at run time. */
  readonly collectedBefore?: readonly string[]
  /** Full names that fail now although nothing is missing from the sources. Default none. */
  readonly failing?: ReadonlySet<string>
}

/**
 * The collected tests whose full name is new or whose body changed. A change of imports, helpers or hooks alone touches
 * no test that is written out: what it breaks shows as a test that passed before. A test whose whole name only exists at
 * run time is one row of a table that may stand anywhere around it: where it fails now, what stands around it counts.
 * In a language without syntax here the file is one unit.
 */
export function touchedTests(
  request: TouchedRequest,
): { readonly name: string; readonly bodyHash: string }[] {
  const after = testBodies(request.file, request.after)
  const before = request.before === null ? null : testBodies(request.file, request.before)
  if (after === null) return wholeFile(request)
  const known = new Set((request.collectedBefore ?? []).map((name) => comparableName(name)))
  const touched: { name: string; bodyHash: string }[] = []
  for (const name of new Set(request.collected)) {
    const now = hashFor(after, name)
    const then = before === null ? null : hashFor(before, name)
    const writtenOut = after.tests.some((test) => comparableName(test.name) === comparableName(name))
    const knownBefore = known.has(comparableName(name)) || (then !== null && (writtenOut || known.size === 0))
    const byData = !writtenOut && (request.failing?.has(name) ?? false)
    const unexplained = now === null && then === null
    const changed = now !== then || ((byData || unexplained) && after.sharedHash !== before?.sharedHash)
    if (!knownBefore || changed) touched.push({ name, bodyHash: now ?? after.sharedHash })
  }
  return touched
}

/** Whether a file changed beside the tests that stand in it; in a language without syntax here, whether it changed at all. */
export function changedBeside(file: string, before: string, after: string): boolean {
  const [then, now] = [testBodies(file, before), testBodies(file, after)]
  return now === null ? before !== after : then?.sharedHash !== now.sharedHash
}

/** The hash of a test whose name is written out in the file; null for any other, and in a language without syntax here. */
export function writtenHash(file: string, text: string, name: string): string | null {
  const bodies = testBodies(file, text)
  return bodies === null ? null : (writtenTest(bodies, name)?.bodyHash ?? null)
}

/** The test of that name in the text, parameters aside. */
function writtenTest(bodies: TestBodies, name: string): TestBodies['tests'][number] | undefined {
  const wanted = comparableName(name)
  const plain = wanted.replace(/\[.*\]$/s, '')
  return (
    bodies.tests.find((test) => comparableName(test.name) === wanted) ??
    bodies.tests.find((test) => test.name === plain)
  )
}

/** The hash under which a test of that name is frozen. */
export function bodyHashOf(file: string, text: string, name: string): string {
  const bodies = testBodies(file, text)
  return bodies === null ? digest(text) : (hashFor(bodies, name) ?? bodies.sharedHash)
}

/** Where the test of that name stands in its file, or the calls that may give it. */
export function placesOfTest(bodies: TestBodies, name: string): readonly SyntaxNode[] {
  const written = writtenTest(bodies, name)
  return (written === undefined ? dynamicTestsFor(bodies, name) : [written]).map(({ node }) => node)
}

/** What a file says by syntax alone, for when the runner could not collect it. Names that only exist at run time are missing. */
export function namesBySyntax(file: string, text: string): readonly string[] {
  return testBodies(file, text)?.tests.map((test) => test.name) ?? []
}

/**
 * The hash of the test of that name; for a name that only exists at run time, of the calls that may give it; and when
 * no pattern fits either, of all such calls together. Null where the file has nothing of that kind.
 */
function hashFor(bodies: TestBodies, name: string): string | null {
  const written = writtenTest(bodies, name)
  if (written !== undefined) return written.bodyHash
  const chosen = dynamicTestsFor(bodies, name)
  return chosen.length === 0 ? null : digest(chosen.map((test) => test.bodyHash).join('\0'))
}

function dynamicTestsFor(bodies: TestBodies, name: string): TestBodies['dynamicTests'] {
  const wanted = comparableName(name)
  const fitting = bodies.dynamicTests.filter((test) => test.pattern.test(name) || test.pattern.test(wanted))
  return fitting.length > 0 ? fitting : bodies.dynamicTests
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32)
}

function wholeFile(request: TouchedRequest): { name: string; bodyHash: string }[] {
  if (request.before === request.after) return []
  const bodyHash = digest(request.after)
  return [...new Set(request.collected)].map((name) => ({ name, bodyHash }))
}
