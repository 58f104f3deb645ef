/** `npm run bench -- SUITE [--json] [--keep] [--peers]`: measures the program, against named anchors where there are any. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Figure, SuiteResult } from './figure.ts'
import { thisMachine } from './machine.ts'

const SUITES: Readonly<Record<string, () => Promise<Figure[]>>> = {
  store: async () =>
    (await import('./store.ts')).storeFigures({ withPeers: process.argv.includes('--peers') }),
  engine: async () => (await import('./engine.ts')).engineFigures(),
  soak: async () => (await import('./soak.ts')).soakFigures(),
  agents: async () => (await import('./agents.ts')).agentFigures(),
  cli: async () => (await import('./cli.ts')).startFigures(),
  setup: async () => (await import('./setup.ts')).setupFigures(),
  circuits: async () => (await import('./circuits.ts')).circuitFigures(),
  schedule: async () => (await import('./schedule.ts')).scheduleFigures(),
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
const result: SuiteResult = {
  suite,
  measuredOn: new Date().toISOString().slice(0, 10),
  machine: thisMachine(),
  figures,
}
const text = `${JSON.stringify(result, null, 2)}\n`
if (process.argv.includes('--keep')) keep(text)
if (process.argv.includes('--json')) process.stdout.write(text)
else for (const figure of figures) process.stdout.write(`${lineOf(figure)}\n`)
process.exitCode = figures.every(({ met }) => met) ? 0 : 1

/** Where `npm run docs` reads it. */
function keep(kept: string): void {
  const path = join(import.meta.dirname, '../docs/benchmarks', `${suite}.json`)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, kept)
}

function lineOf({ name, ours, unit, anchor, theirs, ratio, goal, met }: Figure): string {
  const own = `${ours.toLocaleString('en', { maximumFractionDigits: ours < 10 ? 3 : 1 })} ${unit}`
  const compared =
    anchor === null || theirs === null || ratio === null
      ? ''
      : `; ${anchor} ${theirs.toLocaleString('en')}; ratio ${ratio.toLocaleString('en', { maximumSignificantDigits: 3 })}`
  return `${name}: ${own}${compared} (goal ${goal}${met ? '' : ', missed'})`
}
