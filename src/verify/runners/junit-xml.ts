import { join as posixJoin } from 'node:path/posix'
import { XMLParser, XMLValidator } from 'fast-xml-parser'
import type { LoadFailure, TestFailure, TestResult } from '../../domain/evidence.ts'
import { messageOf } from '../../errors.ts'
import { type ReportedError, stackFrames, toFailure, treePath } from './failure.ts'
import type { Reading, TreeRoots } from './runner.ts'

const MOST_DEPTH = 64

/**
 * Reads JUnit XML. The file of a test is its `file` attribute or that of a suite around it; else the file among
 * `files` whose path ends like the class name, dots read as slashes (`com.acme.AddTest`, `tests.test_add.TestAdd`);
 * else the class name itself. The full name is what the class name says beyond the file, then the test's name.
 */
export function readJunitXml(
  text: string,
  where: { readonly tree: TreeRoots; readonly files: readonly string[] },
): Reading {
  const tests: TestResult[] = []
  const loadFailures: LoadFailure[] = []
  const nodes = parseXml(text)
  if (typeof nodes === 'string') return { tests, loadFailures, flaw: `the JUnit report is not XML: ${nodes}` }
  const walk = (list: readonly XmlNode[], file: string | null, depth: number): void => {
    for (const node of list) {
      const own = attribute(node, 'file') ?? file
      const isSuite = node.name === 'testsuites' || node.name === 'testsuite'
      if (isSuite && depth < MOST_DEPTH) walk(node.children, own, depth + 1)
      if (node.name !== 'testcase') continue
      const test = testOf(node, own, where)
      if (isCollectionError(node)) loadFailures.push({ file: test.file, failure: asLoad(test.failure) })
      else tests.push(test)
    }
  }
  walk(nodes, null, 0)
  return { tests, loadFailures, flaw: nodes.length === 0 ? 'the JUnit report is empty' : null }
}

interface XmlNode {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly XmlNode[]
  readonly text: string
}

/** Entities are not expanded by the parser: only the five of XML and character numbers are, once. */
function parseXml(text: string): XmlNode[] | string {
  if (/<!DOCTYPE|<!ENTITY/i.test(text)) return 'it declares a document type'
  try {
    const valid = XMLValidator.validate(text)
    if (valid !== true) return valid.err.msg
    const parser = new XMLParser({
      preserveOrder: true,
      ignoreAttributes: false,
      attributeNamePrefix: '',
      parseTagValue: false,
      parseAttributeValue: false,
      processEntities: false,
      trimValues: false,
    })
    return nodesOf(parser.parse(text), 0)
  } catch (error) {
    return messageOf(error)
  }
}

function nodesOf(value: unknown, depth: number): XmlNode[] {
  if (!Array.isArray(value) || depth > MOST_DEPTH) return []
  return value.flatMap((entry: unknown) => {
    if (typeof entry !== 'object' || entry === null) return []
    const name = Object.keys(entry).find((key) => key !== ':@' && key !== '#text' && !key.startsWith('?'))
    if (name === undefined) return []
    const { [name]: inside, ':@': attributes } = entry as Record<string, unknown>
    return [
      {
        name,
        attributes: attributesOf(attributes),
        children: nodesOf(inside, depth + 1),
        text: textOf(inside),
      },
    ]
  })
}

function attributesOf(value: unknown): Record<string, string> {
  if (typeof value !== 'object' || value === null) return {}
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, decode(String(one))]))
}

function textOf(value: unknown): string {
  if (!Array.isArray(value)) return ''
  return value
    .map((entry: unknown) => {
      const text = typeof entry === 'object' && entry !== null && '#text' in entry ? entry['#text'] : ''
      return typeof text === 'string' ? decode(text) : ''
    })
    .join('')
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

function decode(text: string): string {
  return text.replaceAll(/&(?:#x[0-9a-fA-F]{1,6}|#\d{1,7}|lt|gt|amp|quot|apos);/g, (whole) => {
    const inside = whole.slice(1, -1)
    const named = ENTITIES[inside]
    if (named !== undefined) return named
    const point = inside.startsWith('#x') ? Number.parseInt(inside.slice(2), 16) : Number(inside.slice(1))
    return point <= 0x10ffff ? String.fromCodePoint(point) : whole
  })
}

function attribute(node: XmlNode, name: string): string | null {
  const value = node.attributes[name]
  return value === undefined || value === '' ? null : value
}

function testOf(
  node: XmlNode,
  file: string | null,
  { tree, files }: { readonly tree: TreeRoots; readonly files: readonly string[] },
): TestResult {
  const name = attribute(node, 'name') ?? '(no name)'
  // pytest names a file that it could not collect where it names a test, and no class.
  const className = attribute(node, 'classname') ?? (isCollectionError(node) ? name : '')
  const given = file === null ? null : pathOf(file, tree, files)
  const mapped = given ?? fileOfClass(className, files)
  const group = mapped === null ? '' : beyondFile(className, mapped)
  const problem = node.children.find((child) => child.name === 'failure' || child.name === 'error')
  const skipped = node.children.some((child) => child.name === 'skipped')
  const seconds = Number(attribute(node, 'time') ?? Number.NaN)
  return {
    file: mapped ?? (className === '' ? tree.cwd : className),
    name: group === '' ? name : `${group} > ${name}`,
    outcome: problem !== undefined ? 'failed' : skipped ? 'skipped' : 'passed',
    durationMs: Number.isFinite(seconds) ? seconds * 1000 : null,
    failure: problem === undefined ? null : failureOf(problem, { tree, files }),
  }
}

/** Relative to the suite's directory, as runners write it, or to the tree. */
function pathOf(file: string, tree: TreeRoots, files: readonly string[]): string {
  const path = treePath(file, tree)
  const inSuite = posixJoin(tree.cwd, path)
  return files.includes(path) && !files.includes(inSuite)
    ? path
    : path.startsWith('/') || path !== file
      ? path
      : inSuite
}

/** The longest file path that the class name, or its beginning, spells. */
function fileOfClass(className: string, files: readonly string[]): string | null {
  const parts = className
    .replaceAll('/', '.')
    .split('.')
    .filter((part) => part !== '')
  for (let length = parts.length; length > 0; length -= 1) {
    const path = parts.slice(0, length).join('/')
    const found = files.filter((file) => {
      const stem = file.replace(/\.[^./]+$/, '')
      return (
        stem === path || stem.endsWith(`/${path}`) || file === className || file.endsWith(`/${className}`)
      )
    })
    if (found.length > 0) return found[0] ?? null
  }
  return null
}

/** What the class name says beyond the file: the class in `tests.test_add.TestAdd`, nothing in a path. */
function beyondFile(className: string, file: string): string {
  if (className === '' || className === file || file.endsWith(`/${className}`)) return ''
  const stem = file.replace(/\.[^./]+$/, '').replaceAll('/', '.')
  const dotted = className.replaceAll('/', '.')
  if (stem === dotted || stem.endsWith(`.${dotted}`) || dotted === file.replaceAll('/', '.')) return ''
  const parts = dotted.split('.')
  for (let length = parts.length - 1; length > 0; length -= 1) {
    const head = parts.slice(0, length).join('.')
    if (stem === head || stem.endsWith(`.${head}`)) return parts.slice(length).join(' > ')
  }
  return className
}

function failureOf(
  problem: XmlNode,
  { tree, files }: { readonly tree: TreeRoots; readonly files: readonly string[] },
): TestFailure {
  const text = problem.text.trim()
  const message = attribute(problem, 'message')
  const said = message === COLLECTION_FAILURE ? raisedIn(text) : message
  const type = attribute(problem, 'type')
  const named =
    ERROR_NAME.exec(type ?? '')?.[1] ?? ERROR_NAME.exec(said ?? '')?.[1] ?? ERROR_NAME.exec(text)?.[1]
  const error: ReportedError = {
    name: named ?? type,
    code: null,
    message: said === null || said === '' ? text : said,
    stack: text,
    frames: framesIn(text, files),
  }
  const timedOut = /timed? ?out|TimeoutException/i.test(`${type ?? ''} ${said ?? ''}`)
  const asserted = problem.name === 'failure' && named === undefined
  return toFailure({ ...error, kind: timedOut ? 'timeout' : asserted ? 'assertion' : undefined }, tree)
}

const ERROR_NAME = /^(?:[\w$]+\.)*((?:[A-Z][\w$]*)?(?:Error|Exception|Failure|Failed))(?::|\s|$)/

/** JavaScript stacks, Python's `File "…", line 3` and `a.py:3:`, and `at …(AddTest.java:12)` of the JVM. */
function framesIn(text: string, files: readonly string[]): { file: string; line: number | null }[] {
  const javascript = stackFrames(text)
  if (javascript.length > 0) return javascript
  const python = [...text.matchAll(/^\s*File "([^"]+)", line (\d+)|^([^\s:]+\.py):(\d+):/gm)]
  if (python.length > 0) {
    return python
      .map((match) => ({ file: match[1] ?? match[3] ?? '', line: Number(match[2] ?? match[4]) }))
      .toReversed()
  }
  return [...text.matchAll(/^\s*at [\w$.<>/]+\((\w+\.(?:java|kt|scala|groovy)):(\d+)\)/gm)].map(
    ([, name = '', line]) => ({
      file: files.find((file) => file.endsWith(`/${name}`)) ?? name,
      line: Number(line),
    }),
  )
}

const COLLECTION_FAILURE = 'collection failure'

/** The error that pytest marks behind the frames that led to it; null where it marks none. */
function raisedIn(text: string): string | null {
  const marked = [...text.matchAll(/^E {3}(\S.*)$/gm)].map((match) => match[1] ?? '')
  return marked.findLast((line) => ERROR_NAME.test(line)) ?? null
}

/** pytest writes a file that it could not collect as a test case of its own. */
function isCollectionError(node: XmlNode): boolean {
  return node.children.some(
    (child) => child.name === 'error' && attribute(child, 'message') === COLLECTION_FAILURE,
  )
}

function asLoad(failure: TestFailure | null): TestFailure {
  return failure === null
    ? { kind: 'load', errorName: null, message: 'The file could not be collected.', frames: [] }
    : { ...failure, kind: 'load' }
}
