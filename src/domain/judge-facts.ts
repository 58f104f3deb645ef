import type { RuleFinding, RunEnd, TestFailure, TestId, TestReport } from './evidence.ts'
import type { Refusal } from './verdict.ts'

/** Lines of details that one refusal carries. */
const MAX_DETAILS = 200

/** Refuses over a list of things, naming the first and carrying all; nothing where the list is empty. */
export function refuseEach<T>(
  items: readonly T[],
  refusal: {
    readonly code: Refusal['code']
    readonly fact: (first: T) => string
    readonly hint: string
    readonly detail: (item: T) => string
  },
): Refusal[] {
  const [first, ...rest] = items
  if (first === undefined) return []
  const more = rest.length === 0 ? '' : ` (and ${rest.length} more)`
  return [
    {
      code: refusal.code,
      fact: `${refusal.fact(first)}${more}`,
      hint: refusal.hint,
      details: items.slice(0, MAX_DETAILS).map(refusal.detail),
    },
  ]
}

/** Refuses a run that did not come to its end: it proves nothing about any test. Nothing where it did. */
export function refuseEnd(report: TestReport, what: string): Refusal[] {
  const { end } = report
  if (end.kind === 'finished') return []
  const details = report.output === '' ? [] : report.output.split('\n').slice(-MAX_DETAILS)
  return [{ ...END_REFUSALS[end.kind](what), fact: `${endFact(end, what)}${complaintIn(report)}`, details }]
}

export function testLabel(test: TestId): string {
  return `"${test.name}" in ${test.file}`
}

/** Cases of one parametrised function (`test_sum[1-2]`) are one test that somebody wrote. */
export function testFunctions(tests: readonly TestId[]): ReadonlySet<string> {
  return new Set(tests.map(({ name }) => name.replace(/\[.*\]$/s, '')))
}

/** The first line of a message, bounded: what fits into a fact. */
export function firstLine(message: string): string {
  const line = message.split('\n').find((candidate) => candidate.trim() !== '') ?? ''
  return line.length > 300 ? `${line.slice(0, 297)}...` : line.trim()
}

export function failureText(failure: TestFailure | null): string {
  if (failure === null) return 'no message'
  const where = failure.frames.slice(0, 5).map((frame) => `\n    at ${frame.file}:${frame.line ?? '?'}`)
  return `${failure.errorName ?? failure.kind}: ${failure.message}${where.join('')}`
}

/** Findings of the rules as refusals: secrets first, for they are the worst. */
export function refuseFindings(findings: readonly RuleFinding[]): Refusal[] {
  const secrets = findings.filter((finding) => isSecret(finding))
  const others = findings.filter((finding) => !isSecret(finding))
  return [
    ...refuseEach(secrets, {
      code: 'secret_found',
      fact: (finding) => `${place(finding)} holds what looks like a secret: ${finding.message}`,
      hint: 'take the secret out; read it from the environment, and use an obviously made-up value in tests',
      detail: findingText,
    }),
    ...refuseEach(others, {
      code: 'code_quality',
      fact: findingText,
      hint: 'change the named places so that the rule holds',
      detail: findingText,
    }),
  ]
}

type BadEnd = Exclude<RunEnd['kind'], 'finished'>

const END_REFUSALS: Readonly<Record<BadEnd, (what: string) => Pick<Refusal, 'code' | 'hint'>>> = {
  timeout: () => ({
    code: 'timeout',
    hint: 'find what never ends: a promise that nothing resolves, a server or timer left open, an endless loop; a test that hangs is a defect of the test',
  }),
  crashed: () => ({
    code: 'runner_failure',
    hint: 'no test and no source may end the process or disturb the runner; let failures be thrown',
  }),
  build_failed: () => ({
    code: 'load_failure',
    hint: 'make the build command of the suite succeed; its output is below',
  }),
  unavailable: () => ({
    code: 'runner_failure',
    hint: 'the test runner of the suite has to be installed by its setup',
  }),
}

function endFact(end: Exclude<RunEnd, { kind: 'finished' }>, what: string): string {
  if (end.kind === 'timeout') {
    return `${what} did not end within ${end.limitMs} ms, twice, the second time alone`
  }
  if (end.kind === 'build_failed') {
    return `the build command \`${end.command.join(' ')}\` failed before ${what} could run`
  }
  return `${what} gave no usable report: ${firstLine(end.reason)}`
}

/** What the output of a run without a usable report complains about first. */
function complaintIn({ end, output }: TestReport): string {
  if (end.kind !== 'crashed' && end.kind !== 'build_failed') return ''
  const line = output
    .split('\n')
    .find(
      (candidate) =>
        /error|cannot|unknown|missing|refus|not found/i.test(candidate) && !/^\s+at /.test(candidate),
    )
  return line === undefined ? '' : ` (${firstLine(line)})`
}

function isSecret(finding: RuleFinding): boolean {
  return finding.rule.startsWith('secret')
}

function findingText(finding: RuleFinding): string {
  const test = finding.test === null ? '' : ` (test "${finding.test}")`
  return `${place(finding)}${test}: ${finding.message} [${finding.rule}]`
}

function place(finding: RuleFinding): string {
  return finding.line === null ? finding.file : `${finding.file}:${finding.line}`
}
