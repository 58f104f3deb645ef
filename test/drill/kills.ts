import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { randomOf } from '../support/seeded-random.ts'
import { type End, endPicker, WAYS, wayOf } from './ends.ts'
import { openLedger } from './ledger.ts'
import { type Asleep, live, wakeAll } from './life.ts'
import { call, type DrillPlace, makePlace } from './place.ts'
import { readRemains } from './remains.ts'
import { faultsOf } from './whole.ts'

/** Of one repository: then it is left to come to its end. */
const KILLS_EACH = 25
const MOST_STARTS = 100
/** From so many on each way to end has had its turn several times. */
const ENOUGH_KILLS = 300

/** Ends the built program until `kills` processes have ended by it, and holds what is left against what the agents told. */
async function drillKills(kills: number, seed: number): Promise<void> {
  const random = randomOf(seed)
  const counts = new Map(WAYS.map((way) => [way, 0]))
  const pick = endPicker(random)
  let done = 0
  for (let repository = 1; done < kills; repository += 1) {
    const told = await drillOne({ random, pick, most: Math.min(KILLS_EACH, kills - done) })
    done += told.ends.length
    for (const end of told.ends) counts.set(wayOf(end), (counts.get(wayOf(end)) ?? 0) + 1)
    process.stdout.write(
      `repository ${repository}: ${told.ends.length} kills, ${told.calls} calls of agents, ${told.estimated} of them estimated; ${done} of ${kills} kills\n`,
    )
  }
  for (const [way, count] of counts) process.stdout.write(`${String(count).padStart(6)}  ${way}\n`)
  process.stdout.write(`${done} kills, nothing lost and nothing doubled\n`)
  const never = [...counts].filter(([, count]) => count === 0).map(([way]) => way)
  if (done >= ENOUGH_KILLS && never.length > 0) throw new Error(`never came about: ${never.join(', ')}`)
}

interface Drill {
  readonly random: () => number
  readonly pick: () => End
  readonly most: number
}

async function drillOne({ random, pick, most }: Drill) {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'tdd-kills-')))
  const ledger = await openLedger()
  try {
    const place = makePlace(directory, ledger.url)
    await call(place, ['ingest', place.plans.first, '--trust-commands'])
    await call(place, ['run', '--json'])
    await call(place, ['ingest', place.plans.numbers, '--trust-commands'])
    const ends: End[] = []
    const asleep: Asleep = { halted: null, git: null }
    for (let starts = 0, isComplete = false; !isComplete; starts += 1) {
      if (starts === MOST_STARTS) throw new Error(`the run did not end within ${MOST_STARTS} starts`)
      const end = ends.length < most ? fitting(pick(), asleep) : null
      const lived = await live(place, asleep, { end, random })
      ends.push(...lived.ends)
      isComplete = lived.isComplete || (await endedBefore(place, asleep))
    }
    await wakeAll(place, asleep)
    if ((await stateOf(place)) !== 'completed') throw new Error('the run ended, and is not completed')
    const remains = readRemains(place, ledger.marks())
    const faults = faultsOf(remains)
    if (faults.length > 0) throw new Error(`${faults.join('\n')}\nafter ${ends.map(wayOf).join(', ')}`)
    const estimated = remains.attempts.filter(({ settled }) => settled?.estimated === true).length
    return { ends, calls: new Set(ledger.marks().map(({ attempt }) => attempt)).size, estimated }
  } finally {
    await ledger.close()
    rmSync(directory, { recursive: true, force: true, maxRetries: 3 })
  }
}

/** Whether a process was killed or stopped behind the last change of its run: nobody has to take over from it then. */
async function endedBefore(place: DrillPlace, asleep: Asleep): Promise<boolean> {
  if ((await stateOf(place)) !== 'completed') return false
  if (asleep.halted !== null) asleep.halted = { ...asleep.halted, hadStore: false }
  return true
}

/** One process at a time is stopped for another to take over, and one git. */
function fitting(end: End, { halted, git }: Asleep): End {
  if (end.kind !== 'step') return end
  const { step } = end
  const [way = 'kill', withGit] = step.how.split('_')
  const isTooMuch = (halted !== null && way === 'stop') || (git !== null && withGit !== undefined)
  return isTooMuch ? { kind: 'step', step: { ...step, how: 'kill' } } : end
}

async function stateOf(place: DrillPlace): Promise<string> {
  const { run } = JSON.parse(await call(place, ['status', '--json'])) as {
    readonly run: { readonly state: string } | null
  }
  return run?.state ?? 'none'
}

const { values } = parseArgs({
  options: { kills: { type: 'string' }, seed: { type: 'string', default: '1' } },
})
const kills = Number(values.kills)
if (Number.isInteger(kills) && kills > 0) await drillKills(kills, Number(values.seed))
else {
  process.stderr.write('--kills takes a whole number of kills, from 1\n')
  process.exitCode = 2
}
