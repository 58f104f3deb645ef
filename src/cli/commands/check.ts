import { check } from '../../engine/check.ts'
import { openBench } from '../../engine/open.ts'
import type { CheckReport } from '../../protocol/output/check-report.ts'
import type { CommandContext } from '../command-context.ts'
import { interruptible } from '../interruptible.ts'
import { stopOnSignals } from '../stop-on-signals.ts'

/** `orchestrator check BASE..HEAD`. */
export async function checkCommand(context: CommandContext, range: string): Promise<number> {
  const { output, cwd, env } = context
  using signals = stopOnSignals((line) => output.progress(line), { atOnce: true })
  await using bench = await openBench({ directory: cwd, env, flags: {} })
  const report = await interruptible(signals.winding, () =>
    check(bench, {
      range,
      signal: signals.winding,
      onSuite: (suite) => output.progress(`Measuring suite ${suite}`),
    }),
  )
  output.result('check-report', report, [
    ...report.tests.map(testLine),
    ...report.refusals.flatMap(({ code, fact, hint }) => [`refused: ${code}: ${fact}`, `  ${hint}`]),
    ...verdictLines(report),
  ])
  return EXIT_CODES[report.verdict]
}

function testLine({ file, name, base, red, green }: CheckReport['tests'][number]): string {
  const dropped = base !== 'missing' && red === 'missing' && green === 'missing'
  const told = dropped
    ? `${base} before, taken away by the change`
    : `${base} before, ${red} with the tests alone, ${green} after`
  return `${file}: ${name}: ${told}`
}

/** 2: there was nothing that could be checked. */
const EXIT_CODES = { proven: 0, refused: 1, not_applicable: 2 } as const

const NAMED = 3

function verdictLines({ verdict, unclaimed }: CheckReport): string[] {
  if (verdict !== 'not_applicable' || unclaimed.length === 0) return [VERDICTS[verdict]]
  const more = unclaimed.length > NAMED ? ` (and ${unclaimed.length - NAMED} more)` : ''
  return [
    `Not applicable: no suite claims ${unclaimed.slice(0, NAMED).join(', ')}${more}.`,
    '  `orchestrator init --force` writes the suites anew that it finds in the files of HEAD; or describe theirs in .tdd/config.toml.',
  ]
}

const VERDICTS = {
  proven: 'Proven: the tests fail without the change and pass with it, and nothing else broke.',
  refused: 'Refused.',
  not_applicable: 'Not applicable: the change touches no test of any suite.',
} as const
