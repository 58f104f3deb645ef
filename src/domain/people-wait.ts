import type { PersonHold } from './person.ts'
import { approveTask, submitTask } from './closing-command.ts'
import { counted } from './wording.ts'

/** A task as far as people are waited for with it. */
export interface PeopleWait {
  readonly key: string
  readonly person: Pick<PersonHold, 'asks'> | null
  readonly waitsForApproval: boolean
}

/** It goes on as soon as a person does something, and not before. */
export function waitsForPerson({ person, waitsForApproval }: Omit<PeopleWait, 'key'>): boolean {
  return waitsForApproval || (person !== null && person.asks === null)
}

/** Named one by one up to here. */
const NAMED = 5

/** What a run waits for that has nothing else to do; null where it waits for nobody. */
export function peopleWaitText(waits: readonly PeopleWait[]): string | null {
  const lines = waits.filter(waitsForPerson).map(waitText)
  if (lines.length === 0) return null
  const more = lines.length - NAMED
  const rest = more > 0 ? [`and ${counted(more, 'other task')}: orchestrator task list`] : []
  return ['it waits for people', [...lines.slice(0, NAMED), ...rest].join('; ')].join(': ')
}

/** What one task waits for, with the line to type. */
function waitText({ key, waitsForApproval }: PeopleWait): string {
  return waitsForApproval
    ? `${key} waits to be approved (${approveTask(key)})`
    : `${key} is with a person (${submitTask(key)})`
}
