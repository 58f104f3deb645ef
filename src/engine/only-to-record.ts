import type { Step } from '../domain/next-step.ts'
import type { CircuitRow } from '../store/circuit-records.ts'
import { stepOf, type Stepping } from './step-of.ts'

/** Tasks that are looked at before the next worker comes. */
const MOST_LOOKED_AT = 64

/**
 * The first of the tasks that were given back that no agent works any more while run or workers are held: it only has to be
 * written down, or wants to land, and waits for no circuit. Null where there is none.
 */
export async function onlyToRecord(context: Stepping): Promise<string | null> {
  const { store, run, clock } = context
  const circuits = await store.circuits(run, 'not_closed')
  if (circuits.every(({ level }) => level === 'stage')) return null
  const usedUp = new Set(circuits.filter(isUsedUp).map(({ identifier }) => identifier))
  for (const key of await store.claimable(run, clock.now(), MOST_LOOKED_AT, { givenBack: true })) {
    const task = await store.task(run, key)
    if (task === null) continue
    const { step } = await stepOf(context, task)
    if (RECORDED.has(step.do) || (step.do === 'attempt' && usedUp.has(`${key}:${step.stage}`))) return key
  }
  return null
}

const RECORDED: ReadonlySet<Step['do']> = new Set(['land', 'fail', 'need_human'])

/** Its task waits for a person. */
function isUsedUp({ level, circuit }: CircuitRow): boolean {
  return level === 'stage' && circuit.state === 'open' && circuit.probeAt === null
}
