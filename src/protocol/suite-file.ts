import { z } from 'zod'
import { patternFrom } from '../domain/path-pattern.ts'
import { pathFrom } from '../domain/relative-path.ts'
import { hasControl, readPattern } from '../domain/plan-path.ts'
import type { Problem, ProblemPath } from '../domain/problem.ts'
import { DEFAULT_SUITE_LIMITS, RUNNERS } from '../domain/suite.ts'
import type { Command, RunnerName, Suite } from '../domain/suite.ts'
import { strict } from './shapes.ts'

const word = z
  .string()
  .max(32_768)
  .refine((text) => !text.includes('\0'), 'contains a zero byte\nremove it')

/** An argument array; its first entry is the program. */
export const commandShape = z
  .array(word, { error: 'is not an argument array\nwrite ["npm", "run", "e2e"], not a shell line' })
  .min(1)
  .max(1000)
  .refine((command) => command[0]?.trim() !== '', 'names no program\nput the program first')
  .describe('An argument array, never a shell string.')

const nameShape = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/,
    'is not a usable name\nuse 1 to 100 letters, digits, ".", "_" and "-", with a letter or digit first',
  )

const patterns = z.array(z.string()).max(1000)
const environmentName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,199}$/, 'use letters, digits and "_"')

/** The keys of a suite, for plan files and the configuration alike. */
export const suiteKeys = {
  name: nameShape.optional().describe('Name of the suite. Default: main.'),
  runner: z
    .enum([...RUNNERS, 'auto'])
    .optional()
    .describe('Test runner. Default: auto, which looks at the files in cwd.'),
  cwd: z
    .string()
    .optional()
    .describe('Directory of the suite, relative to the repository. Default: the repository.'),
  tests: patterns.min(1).optional().describe('Patterns of test files, relative to cwd. Default: as found.'),
  sources: patterns
    .min(1)
    .optional()
    .describe('Patterns of source files, relative to cwd. Default: as found.'),
  fixtures: patterns
    .optional()
    .describe(
      'Patterns of files that RED may write beside tests and that are no tests. One that covers a pattern of tests means all else there. Default: none.',
    ),
  setup: z
    .array(commandShape)
    .max(100)
    .optional()
    .describe('Commands that make a fresh tree able to run its tests. Default: as found.'),
  build: z
    .array(commandShape)
    .max(100)
    .optional()
    .describe('Commands that run in a proof tree before every test run. Default: none.'),
  checks: z
    .record(nameShape, commandShape)
    .optional()
    .describe('Named checks: linters, type checkers. Default: as found.'),
  env: z
    .record(environmentName, word)
    .optional()
    .describe('Added to the environment of every command. Default: nothing.'),
  command: commandShape.optional().describe("Replaces the runner's own command."),
  args: z.array(word).max(1000).optional().describe("Added to the runner's own arguments. Default: none."),
  report: word
    .min(1)
    .optional()
    .describe(
      'For junit: where the command writes its report, relative to cwd; `{report}` for a fresh path, which stands in the command too.',
    ),
  limits: strict({
    testMs: z.int().min(1).max(86_400_000).optional().describe('One test, in milliseconds. Default: 30000.'),
    runMs: z
      .int()
      .min(1)
      .max(86_400_000)
      .optional()
      .describe('One run of the runner, in milliseconds. Default: 600000.'),
    outputBytes: z
      .int()
      .min(1024)
      .max(1024 ** 3)
      .optional()
      .describe('Output of one run that is kept, in bytes. Default: 4194304.'),
  })
    .optional()
    .describe(
      '`testMs` (one test, default 30000), `runMs` (one run of the runner, default 600000), `outputBytes` (output that is kept, default 4194304).',
    ),
}

export const suiteFileShape = strict(suiteKeys)
type SuiteFile = z.infer<typeof suiteFileShape>

/** Fills what suites leave out from the suites that were found in the repository, and tells every problem. */
export function resolveSuites(
  files: readonly SuiteFile[],
  detected: readonly Suite[],
  at: ProblemPath,
): { readonly suites: readonly Suite[]; readonly problems: readonly Problem[] } {
  const problems = repeatedNames(files, at)
  const suites = files.map((file, index) => resolveSuite(file, detected, { path: [...at, index], problems }))
  return { suites, problems }
}

/** What is wrong with suites whatever is found in the repository. */
export function writtenProblems(files: readonly SuiteFile[], at: ProblemPath): readonly Problem[] {
  const problems = repeatedNames(files, at)
  for (const [index, file] of files.entries()) {
    const { cwd, tests, sources, fixtures } = file
    const report = { path: [...at, index], problems }
    if (cwd !== undefined) readPaths([cwd], report, 'cwd')
    readPaths(tests ?? [], report, 'tests')
    readPaths(sources ?? [], report, 'sources')
    readPaths(fixtures ?? [], report, 'fixtures')
    checkReport(file, report)
    // No suite of this runner is ever found in a repository, so nothing can fill it in.
    if (file.runner === 'junit') checkJunit(file, report)
  }
  return problems
}

const ONLY_SUITE = 'main'

function repeatedNames(files: readonly SuiteFile[], at: ProblemPath): Problem[] {
  const names = files.map(({ name = ONLY_SUITE }) => name)
  return names.flatMap((name, index) =>
    names.indexOf(name) === index
      ? []
      : [
          {
            path: [...at, index, 'name'],
            what: `${JSON.stringify(name)} is the name of an earlier suite`,
            right: 'give each suite its own name',
          },
        ],
  )
}

interface Report {
  readonly path: ProblemPath
  readonly problems: Problem[]
}

function resolveSuite(file: SuiteFile, detected: readonly Suite[], report: Report): Suite {
  const cwd = readPaths([file.cwd ?? '.'], report, 'cwd')[0] ?? '.'
  const like = detected.find(
    (suite) =>
      suite.cwd === cwd &&
      (file.runner === undefined || file.runner === 'auto' || suite.runner === file.runner),
  )
  const suite: Suite = {
    name: file.name ?? ONLY_SUITE,
    runner: runnerOf(file, like, report),
    cwd,
    tests: file.tests === undefined ? (like?.tests ?? []) : readPaths(file.tests, report, 'tests'),
    sources: file.sources === undefined ? (like?.sources ?? []) : readPaths(file.sources, report, 'sources'),
    fixtures: readPaths(file.fixtures ?? like?.fixtures ?? [], report, 'fixtures'),
    setup: file.setup ?? like?.setup ?? [],
    build: file.build ?? like?.build ?? [],
    checks: file.checks ?? like?.checks ?? {},
    env: file.env ?? like?.env ?? {},
    command: file.command ?? like?.command ?? null,
    args: file.args ?? like?.args ?? [],
    report: file.report ?? like?.report ?? null,
    limits: suiteLimits(file),
  }
  checkSuite(suite, report)
  checkReport(suite, report)
  return suite
}

function suiteLimits(file: SuiteFile): Suite['limits'] {
  return {
    testMs: file.limits?.testMs ?? DEFAULT_SUITE_LIMITS.testMs,
    runMs: file.limits?.runMs ?? DEFAULT_SUITE_LIMITS.runMs,
    outputBytes: file.limits?.outputBytes ?? DEFAULT_SUITE_LIMITS.outputBytes,
  }
}

function runnerOf(file: SuiteFile, like: Suite | undefined, { path, problems }: Report): RunnerName {
  if (file.runner !== undefined && file.runner !== 'auto') return file.runner
  if (like !== undefined) return like.runner
  problems.push({
    path: [...path, 'runner'],
    what: `is to be found, and no test runner was found in ${file.cwd ?? 'the repository'}`,
    right: `name one: ${RUNNERS.join(', ')}`,
  })
  return 'node'
}

function checkSuite(suite: Suite, { path, problems }: Report): void {
  for (const key of ['tests', 'sources'] as const) {
    if (suite[key].length > 0) continue
    if (problems.some((problem) => problem.path.length === path.length + 2 && problem.path.at(-1) === key)) {
      continue
    }
    problems.push({
      path: [...path, key],
      what: 'is missing, and none were found',
      right: 'list patterns, for example ["src/**"]',
    })
  }
  if (suite.runner === 'junit') checkJunit(suite, { path, problems })
}

/** A suite as it is written, or filled in. */
interface Reported {
  readonly cwd?: string | undefined
  readonly command?: Command | null | undefined
  readonly report?: string | null | undefined
}

function checkJunit({ command = null, report = null }: Reported, { path, problems }: Report): void {
  if (command === null) {
    problems.push({
      path: [...path, 'command'],
      what: 'is missing',
      right: 'runner "junit" needs the command that runs the tests',
    })
  }
  if (report === null) {
    problems.push({
      path: [...path, 'report'],
      what: 'is missing',
      right: 'runner "junit" needs the path of the JUnit XML that the command writes',
    })
  }
}

/** A report is removed before each run: nothing outside of the tree may be named as one. */
function checkReport({ cwd = '.', report = null }: Reported, { path, problems }: Report): void {
  if (report === null || report.includes('{report}')) return
  const isAbsolute = report.startsWith('/')
  if (!isAbsolute && pathFrom('', `${cwd}/${report}`) !== null) return
  problems.push({
    path: [...path, 'report'],
    what: `${JSON.stringify(report)} ${isAbsolute ? 'is absolute' : 'leaves the repository'}`,
    right: 'name a file in the tree, relative to cwd, or "{report}" for one that is made for each run',
  })
}

function readPaths(texts: readonly string[], { path, problems }: Report, key: string): string[] {
  return texts.flatMap((text, index) => {
    const read = readPattern(text)
    if (read.ok) return [read.path]
    problems.push({
      path: key === 'cwd' ? [...path, key] : [...path, key, index],
      what: read.what,
      right: read.right,
    })
    return []
  })
}

/** The suite's patterns relative to the repository. */
export function suitePatterns(suite: Suite, which: 'tests' | 'sources' | 'fixtures'): string[] {
  return suite[which].map((pattern) => patternFrom(suite.cwd, pattern))
}

/** A text for people: not empty, no control characters but line ends and tabs. */
export const textShape = z
  .string()
  .max(100_000)
  .refine((text) => !hasControl(text.replaceAll(/[\n\r\t]/g, '')), 'contains a control character\nremove it')
