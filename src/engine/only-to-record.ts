import type { Step } from '../domain/next-step.ts'
import type { CircuitRow } from '../store/circuit-records.ts'
import type { RunContext } from './context.ts'
import { stepOf, type Stepping } from './step-of.ts'

/**
 * The first of the candidates that no agent works any more while run or workers are held: it only has to be written down,
 * or wants to land, and waits for no circuit. Null where there is none.
 */
export async function onlyToRecord(
  context: Stepping & Pick<RunContext, 'schedule'>,
  candidates: readonly string[],
): Promise<string | null> {
  const { store, schedule, run } = context
  const begun = schedule.givenBack(candidates)
  const circuits = begun.length === 0 ? [] : await store.circuits(run, 'not_closed')
  if (circuits.every(({ level }) => level === 'stage')) return null
  const usedUp = new Set(circuits.filter(isUsedUp).map(({ identifier }) => identifier))
  for (const key of begun) {
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
