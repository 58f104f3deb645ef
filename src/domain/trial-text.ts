import type { RunEnd, TestFailure, TestReport } from './evidence.ts'
import { headAndTail } from './head-and-tail.ts'
import type { Suite } from './suite.ts'
import { counted } from './wording.ts'

/** What an agent is told of a trial run in its own tree. Bounded, whatever the tests print; says each time that nothing is decided by it. */
export function trialText(report: TestReport, suite: Pick<Suite, 'setup'>): string {
  const { tests, loadFailures, end, durationMs, output } = report
  const failed = tests.filter(({ outcome }) => outcome === 'failed')
  const count = (outcome: string): number => tests.filter((test) => test.outcome === outcome).length
  const failures = [
    ...loadFailures.map(({ file, failure }) => failureText(`${file} could not be loaded`, failure)),
    ...failed.map(({ file, name, failure }) => failureText(`${file}: ${name}`, failure)),
  ]
  const left = failures.length - MOST_FAILURES
  const isWell = end.kind === 'finished' && failures.length === 0
  return [
    HELP,
    `${count('passed')} passed, ${failed.length} failed, ${count('skipped')} skipped, ${counted(loadFailures.length, 'file')} not loaded, in ${(durationMs / 1_000).toFixed(1)} s.`,
    ...endLines(end, suite),
    ...failures.slice(0, MOST_FAILURES),
    ...(left > 0 ? [`${left} more failed.`] : []),
    ...(isWell || output === '' ? [] : ['', 'What the runner printed:', shortened(output, LONGEST_OUTPUT)]),
  ].join('\n')
}

const HELP =
  'A help, not the verdict: what counts runs again on clean trees after you have ended, and nothing of this run is used there.'
const MOST_FAILURES = 20
const LONGEST_MESSAGE = 800
const LONGEST_OUTPUT = 8_000

function failureText(what: string, failure: TestFailure | null): string {
  const at = failure?.frames[0]
  const where = at === undefined ? '' : ` (${at.file}${at.line === null ? '' : `:${at.line}`})`
  const words = failure === null ? '' : `${failure.errorName ?? failure.kind}: ${failure.message}`
  return `FAILED ${shortened(what, LONGEST_MESSAGE)}${where}\n  ${shortened(words, LONGEST_MESSAGE).replaceAll('\n', '\n  ')}`
}

function endLines(end: RunEnd, suite: Pick<Suite, 'setup'>): string[] {
  switch (end.kind) {
    case 'finished':
      return []
    case 'crashed':
      return [`The runner broke off: ${shortened(end.reason, LONGEST_MESSAGE)}`]
    case 'timeout':
      return ['The time of a trial run was used up. Name fewer files.']
    case 'build_failed':
      return [`The build failed: ${JSON.stringify(end.command)}`]
    case 'unavailable':
      return [
        `The runner is not in this tree: ${shortened(end.reason, LONGEST_MESSAGE)}`,
        ...(suite.setup.length === 0
          ? []
          : [
              `Setup makes it ready: ${suite.setup.map((command) => JSON.stringify(command)).join(', then ')}`,
            ]),
      ]
  }
}

/** What failed stands at the end, more often than not. */
function shortened(text: string, most: number): string {
  return headAndTail(text, most, 0.25)
}
