/** `npm run bench -- SUITE [--json]`: measures the program, against named anchors where there are any. */
import { availableParallelism, cpus, totalmem } from 'node:os'
import type { Figure } from './figure.ts'

const SUITES: Readonly<Record<string, () => Promise<Figure[]>>> = {
  engine: async () => (await import('./engine.ts')).engineFigures(),
  agents: async () => (await import('./agents.ts')).agentFigures(),
  cli: async () => (await import('./cli.ts')).startFigures(),
  setup: async () => (await import('./setup.ts')).setupFigures(),
  circuits: async () => (await import('./circuits.ts')).circuitFigures(),
  git: async () => (await import('./git.ts')).gitFigures(),
}

const [suite = 'engine'] = process.argv.slice(2).filter((word) => !word.startsWith('--'))
const measure = SUITES[suite]
if (measure === undefined) {
  const known = Object.keys(SUITES).join(', ')
  process.stderr.write(`There is no suite ${JSON.stringify(suite)}; there are: ${known}\n`)
  process.exit(2)
}
const figures = await measure()
const [cpu] = cpus()
const machine = {
  cpu: cpu?.model ?? 'unknown',
  cores: availableParallelism(),
  memoryBytes: totalmem(),
  node: process.version,
}
if (process.argv.includes('--json')) {
  process.stdout.write(`${JSON.stringify({ suite, machine, figures }, null, 2)}\n`)
} else {
  for (const figure of figures) process.stdout.write(`${lineOf(figure)}\n`)
}
process.exitCode = figures.every(({ met }) => met) ? 0 : 1

function lineOf({ name, ours, unit, anchor, theirs, ratio, goal, met }: Figure): string {
  const own = `${ours.toLocaleString('en', { maximumFractionDigits: 1 })} ${unit}`
  const compared =
    anchor === null || theirs === null || ratio === null
      ? ''
      : `; ${anchor} ${theirs.toLocaleString('en')}; ratio ${ratio.toLocaleString('en', { maximumSignificantDigits: 3 })}`
  return `${name}: ${own}${compared} (goal ${goal}${met ? '' : ', missed'})`
}
