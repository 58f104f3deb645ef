import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { FAULTS, type Fault } from './faults.ts'
import { MUTANTS } from './mutants.ts'
import { shrink } from './shrink.ts'
import { simulate } from './simulate.ts'

const HELP = `npm run simulate -- [--seeds N] [--seed S] [--mutants [--only TEXT]]

  --seeds N    hold the promises through the seeds 1 to N (default 1,000), on every core
  --seed S     play one seed, and print what happened until a promise broke, or the end of it; what is not needed for that is
               left out, and the prefix that is left is the shortest that was found
  --mutants    play each deliberate bug until a promise breaks, through at most N seeds
  --only TEXT  of these, the ones whose names contain it
`
const LINES = 60
const TELL_MS = 10_000
/** From so many on, what never came about is a fault of the simulation. */
const ENOUGH_SEEDS = 500

interface Told {
  readonly seed: number
  readonly steps: number
  readonly state: string
  readonly promise: string | null
  readonly fact: string | null
  readonly faults: readonly (readonly [fault: Fault, times: number])[]
}

try {
  await main()
} catch (thrown) {
  if (!(thrown instanceof TypeError)) throw thrown
  process.stderr.write(`${thrown.message}\n\n${HELP}`)
  process.exitCode = 2
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '1000' },
      seed: { type: 'string' },
      mutants: { type: 'boolean', default: false },
      only: { type: 'string', default: '' },
      from: { type: 'string' },
      step: { type: 'string', default: '1' },
      help: { type: 'boolean', default: false },
    },
  })
  const seeds = wholeNumber(values.seeds)
  if (values.help || seeds === null) return void process.stdout.write(HELP)
  if (values.seed !== undefined) return await playOne(Number(values.seed))
  // In a process of its own: a line of JSON for each seed.
  if (values.from !== undefined) return await playSome(Number(values.from), seeds, Number(values.step))
  if (values.mutants) return await playMutants(seeds, values.only)
  await playAll(seeds)
}

function wholeNumber(text: string): number | null {
  return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : null
}

async function playOne(seed: number): Promise<void> {
  const whole = await simulate({ seed })
  const { simulated, without } = await shrink(whole)
  const { trace, violation, state, processes, faults } = simulated
  process.stdout.write(`${trace.slice(-LINES).join('\n')}\n\n`)
  process.stdout.write(`Seed ${seed}: ${trace.length} steps, ${processes} processes, the run is ${state}.\n`)
  if (violation === null) return
  const needed = [...faults.keys()].map((fault) => `    ${fault}\n`)
  process.stdout.write(`After ${trace.length} steps: ${violation.message}\n`)
  if (without.size > 0)
    process.stdout.write(
      `Shortest of ${whole.trace.length} steps, with no more than this come about:\n${needed.join('')}`,
    )
  process.exitCode = 1
}

async function playSome(from: number, to: number, step: number): Promise<void> {
  for (let seed = from; seed <= to; seed += step) {
    const { trace, violation, state, faults } = await simulate({ seed })
    const told: Told = {
      seed,
      steps: trace.length,
      state,
      promise: violation?.promise ?? null,
      fact: violation?.message ?? null,
      faults: [...faults],
    }
    process.stdout.write(`${JSON.stringify(told)}\n`)
  }
}

async function playAll(seeds: number): Promise<void> {
  const began = performance.now()
  const all: Told[] = []
  const tell = setInterval(() => process.stderr.write(`${all.length} of ${seeds} seeds\n`), TELL_MS)
  await playOnCores(seeds, (told) => {
    all.push(told)
    if (told.fact !== null)
      process.stdout.write(`seed ${told.seed}, after ${told.steps} steps: ${told.fact}\n`)
    return true
  })
  clearInterval(tell)
  const broken = all.filter(({ fact }) => fact !== null).length
  const steps = all.reduce((sum, told) => sum + told.steps, 0)
  const seconds = (performance.now() - began) / 1_000
  process.stdout.write(
    `${all.length} seeds, ${steps} steps, ${broken} violations, in ${seconds.toFixed(0)} s; runs ${countsOf(all)}\n`,
  )
  const never = tellFaults(all)
  if (all.length < seeds || broken > 0 || (seeds >= ENOUGH_SEEDS && never > 0)) process.exitCode = 1
}

/** What came about, how often, and in how many seeds. Answers how many never did. */
function tellFaults(all: readonly Told[]): number {
  const counts = FAULTS.map((fault) => {
    const times = all.flatMap(({ faults }) =>
      faults.filter(([name]) => name === fault).map(([, count]) => count),
    )
    return { fault, seeds: times.length, times: times.reduce((sum, count) => sum + count, 0) }
  })
  for (const { fault, seeds, times } of counts)
    process.stdout.write(`${String(times).padStart(9)} in ${String(seeds).padStart(5)} seeds: ${fault}\n`)
  return counts.filter(({ times }) => times === 0).length
}

function countsOf(all: readonly Told[]): string {
  const counts = Map.groupBy(all, ({ state }) => state)
  return [...counts].map(([state, told]) => `${state}: ${told.length}`).join(', ')
}

async function playMutants(seeds: number, only: string): Promise<void> {
  const mutants = MUTANTS.filter(({ name }) => name.includes(only))
  let survived = 0
  for (const { name } of mutants) {
    const found: { told: Told | null } = { told: null }
    await playOnCores(
      seeds,
      (told) => {
        if (told.fact !== null && (found.told === null || told.seed < found.told.seed)) found.told = told
        return found.told === null
      },
      name,
    )
    const { told } = found
    survived += told === null ? 1 : 0
    const what = told === null ? `NOT FOUND in ${seeds} seeds` : `seed ${told.seed}: ${told.fact}`
    process.stdout.write(`${name}\n    ${what}\n`)
  }
  process.stdout.write(`${mutants.length - survived} of ${mutants.length} deliberate bugs found\n`)
  if (survived > 0) process.exitCode = 1
}

/** Seeds 1 to `seeds`, shared among the cores; ends early where `hear` says so. */
async function playOnCores(seeds: number, hear: (told: Told) => boolean, mutant?: string): Promise<void> {
  const cores = Math.min(seeds, availableParallelism())
  const players = Array.from({ length: cores }, (_, core) => player(core + 1, { seeds, cores, mutant }))
  await Promise.all(
    players.map(async (child) => {
      const ended = once(child, 'exit')
      for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
        if (hear(JSON.parse(line) as Told)) continue
        for (const other of players) other.kill()
        break
      }
      await ended
    }),
  )
}

function player(
  from: number,
  {
    seeds,
    cores,
    mutant,
  }: { readonly seeds: number; readonly cores: number; readonly mutant: string | undefined },
): ChildProcess {
  const hook = mutant === undefined ? [] : ['--import', new URL('mutant-hook.ts', import.meta.url).href]
  const args = [...hook, import.meta.filename, '--from', String(from), '--step', String(cores)]
  return spawn(process.execPath, [...args, '--seeds', String(seeds)], {
    env: { ...process.env, ...(mutant === undefined ? {} : { SIMULATED_MUTANT: mutant }) },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}
