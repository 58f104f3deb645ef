import type { Mark } from './ledger.ts'

/** What is left of a repository and its store once everything has landed, as who looks from outside finds it. */
export interface Remains {
  readonly marks: readonly Mark[]
  /** Keys of the tasks of the plans. */
  readonly keys: readonly string[]
  /** Merges of the targets. */
  readonly landed: readonly { readonly task: string; readonly merge: string }[]
  /** Commits that have a note. */
  readonly noted: readonly string[]
  readonly receipts: readonly { readonly task: string; readonly merge: string }[]
  readonly tasks: readonly { readonly task: string; readonly state: string }[]
  readonly openIntents: number
  readonly attempts: readonly AttemptRow[]
  /** What git finds fault with; empty where nothing. */
  readonly fsck: string
  /** What of the person's checkout is not as it was. */
  readonly checkout: string
  readonly processes: readonly string[]
  /** Temporary files and locks. */
  readonly files: readonly string[]
}

interface AttemptRow {
  readonly id: number
  readonly task: string
  readonly stage: string
  readonly kind: string
  readonly callsAgent: boolean
  /** What it is charged; null where it was never settled. */
  readonly settled: {
    readonly invocations: number
    readonly tokens: number
    readonly estimated: boolean
  } | null
}

/** Everything that is lost, doubled, or left behind. */
export function faultsOf(remains: Remains): string[] {
  const { fsck, checkout, processes, files } = remains
  return [
    ...landingFaults(remains),
    ...storeFaults(remains),
    ...stageFaults(remains),
    ...accountFaults(remains),
    ...(fsck === '' ? [] : [`git finds fault with the repository: ${fsck}`]),
    ...(checkout === '' ? [] : [`the checkout is not as it was: ${checkout}`]),
    ...processes.map((command) => `a process is left: ${command}`),
    ...files.map((file) => `a file is left: ${file}`),
  ]
}

function landingFaults({ keys, landed, noted, receipts }: Remains): string[] {
  const merges = (of: Remains['landed'], key: string): string =>
    of
      .filter(({ task }) => task === key)
      .map(({ merge }) => merge)
      .join(' ')
  return [
    ...keys.flatMap((key) => {
      const times = landed.filter(({ task }) => task === key).length
      return times === 1 ? [] : [`${key} landed ${times} times`]
    }),
    ...landed.filter(({ task }) => !keys.includes(task)).map(({ task }) => `${task} landed, and is no task`),
    ...keys
      .filter((key) => merges(landed, key) !== merges(receipts, key))
      .map((key) => `${key} landed as ${merges(landed, key)}, and its receipt says ${merges(receipts, key)}`),
    ...landed
      .filter(({ merge }) => !noted.includes(merge))
      .map(({ task }) => `${task} landed without a note`),
  ]
}

function storeFaults({ keys, tasks, openIntents, attempts }: Remains): string[] {
  return [
    ...keys.flatMap((key) => {
      const state = tasks.find(({ task }) => task === key)?.state ?? 'lost'
      return state === 'completed' ? [] : [`${key} is ${state}`]
    }),
    ...(openIntents === 0 ? [] : [`${openIntents} intents to land are open`]),
    ...attempts.filter(({ kind }) => kind === 'running').map(({ id }) => `attempt ${id} still runs`),
  ]
}

/** Nothing came back from its landing here, and nobody disputed anything: what was accepted stands. */
function stageFaults({ attempts }: Remains): string[] {
  return attempts
    .filter(({ kind }) => kind === 'accepted')
    .flatMap((accepted) =>
      attempts
        .filter(
          ({ id, task, stage }) => task === accepted.task && stage === accepted.stage && id > accepted.id,
        )
        .map(
          ({ id }) => `${accepted.stage} of ${accepted.task} was accepted, and attempt ${id} ran it again`,
        ),
    )
}

/** Each call has one attempt, which is charged what was used, or by an estimate no less. */
function accountFaults({ marks, attempts }: Remains): string[] {
  const calls = Map.groupBy(marks, ({ attempt }) => attempt)
  const used = (told: readonly Mark[]): number => Math.max(...told.map(({ tokens }) => tokens))
  const sum = (amounts: readonly number[]): number => amounts.reduce((one, other) => one + other, 0)
  const called = [...calls].flatMap(([id, told]) => {
    const row = attempts.find((attempt) => attempt.id === id)
    if (row === undefined) return [`a call of an agent has no attempt ${id}`]
    const { settled } = row
    const begun = told.filter(({ ended }) => !ended).length
    const [first] = told
    return [
      ...(begun === 1 ? [] : [`attempt ${id} called ${begun} agents`]),
      ...(first?.task === row.task && first.stage === row.stage
        ? []
        : [`attempt ${id} called another stage`]),
      ...(settled?.invocations === 1 ? [] : [`attempt ${id} counts ${settled?.invocations ?? 'no'} calls`]),
      ...(settled === null ||
      (settled.estimated ? settled.tokens >= used(told) : settled.tokens === used(told))
        ? []
        : [`attempt ${id} is charged ${settled.tokens} and used ${used(told)}`]),
    ]
  })
  const uncalled = attempts
    .filter(({ id, settled }) => !calls.has(id) && (settled?.invocations ?? 0) > 0 && !settled?.estimated)
    .map(({ id }) => `attempt ${id} is charged and called nobody`)
  const unsettled = attempts
    .filter(({ callsAgent, settled }) => callsAgent && settled === null)
    .map(({ id }) => `attempt ${id} was never settled`)
  const known = attempts.filter(({ settled }) => settled !== null && !settled.estimated)
  const told = sum(known.map(({ id }) => used(calls.get(id) ?? [NOTHING])))
  const charged = sum(known.map(({ settled }) => settled?.tokens ?? 0))
  const all = sum(attempts.map(({ settled }) => settled?.tokens ?? 0))
  const spent = sum([...calls.values()].map(used))
  return [
    ...called,
    ...uncalled,
    ...unsettled,
    ...(charged === told ? [] : [`settled attempts sum to ${charged}, and used ${told}`]),
    ...(all >= spent ? [] : [`with the estimated ones attempts sum to ${all}, and used ${spent}`]),
  ]
}

const NOTHING: Mark = { attempt: 0, task: '', stage: '', tokens: 0, ended: true }
