/** Where the tests and sources of a suite are, told from the names of its files. */
export interface Layout {
  readonly tests: readonly string[]
  readonly sources: readonly string[]
  readonly fixtures: readonly string[]
  /** The files that hold tests, as far as names tell. */
  readonly testFiles: readonly string[]
}

export interface Language {
  /** Code of the language. */
  readonly code: RegExp
  /** File names (without directory) that are tests wherever they are, with the part that tells it: `.test.ts`. */
  readonly testName: RegExp
  /** File names that are tests only at the top of the suite: `test.js`. */
  readonly topTestName?: RegExp
  /** Turns the match of `testName` into the pattern of a file name. */
  readonly testPattern: (match: RegExpExecArray) => string
  /** Root files that configure tools. */
  readonly configuration: RegExp
}

const TEST_DIRECTORY = /^(tests?|__tests__|specs?|unit-?tests?|integration-?tests?)$/i
const FIXTURE_DIRECTORY =
  /^(fixtures?|__fixtures__|__snapshots__|snapshots|testdata|__mocks__|tap-snapshots)$/i
const NO_SOURCE =
  /^(\..*|docs?|documentation|examples?|demos?|bench|benchmarks?|scripts?|tools?|tasks|website|site|dist|build|out|coverage|vendor|node_modules|e2e|perf|fuzz|types-tests?|playgrounds?|fixtures?|public|assets|static)$/i

/** Files are relative to the suite's directory. */
export function layoutOf(files: readonly string[], language: Language): Layout {
  const tests = new Set<string>()
  const fixtures = new Set<string>()
  const sources = new Set<string>()
  const testFiles: string[] = []
  for (const file of files) {
    const parts = file.split('/')
    const name = parts.pop() ?? ''
    const at = parts.findIndex((part) => TEST_DIRECTORY.test(part))
    const fixture = parts.findIndex((part) => FIXTURE_DIRECTORY.test(part))
    if (fixture !== -1 && (at !== -1 || !NO_SOURCE.test(parts[0] ?? ''))) {
      fixtures.add(patternOf(parts, fixture))
      if (at !== -1 && at < fixture) continue
    }
    if (!language.code.test(name) || fixture !== -1) continue
    const named =
      language.testName.exec(name) ?? (parts.length === 0 ? language.topTestName?.exec(name) : null) ?? null
    if (at !== -1 && (at === 0 || !NO_SOURCE.test(parts[0] ?? ''))) {
      tests.add(patternOf(parts, at))
      testFiles.push(file)
    } else if (named !== null && !NO_SOURCE.test(parts[0] ?? 'top')) {
      const [top] = parts
      const pattern = language.testPattern(named)
      tests.add(top === undefined ? pattern : `${top}/**/${pattern}`)
      testFiles.push(file)
    } else if (parts.length === 0) {
      if (!language.configuration.test(name)) sources.add(name)
    } else if (!NO_SOURCE.test(parts[0] ?? '')) {
      sources.add(`${parts[0]}/**`)
    }
  }
  return { tests: sorted(tests), sources: collapsed(sorted(sources)), fixtures: sorted(fixtures), testFiles }
}

/** Whether code below a path may be sources, as the name of its first directory tells. */
export function maySource(path: string): boolean {
  return !NO_SOURCE.test(path.split('/')[0] ?? '')
}

/** `test/**` for a directory at the top, `src/**` + `/__tests__/**` for one further down. */
function patternOf(parts: readonly string[], index: number): string {
  const name = parts[index] ?? ''
  if (index === 0) return `${name}/**`
  return index === 1 ? `${parts[0]}/${name}/**` : `${parts[0]}/**/${name}/**`
}

/** Many files at the top become one pattern for each ending. */
function collapsed(patterns: readonly string[]): string[] {
  const top = patterns.filter((pattern) => !pattern.includes('/'))
  if (top.length <= MOST_TOP_FILES) return [...patterns]
  const endings = top.map((name) => `*${name.slice(name.lastIndexOf('.'))}`)
  return [...new Set([...endings, ...patterns.filter((pattern) => pattern.includes('/'))])].sort()
}

const MOST_TOP_FILES = 8

function sorted(patterns: ReadonlySet<string>): string[] {
  const all = [...patterns].sort()
  // `src/__tests__/**` says nothing beside `src/**/__tests__/**`.
  return all.filter((pattern) => {
    const [top, name, ...rest] = pattern.split('/')
    return rest.length !== 1 || !patterns.has(`${top}/**/${name}/**`)
  })
}
