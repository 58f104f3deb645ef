import { isMap, isScalar, isSeq, LineCounter, parseDocument, visit } from 'yaml'
import type { Document as YamlDocument } from 'yaml'
import type { Problem, ProblemPath } from '../domain/problem.ts'
import { showPath } from '../domain/problem.ts'
import { messageOf, OrchestratorError } from '../errors.ts'
import type { ErrorCode } from '../errors.ts'
import { scanJson } from './json-scan.ts'

/** A JSON or YAML text that a person handed in, with the lines of its places. */
interface TextDocument {
  readonly value: unknown
  /** One line per path; of the nearest place above it where the document has no such place. */
  lines(paths: readonly ProblemPath[]): readonly (number | null)[]
}

type ReadDocument =
  | { readonly ok: true; readonly document: TextDocument }
  | { readonly ok: false; readonly problems: readonly LocatedProblem[] }

interface LocatedProblem extends Problem {
  readonly line: number | null
}

/** Objects and lists within each other. */
const DOCUMENT_DEPTH = 64
/** Characters of a document. */
const DOCUMENT_LENGTH = 256 * 1024 * 1024
const LISTED_PROBLEMS = 200

/** JSON by the ending `.json` or a first brace or bracket, else YAML. Duplicate keys and deep nesting are refused. */
export function readDocument(text: string, fileName: string): ReadDocument {
  const clean = text.startsWith('\uFEFF') ? text.slice(1) : text
  if (clean.trim() === '') return broken(null, 'is empty', 'write the document into it')
  if (clean.length > DOCUMENT_LENGTH) return broken(null, 'is larger than 256 MiB', 'split it')
  if (/\.json$/i.test(fileName)) return readJson(clean)
  if (/\.ya?ml$/i.test(fileName)) return readYaml(clean)
  return /^\s*[{[]/.test(clean) ? readJson(clean) : readYaml(clean)
}

/** Gives each problem its line. */
export function locate(document: TextDocument, problems: readonly Problem[]): readonly LocatedProblem[] {
  const lines = document.lines(problems.map(({ path }) => path))
  return problems.map((problem, index) => ({ ...problem, line: lines[index] ?? null }))
}

/** One error that lists the problems in the order of the file. */
export function problemsError(
  code: ErrorCode,
  fileName: string,
  problems: readonly LocatedProblem[],
): OrchestratorError {
  const sorted = [...problems].sort((a, b) => (a.line ?? 0) - (b.line ?? 0))
  const listed = sorted.slice(0, LISTED_PROBLEMS).map((problem) => `  ${showProblem(fileName, problem)}`)
  if (sorted.length > listed.length) listed.push(`  and ${sorted.length - LISTED_PROBLEMS} more`)
  const count = sorted.length === 1 ? 'one problem' : `${sorted.length} problems`
  return new OrchestratorError(code, `${fileName} has ${count}:\n${listed.join('\n')}`, {
    hint: `Mend ${fileName} and run the same command again; nothing was changed.`,
  })
}

function showProblem(fileName: string, problem: LocatedProblem): string {
  const place = problem.line === null ? fileName : `${fileName}:${problem.line}`
  const path = showPath(problem.path)
  const right = problem.right === '' ? '' : `; ${problem.right}`
  return `${place}: ${path === '' ? 'the document' : path} ${problem.what}${right}`
}

function readJson(text: string): ReadDocument {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    const message = messageOf(cause)
    const line = /line (\d+) column/.exec(message)?.[1]
    return broken(
      line === undefined ? text.trimEnd().split('\n').length : Number(line),
      `is not JSON: ${message}`,
      'mend the syntax there',
    )
  }
  const { duplicates, deepest } = scanJson(text, [])
  if (deepest > DOCUMENT_DEPTH) return tooDeep()
  if (duplicates.length > 0) return { ok: false, problems: duplicates.map(duplicateKey) }
  const lines = (paths: readonly ProblemPath[]): readonly (number | null)[] =>
    nearest(paths, (wanted) => scanJson(text, wanted).lines)
  return { ok: true, document: { value, lines } }
}

function readYaml(text: string): ReadDocument {
  const lineCounter = new LineCounter()
  try {
    // Duplicate keys are looked for below: the library compares every key of a map with every other.
    const document = parseDocument(text, {
      lineCounter,
      uniqueKeys: false,
      // Sets, binary data and the like are nothing that JSON could say.
      resolveKnownTags: false,
      prettyErrors: false,
      logLevel: 'error',
    })
    const errors = [...document.errors, ...document.warnings].map((error) => ({
      path: [],
      what: `is not plain YAML: ${error.message.split(';')[0]}`,
      right: 'mend the syntax there',
      line: lineCounter.linePos(error.pos[0]).line,
    }))
    if (errors.length > 0) return { ok: false, problems: errors }
    const { duplicates, deepest } = yamlKeys(document, lineCounter)
    if (deepest > DOCUMENT_DEPTH) return tooDeep()
    if (duplicates.length > 0) return { ok: false, problems: duplicates.map(duplicateKey) }
    const lines = (paths: readonly ProblemPath[]): readonly (number | null)[] =>
      nearest(paths, (wanted) => wanted.map((path) => yamlLine(document, path, lineCounter)))
    return { ok: true, document: { value: document.toJS({ maxAliasCount: 100 }), lines } }
  } catch (cause) {
    if (cause instanceof RangeError) return tooDeep()
    return broken(
      null,
      `is not usable YAML: ${messageOf(cause)}`,
      'write the values out instead of using aliases',
    )
  }
}

function yamlKeys(
  document: YamlDocument,
  lines: LineCounter,
): { duplicates: { path: ProblemPath; line: number }[]; deepest: number } {
  const duplicates: { path: ProblemPath; line: number }[] = []
  let deepest = 0
  visit(document, {
    Collection: (_, node, ancestors) => {
      deepest = Math.max(
        deepest,
        ancestors.filter((ancestor) => isMap(ancestor) || isSeq(ancestor)).length + 1,
      )
      if (!isMap(node)) return
      const seen = new Set<string>()
      for (const { key } of node.items) {
        const name = String(isScalar(key) ? key.value : key)
        const offset = isScalar(key) ? (key.range?.[0] ?? 0) : 0
        if (name === '__proto__' || seen.has(name)) {
          duplicates.push({ path: [name], line: lines.linePos(offset).line })
        }
        seen.add(name)
      }
    },
  })
  return { duplicates, deepest }
}

function yamlLine(document: YamlDocument, path: ProblemPath, lines: LineCounter): number | null {
  const last = path.at(-1)
  const parent: unknown = path.length === 0 ? undefined : nodeAt(document, path.slice(0, -1))
  const pair = isMap(parent)
    ? parent.items.find(({ key }) => isScalar(key) && String(key.value) === last)
    : undefined
  const node: unknown = pair?.key ?? (isMap(parent) ? undefined : nodeAt(document, path))
  const range = hasRange(node) ? node.range : null
  return range === null ? null : lines.linePos(range[0]).line
}

function nodeAt(document: YamlDocument, path: ProblemPath): unknown {
  return path.length === 0 ? document.contents : document.getIn(path, true)
}

function hasRange(node: unknown): node is { readonly range: readonly [number, number, number] } {
  return typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range)
}

/** Asks again for the place above wherever a path is not in the document: a missing key has no line of its own. */
function nearest(
  paths: readonly ProblemPath[],
  find: (paths: readonly ProblemPath[]) => readonly (number | null)[],
): readonly (number | null)[] {
  const found = [...find(paths)]
  for (let level = 1; level <= DOCUMENT_DEPTH && found.includes(null); level += 1) {
    const open = [...found.entries()].filter(
      ([index, line]) => line === null && (paths[index]?.length ?? 0) >= level,
    )
    if (open.length === 0) break
    const answers = find(open.map(([index]) => paths[index]?.slice(0, -level) ?? []))
    for (const [position, [index]] of open.entries()) found[index] = answers[position] ?? null
  }
  return found
}

function duplicateKey({ path, line }: { readonly path: ProblemPath; readonly line: number }): LocatedProblem {
  if (path.at(-1) === '__proto__') return { path, line, what: 'is not known', right: 'remove it' }
  return { path, line, what: 'is there twice', right: 'keep one of the two' }
}

function tooDeep(): ReadDocument {
  return broken(null, `is nested deeper than ${DOCUMENT_DEPTH} levels`, 'flatten it')
}

function broken(line: number | null, what: string, right: string): ReadDocument {
  return { ok: false, problems: [{ path: [], line, what, right }] }
}
