import {
  type AcceptedWork,
  type Attempt,
  type AttemptOutcome,
  GIVE_UP_CAUSES,
  type LandingReturn,
  LANDING_RETURN_KINDS,
  LOSS_CAUSES,
} from '../domain/attempt.ts'
import { PERSON } from '../domain/person.ts'
import { STAGES } from '../domain/stage.ts'
import type { Row } from './database.ts'
import { isRecord, json, jsonObject, number, oneOf, text, unexpected } from './rows.ts'
import { refusalFrom } from './task-rows.ts'
import { waiverFrom } from './waiver-rows.ts'

export function attemptOf(row: Row): Attempt {
  return {
    id: number(row, 'id'),
    task: text(row, 'key'),
    stage: oneOf(row, 'stage', STAGES),
    number: number(row, 'number'),
    generation: number(row, 'generation'),
    outcome: outcomeOf(row),
    ...(row['worker'] === PERSON ? { byPerson: true } : {}),
  }
}

export function returnOf(row: Row): LandingReturn {
  return {
    task: text(row, 'key'),
    generation: number(row, 'generation'),
    afterAttempt: number(row, 'after_attempt'),
    head: text(row, 'head'),
    kind: oneOf(row, 'kind', LANDING_RETURN_KINDS),
    refusal: refusalFrom(json(row, 'refusal')),
  }
}

function outcomeOf(row: Row): AttemptOutcome {
  const value = jsonObject(row, 'outcome')
  const fault = (): Error => unexpected('outcome', 'an outcome of an attempt', row['outcome'])
  const words = (field: string): string => {
    const found = value[field]
    if (typeof found === 'string') return found
    throw fault()
  }
  const among = <Name extends string>(names: readonly Name[], field: string): Name => {
    const found = names.find((name) => name === value[field])
    if (found === undefined) throw fault()
    return found
  }
  switch (value['kind']) {
    case 'running':
    case 'dispute_rejected':
      return { kind: value['kind'] }
    case 'accepted':
      return { kind: 'accepted', work: workFrom(value['work']) ?? fail(fault()) }
    case 'refused': {
      const list: unknown[] = Array.isArray(value['refusals']) ? value['refusals'] : []
      const [first, ...rest] = list.map(refusalFrom)
      if (first === undefined) throw fault()
      return {
        kind: 'refused',
        refusals: [first, ...rest],
        base: words('base'),
        tree: value['tree'] === null ? null : words('tree'),
      }
    }
    case 'gave_up':
      return { kind: 'gave_up', cause: among(GIVE_UP_CAUSES, 'cause'), detail: words('detail') }
    case 'disputed':
      return { kind: 'disputed', reason: words('reason') }
    case 'lost': {
      const retryAt = typeof value['retryAt'] === 'number' ? value['retryAt'] : null
      return { kind: 'lost', cause: among(LOSS_CAUSES, 'cause'), detail: words('detail'), retryAt }
    }
    default:
      throw fault()
  }
}

function workFrom(value: unknown): AcceptedWork | null {
  if (!isRecord(value)) return null
  const { base, red, green, evidence } = value
  if (typeof base !== 'string' || typeof red !== 'string' || typeof evidence !== 'string') return null
  if (green !== null && typeof green !== 'string') return null
  const waivers: unknown[] = Array.isArray(value['waivers']) ? value['waivers'] : []
  return {
    base,
    red,
    green,
    evidence,
    ...(waivers.length === 0 ? {} : { waivers: waivers.flatMap((each) => waiverFrom(each) ?? []) }),
  }
}

function fail(fault: Error): never {
  throw fault
}
