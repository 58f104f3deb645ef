import { DEFAULT_SUITE_LIMITS } from '../domain/suite.ts'
import type { Suite } from '../domain/suite.ts'
import { detectCompiled } from './detect/compiled.ts'
import { detectJavascript } from './detect/javascript.ts'
import { detectPython } from './detect/python.ts'
import type { FoundSuite, RepositoryReader } from './detect/reader.ts'

export interface DetectedSuites {
  /** Outermost directory first; names are unique, and no two suites claim the same tests. */
  readonly suites: readonly Suite[]
  /** What a person should know: what was assumed, what was left out. */
  readonly notes: readonly string[]
}

/** What `init` writes down, and what is used where nothing is configured. Reads files only; runs nothing. */
export async function detectSuites(reader: RepositoryReader): Promise<DetectedSuites> {
  const [javascript, python, compiled] = [
    await detectJavascript(reader),
    await detectPython(reader),
    await detectCompiled(reader),
  ]
  const found = apart([...javascript.suites, ...python.suites, ...compiled.suites])
  const notes = [...javascript.notes, ...python.notes, ...compiled.notes]
  const taken = new Set<string>()
  const suites = [...found]
    .sort((a, b) => depth(a.cwd) - depth(b.cwd) || (a.cwd < b.cwd ? -1 : a.cwd > b.cwd ? 1 : 0))
    .map((suite) => completed(suite, taken))
  return { suites, notes }
}

function completed(suite: FoundSuite, taken: Set<string>): Suite {
  return {
    name: freeName(suite, taken),
    runner: suite.runner,
    cwd: suite.cwd,
    tests: suite.tests,
    sources: suite.sources,
    fixtures: suite.fixtures ?? [],
    setup: suite.setup ?? [],
    build: suite.build ?? [],
    checks: suite.checks ?? {},
    env: suite.env ?? {},
    command: suite.command ?? null,
    args: suite.args ?? [],
    report: null,
    limits: DEFAULT_SUITE_LIMITS,
  }
}

/** The wish, else the whole directory or the runner, else a number behind it. */
function freeName(suite: FoundSuite, taken: Set<string>): string {
  const wishes = [suite.label, suite.cwd === '.' ? suite.runner : suite.cwd, `${suite.cwd}-${suite.runner}`]
  const names = wishes.map(
    (wish) =>
      wish
        .replaceAll(/[^A-Za-z0-9._-]+/g, '-')
        .replace(/^[^A-Za-z0-9]+/, '')
        .slice(0, 90) || 'suite',
  )
  let name = names.find((candidate) => !taken.has(candidate))
  for (let number = 2; name === undefined; number += 1) {
    const candidate = `${names[0] ?? 'suite'}-${number}`
    if (!taken.has(candidate)) name = candidate
  }
  taken.add(name)
  return name
}

/** Where two languages share a test directory, each takes its own files of it. */
function apart(suites: readonly FoundSuite[]): FoundSuite[] {
  return suites.map((suite) => {
    const others = suites.filter((other) => other !== suite && other.cwd === suite.cwd)
    const shared = (list: 'tests' | 'sources') => (pattern: string) => {
      const ending = ENDINGS[suite.runner]
      const claimed = others.some(
        (other) => ENDINGS[other.runner] !== ending && other[list].includes(pattern),
      )
      return claimed && pattern.endsWith('/**') ? `${pattern}/*.${ending ?? SCRIPT}` : pattern
    }
    return {
      ...suite,
      tests: suite.tests.map(shared('tests')),
      sources: suite.sources.map(shared('sources')),
    }
  })
}

const SCRIPT = '{js,jsx,ts,tsx,cjs,cts,mjs,mts}'
const ENDINGS: Readonly<Partial<Record<Suite['runner'], string>>> = { pytest: 'py', go: 'go', cargo: 'rs' }

function depth(directory: string): number {
  return directory === '.' ? 0 : directory.split('/').length
}
