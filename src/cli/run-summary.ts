import type { Engine } from '../engine/open.ts'
import type { RunReport } from '../protocol/output/run-report.ts'
import { goesOnText } from './held-text.ts'
import { counted, lostText, quarantinedLine } from './text-lines.ts'

/** The last lines of a run: what became of it, where it is, and the one command that brings it in. */
export async function runSummary(engine: Engine, report: RunReport): Promise<string[]> {
  const { tasks } = report
  const others = (['failed', 'blocked', 'needs_human', 'cancelled', 'retryable', 'pending'] as const)
    .filter((name) => tasks[name] > 0)
    .map((name) => `${tasks[name]} ${name.replace('_', ' ')}`)
  if (report.lost.length > 0) others.unshift(lostText(report.lost.length))
  const lines = [
    `${report.state}: ${report.landed.length} of ${counted(tasks.total, 'task')} landed${others.length === 0 ? '' : `, ${others.join(', ')}`}.`,
    `${counted(report.attempts, 'attempt')}, ${report.refusals.length} refused; ${counted(report.spend.invocations, 'agent call')}, ${report.spend.costUsd.toFixed(2)} USD; ${seconds(report.wallMs)}.`,
  ]
  const reason = (await engine.world.store.run(report.run))?.reason ?? null
  if (report.pausedBy !== null && reason !== null) lines.push(`Paused: ${reason}.`)
  if (report.resumeAt !== null)
    lines.push(`Goes on ${goesOnText(report.resumeAt, engine.world.clock.now())}.`)
  if (report.target !== null && report.base !== null && report.head !== null && report.head !== report.base) {
    const changed = await changedFiles(engine, report.base, report.head)
    lines.push(`On branch ${report.target}: ${counted(changed, 'file')} changed.`)
  }
  lines.push(...report.warnings.map((warning) => `Warning: ${warning}.`))
  const dropped = report.refactorings.filter(({ holds }) => !holds)
  for (const { task, fact } of dropped)
    lines.push(`The refactoring of ${task} does not hold (${fact}); what was verified before stands.`)
  if (report.quarantined.length > 0)
    lines.push(`${quarantinedLine(report.quarantined.length)}: orchestrator quarantine list`)
  if (!report.contained)
    lines.push('Commands ran without a sandbox; `orchestrator doctor` says how to get one.')
  if (report.report !== undefined) lines.push(`Report: ${report.report}`)
  lines.push(`Next: ${report.next}`)
  return lines
}

async function changedFiles(engine: Engine, base: string, head: string): Promise<number> {
  const { git } = engine.world
  return (await git.diff((await git.readCommit(base)).tree, (await git.readCommit(head)).tree)).length
}

export function seconds(ms: number): string {
  return ms < 60_000
    ? `${(ms / 1_000).toFixed(1)} s`
    : `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1_000)} s`
}
