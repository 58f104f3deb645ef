import { diagnose } from '../../engine/diagnose.ts'
import { openBench } from '../../engine/open.ts'
import { tryTree } from '../../engine/try-tree.ts'
import type { Finding, TriedTree } from '../../protocol/output/doctor-report.ts'
import type { CommandContext } from '../command-context.ts'
import { interruptible } from '../interruptible.ts'
import { stopOnSignals } from '../stop-on-signals.ts'
import { counted, indented } from '../text-lines.ts'

/** `orchestrator doctor [--tree]`: 0 when a run would work here. */
export async function doctorCommand(
  context: CommandContext,
  flags: Readonly<Record<string, unknown>>,
): Promise<number> {
  const { output, cwd, env } = context
  using signals = stopOnSignals((line) => output.progress(line), { atOnce: true })
  const findings = await diagnose({ cwd, env })
  const trees: TriedTree[] = []
  const canTry = !findings.some(({ area, level }) => level === 'problem' && NEEDED.includes(area))
  if (flags['tree'] === true && canTry) {
    await using bench = await openBench({ directory: cwd, env, flags: {} })
    const onSuite = (suite: string): void => output.progress(`Trying suite ${suite} in a fresh tree`)
    const trying = tryTree(bench, { signal: signals.winding, onSuite })
    const tried = await interruptible(signals.winding, () => trying)
    findings.push(...tried.findings)
    trees.push(...tried.trees)
  }
  const problems = findings.filter(({ level }) => level === 'problem').length
  output.result('doctor-report', { usable: problems === 0, findings, trees }, [
    ...findings.flatMap(findingLines),
    '',
    problems === 0
      ? `Ready. Next: ${flags['tree'] === true ? 'orchestrator ingest plan.json' : 'orchestrator doctor --tree (tries it), then orchestrator ingest plan.json'}`
      : `${counted(problems, 'problem')} to solve before a run can work.`,
  ])
  return problems === 0 ? 0 : 1
}

/** Without these there is no tree to try. */
const NEEDED: readonly Finding['area'][] = ['git', 'repository', 'configuration', 'suites']

const MARKS = { ok: 'ok     ', note: 'note   ', problem: 'PROBLEM' } as const

function findingLines({ level, what, advice }: Finding): string[] {
  const [first = '', ...rest] = what.split('\n')
  return [
    `${MARKS[level]}  ${first}`,
    ...rest.flatMap((line) => indented(line, 9)),
    ...(advice === null ? [] : indented(advice, 9)),
  ]
}
