import { stripVTControlCharacters } from 'node:util'
import type { CheckResult, TreeId } from '../domain/evidence.ts'
import type { Command, Suite } from '../domain/suite.ts'
import { checkKey } from './evidence-keys.ts'
import type { Measure } from './measure.ts'
import type { Place } from './verify.ts'

/** Lines of a check's output that are compared and kept. */
const MAX_FINDINGS = 2_000
const KEPT_OUTPUT_CHARACTERS = 16_384

export interface NamedCommand {
  readonly name: string
  readonly command: Command
}

/** Runs commands in a tree, each once per (tree, command, environment). A time-out counts only after a second one alone. */
export async function measureChecks(
  measure: Measure,
  where: { readonly suite: Suite; readonly tree: TreeId },
  commands: readonly NamedCommand[],
): Promise<CheckResult[]> {
  const results: CheckResult[] = []
  for (const { name, command } of commands) {
    const key = checkKey({ ...where, command, environment: measure.laboratory.environment })
    const result = await measure.remember(
      key,
      () => runCheck(measure, where, { name, command }),
      isConclusive,
    )
    results.push({ ...result, name })
  }
  return results
}

export function checksOf(suite: Suite): NamedCommand[] {
  return Object.entries(suite.checks).map(([name, command]) => ({ name, command }))
}

/** What a failing check says now that it did not say before; empty where it passes or says nothing new. */
export function addedFindings(before: CheckResult | null, now: CheckResult): string[] {
  if (now.ok) return []
  if (!hasStarted(now)) return before !== null && !hasStarted(before) ? [] : ['it could not be started']
  if (now.timedOut) return before?.timedOut === true ? [] : ['it timed out']
  if (before === null || before.ok || !hasStarted(before) || before.timedOut) {
    return now.findings.length > 0 ? [...now.findings] : [`exit code ${now.exitCode ?? 'unknown'}`]
  }
  const added = difference(now.findings, before.findings)
  return added.length > 0 ? added : unexplained(before, now)
}

/**
 * What failed before may go on to fail, but not in another way, and not with more than can be compared. Codes that count
 * findings or name their kinds change with findings that are gone; those of a shell for what did not start or was killed
 * do not.
 */
function unexplained(before: CheckResult, now: CheckResult): string[] {
  const codes = `it ends with exit code ${now.exitCode ?? 'unknown'} (${before.exitCode ?? 'unknown'} on the base)`
  const [then, total] = [lines(before), lines(now)]
  const isSilent = total === 0 && then > 0
  const isExplained = total < then && (now.exitCode ?? FIRST_CODE_OF_SHELLS) < FIRST_CODE_OF_SHELLS
  const isOtherFailure = now.exitCode !== before.exitCode && !isExplained
  if (isSilent || isOtherFailure) return [`${codes}, and no finding explains that`]
  if (now.omitted === 0 || total <= then) return []
  return [`${codes} and with ${total} lines (${then} on the base), of which ${MAX_FINDINGS} are compared`]
}

const FIRST_CODE_OF_SHELLS = 126

function lines({ findings, omitted }: CheckResult): number {
  return findings.length + omitted
}

/** False where the command is not installed. */
export function hasStarted(check: CheckResult): boolean {
  return check.exitCode !== null || check.timedOut
}

/**
 * The lines of an output as they are compared between two trees: colours, the tree's path, positions, numbers and
 * durations removed; source excerpts, rulers and lines without a letter left out.
 */
export function normaliseFindings(output: string, directory: string): string[] {
  const findings: string[] = []
  for (const line of stripVTControlCharacters(output).split(/\r?\n/)) {
    if (EXCERPT.test(line)) continue
    const text = line
      .replaceAll(`${directory}/`, '')
      .replaceAll(directory, '.')
      .replace(/\d+(?:\.\d+)?\s?(?:ms|µs|s)\b/g, '#')
      .replace(/(?<![\w@])\d+(?:[.,:]\d+)*(?!\w)/g, '#')
      .replace(/\b(error|warning|problem|issue|finding|diagnostic|file)s\b/gi, '$1')
      .replace(/\s+/g, ' ')
      .trim()
    if (/\p{L}/u.test(text)) findings.push(text)
  }
  return findings
}

/** `12 | code`, `> 12 │ code`, `   : ^^^`: the lines of a source excerpt; they change when neighbours change. */
const EXCERPT = /^\s*>?\s*\d*\s*[|│┃¦]|^\s*\d+\s+[│┃|]|^\s*[:·]\s/

async function runCheck(
  measure: Measure,
  where: { readonly suite: Suite; readonly tree: TreeId },
  check: NamedCommand,
): Promise<CheckResult> {
  const use = (place: Place): Promise<CheckResult> => checkIn(place, where.suite, check)
  const first = await measure.laboratory.within(where, use)
  return first.timedOut ? await measure.laboratory.within({ ...where, exclusive: true }, use) : first
}

async function checkIn(place: Place, suite: Suite, check: NamedCommand): Promise<CheckResult> {
  const { limits } = suite
  const result = await place.run({
    argv: check.command,
    cwd: suite.cwd,
    env: {},
    wallMs: limits.runMs,
    outputBytes: limits.outputBytes,
  })
  const output = [result.stdout, result.stderr, endNote(result.end)].filter((part) => part !== '').join('\n')
  const findings = normaliseFindings(output, place.directory)
  return {
    name: check.name,
    command: check.command,
    ok: result.end.kind === 'exited' && result.end.code === 0,
    exitCode: exitCodeOf(result.end),
    timedOut: result.end.kind === 'timeout',
    findings: findings.slice(0, MAX_FINDINGS),
    omitted: Math.max(0, findings.length - MAX_FINDINGS),
    output: output.slice(-KEPT_OUTPUT_CHARACTERS),
    durationMs: result.durationMs,
  }
}

type End = Awaited<ReturnType<Place['run']>>['end']

/** Null where the command did not run at all; a signal or a limit counts as a failing exit. */
function exitCodeOf(end: End): number | null {
  if (end.kind === 'exited') return end.code
  return end.kind === 'not_started' || end.kind === 'timeout' ? null : 1
}

function endNote(end: End): string {
  if (end.kind === 'not_started') return end.message
  if (end.kind === 'signaled') return `ended by ${end.signal}`
  return end.kind === 'limit' ? `ended by the limit on ${end.which}` : ''
}

function isConclusive(check: CheckResult): boolean {
  return hasStarted(check) && !check.timedOut
}

/** Members of `left` beyond those of `right`, counted. */
function difference(left: readonly string[], right: readonly string[]): string[] {
  const remaining = new Map<string, number>()
  for (const item of right) remaining.set(item, (remaining.get(item) ?? 0) + 1)
  return left.filter((item) => {
    const count = remaining.get(item) ?? 0
    if (count > 0) remaining.set(item, count - 1)
    return count === 0
  })
}
