import { describe, expect, it } from 'vitest'
import type { Event, EventKind } from './event.ts'
import { hearEvent, type SubjectMemory } from './hear-event.ts'
import { GROUP_MS } from './notification.ts'
import { subjectOf } from './notification-subject.ts'

const THROTTLE_MS = 300_000
const TASKS = { total: 5, completed: 3, failed: 1, needs_human: 1, blocked: 0 }

describe('what people are told', () => {
  it('is nothing of what goes on by itself', () => {
    const own: readonly EventKind[] = [
      'task_claimed',
      'attempt_refused',
      'circuit_half_open',
      'task_completed',
    ]
    expect(own.map((kind) => subjectOf(event(kind, 1)))).toEqual([null, null, null, null])
  })

  it('says of a task that waits for a person what, why, since when, and what to type', () => {
    const { told } = hear([event('task_needs_human', 7, { reason: 'its GREEN failed\ntoo often' }, 'A 1')])
    expect(told).toMatchObject([
      {
        at: 7 + GROUP_MS,
        subject: 'task:A 1',
        severity: 'warning',
        title: 'A 1 needs you',
        why: 'its GREEN failed too often',
        since: 7,
        whatToDo: "orchestrator task show 'A 1'",
      },
    ])
  })

  it('says how far a run came when it ends or pauses', () => {
    const { told } = hear([
      event('run_paused', 1, { state: 'paused', reason: 'the budget is spent' }),
      event('run_ended', 2, { state: 'incomplete', reason: null }),
    ])
    expect(told.map(({ title, what, why }) => [title, what, why])).toEqual([
      ['The run pauses', '3 of 5 tasks landed.', 'the budget is spent'],
      ['The run ended incomplete', '3 of 5 tasks landed on tdd/x; 1 failed; 1 for you to decide.', null],
    ])
  })

  it('says when a run that pauses can go on, and what a person types before', () => {
    const paused = { state: 'paused', reason: 'most work failed', by: 'circuit' }
    const [waits] = hear([event('run_paused', 1, { ...paused, resumeAt: 90_000, reset: null })]).told
    expect(waits).toMatchObject({
      what: '3 of 5 tasks landed. It can go on from 1970-01-01T00:01:30Z.',
      whatToDo: 'orchestrator run --resume',
    })
    const reset = 'orchestrator circuits reset system:system'
    const [usedUp] = hear([event('run_paused', 1, { ...paused, resumeAt: null, reset })]).told
    expect(usedUp).toMatchObject({
      what: '3 of 5 tasks landed.',
      whatToDo: `${reset} && orchestrator run --resume`,
    })
    const steps = ['git -C /place switch --detach']
    const [elsewhere] = hear([event('run_paused', 1, { ...paused, by: 'target', steps })]).told
    expect(elsewhere).toMatchObject({ whatToDo: `${steps.join()} && orchestrator run --resume` })
    const long = [`git -C /${'place'.repeat(80)} switch --detach`]
    const [cut] = hear([event('run_paused', 1, { ...paused, by: 'target', steps: long })]).told
    expect(cut, 'half a command is none').toMatchObject({ whatToDo: 'orchestrator status' })
  })

  it('is not the same twice, unless a person asked for it again', () => {
    const failed = (at: number): Event => event('task_failed', at, { reason: 'used up' }, 'A')
    expect(hear([failed(1), failed(2)]).told).toHaveLength(1)
    expect(hear([failed(1), event('task_retried', 2, {}, 'A'), failed(3)]).told).toHaveLength(2)
    expect(hear([failed(1), failed(2 + GROUP_MS + THROTTLE_MS)]).told).toHaveLength(2)
  })

  it('is that a worker is held back, not tried any more, replaced: each at once, since it gets worse', () => {
    const { told } = hear([
      opened(1),
      event('circuit_exhausted', 2, worker({ cause: 'infrastructure' })),
      event('worker_replaced', 3, { worker: 'worker_1', by: 'worker_3' }),
    ])
    expect(told.map(({ title }) => title)).toEqual(['worker_1 is replaced'])
    const slow = hear([
      opened(1),
      event('circuit_exhausted', 10_000, worker({ cause: 'infrastructure' })),
      event('worker_replaced', 20_000, { worker: 'worker_1', by: 'worker_3' }),
    ])
    expect(slow.told.map(({ title, why }) => `${title}: ${why}`)).toEqual([
      'worker_1 is held back: 3 failures in a row: infrastructure',
      'worker_1 is not tried any more: infrastructure',
      'worker_1 is replaced: null',
    ])
  })

  it('is not that a stage is held: its task tells it when it waits for a person', () => {
    const stage = { level: 'stage', circuit: 'A:green', cause: 'x', numbers: { failures: 3 } }
    expect(hear([event('circuit_opened', 1, stage), event('circuit_exhausted', 2, stage)]).told).toEqual([])
  })

  it('is that a circuit closed, where people know that it was open', () => {
    expect(hear([opened(1), closed(500)]).told).toEqual([])
    const { told } = hear([opened(1), closed(5_000 + THROTTLE_MS)])
    expect(told.map(({ title, what, severity }) => [title, what, severity])).toEqual([
      ['worker_1 is held back', expect.any(String), 'warning'],
      ['worker_1 works again', 'It was held back for 5 min 5 s.', 'info'],
    ])
  })

  it('waits for the throttle, and then is where the circuit stands', () => {
    const back = hear([opened(1), closed(5_000), opened(6_000), closed(7_000)])
    expect(back.told.map(({ title, at }) => [title, at])).toEqual([
      ['worker_1 is held back', 1 + GROUP_MS],
      ['worker_1 works again', 1 + GROUP_MS + THROTTLE_MS],
    ])
    const open = hear([opened(1), closed(5_000), opened(6_000)])
    expect(open.told.map(({ title }) => title)).toEqual(['worker_1 is held back'])
  })

  it('is once that a circuit flaps, and where it stands when it is calm', () => {
    const changes = Array.from({ length: 20 }, (_, index) =>
      index % 2 === 0 ? opened(10_000 + index) : closed(10_000 + index),
    )
    const flapping = [
      ...changes.slice(0, 6),
      event('circuit_flapping', 10_006, worker({ changes: 6, windowMs: 300_000 })),
    ]
    const { told, memory } = hear([...flapping, ...changes.slice(6)])
    expect(told.map(({ title, why }) => [title, why])).toEqual([
      ['worker_1 is held back and tried again and again', '6 changes of its state in 5 min'],
    ])
    expect(hear([event('circuit_calm', 500_000, worker({}))], memory).told.map(({ title }) => title)).toEqual(
      ['worker_1 works again'],
    )
  })

  it('is at most one thing of a circuit in the time of the throttle, however it goes to and fro', () => {
    const changes = Array.from({ length: 400 }, (_, index) =>
      index % 2 === 0 ? opened(index * 10_000) : closed(index * 10_000),
    )
    const at = hear(changes).told.map((one) => one.at)
    expect(at.length).toBeGreaterThan(5)
    expect(at.slice(1).every((time, index) => time - (at[index] ?? 0) >= THROTTLE_MS)).toBe(true)
  })
})

function event(kind: EventKind, at: number, data: Event['data'] = {}, task: string | null = null): Event {
  return { seq: at, at, run: 'r', kind, task, attempt: null, data }
}

function worker(data: Event['data']): Event['data'] {
  return { level: 'worker', circuit: 'worker_1', ...data }
}

function opened(at: number): Event {
  return event(
    'circuit_opened',
    at,
    worker({ cause: 'infrastructure', numbers: { failures: 3, waitMs: 1_000 } }),
  )
}

function closed(at: number): Event {
  return event('circuit_closed', at, worker({ cause: 'infrastructure', reason: 'probes_succeeded' }))
}

/** What goes out in the end: what is due, without what was withdrawn before it was. */
function hear(events: readonly Event[], start: SubjectMemory | null = null) {
  let memory = start
  let told: {
    subject: string
    severity: string
    title: string
    what: string
    why: string | null
    since: number
    whatToDo: string | null
    at: number
  }[] = []
  for (const each of events) {
    const run = () => ({ target: 'tdd/x', tasks: TASKS })
    const heard = hearEvent(each, memory, { now: each.at, throttleMs: THROTTLE_MS, run })
    memory = heard.memory
    if (heard.withdraw) told = told.filter(({ at }) => at <= each.at)
    if (heard.notification !== null && 'dueAt' in heard.telling)
      told.push({ ...heard.notification, at: heard.telling.dueAt })
  }
  return { told, memory }
}
