import { describe, expect, it } from 'vitest'
import { DEFAULT_CIRCUITS } from '../../src/domain/circuit-options.ts'
import type { NewEvent } from '../../src/domain/event.ts'
import { GROUP_MS, OLD_MS } from '../../src/domain/notification.ts'
import type { TakenMessage } from '../../src/store/outbox.ts'
import type { Store } from '../../src/store/store.ts'
import { addedPlan, newRun, taskDefinition } from '../support/store-data.ts'

const RUN = 'told'
const THROTTLE_MS = 300_000
const RULES = { receivers: ['slack'], throttleMs: THROTTLE_MS } as const

/** What a store promises about what people are told: once into the outbox, and from there until it has gone out. */
export function notificationPromises(hands: () => Store): void {
  describe('notifications', () => {
    const begin = async (
      receivers: readonly ('slack' | 'webhook')[] = ['slack'],
      title = 'A plan',
    ): Promise<Store> => {
      const store = hands()
      await store.createRun({ ...newRun(RUN), title }, 1)
      await store.addTasks(RUN, addedPlan(taskDefinition('A'), taskDefinition('B')), 2)
      await store.beginNotifications(receivers, 3)
      await store.startRun(RUN, { target: 't', base: 'b', workers: 2, circuits: DEFAULT_CIRCUITS }, 3)
      return store
    }
    const take = (at: number, id = 'm1', early = false): Promise<TakenMessage> =>
      hands().takeMessage({ receiver: 'slack', id, early }, at)
    const titles = (taken: TakenMessage): string[] =>
      taken.kind === 'message' ? taken.message.notifications.map(({ title }) => title) : []

    it('go out together when they happened together, each once, as one message', async () => {
      const store = await begin()
      await store.append([needsHuman('A'), needsHuman('B')], 10)
      await store.queueNotifications(RULES, 10)
      await store.queueNotifications(RULES, 11)
      expect(await take(11)).toEqual({ kind: 'wait', until: 10 + GROUP_MS })
      const taken = await take(10 + GROUP_MS)
      expect(taken).toMatchObject({
        kind: 'message',
        tries: 0,
        message: { id: 'm1', run: { id: RUN, title: 'A plan' }, at: 10 },
      })
      expect(titles(taken)).toEqual(['A needs you', 'B needs you'])
      await store.settleMessage('m1', { kind: 'sent' }, 2_000)
      expect(await take(3_000, 'm2')).toEqual({ kind: 'nothing' })
    })

    it('are the same message for whoever asks next, until it is settled', async () => {
      const store = await begin()
      await store.append([needsHuman('A')], 10)
      await store.queueNotifications(RULES, 10)
      const first = await take(5_000, 'm1')
      await store.append([needsHuman('B')], 5_001)
      await store.queueNotifications(RULES, 5_001)
      expect(await take(9_000, 'm2')).toEqual(first)
      await store.settleMessage('m1', { kind: 'retry', at: 20_000, error: 'it answered 503' }, 9_001)
      expect(await take(19_999, 'm2', true)).toEqual({ kind: 'wait', until: 20_000 })
      expect(await take(20_000, 'm2')).toMatchObject({ kind: 'message', tries: 1, message: { id: 'm1' } })
      await store.settleMessage('m1', { kind: 'given_up', error: 'it answered 404' }, 20_001)
      expect(titles(await take(20_002, 'm3'))).toEqual(['B needs you'])
    })

    it('go to each receiver by itself', async () => {
      const store = await begin(['slack', 'webhook'])
      await store.append([needsHuman('A')], 10)
      await store.queueNotifications({ ...RULES, receivers: ['slack', 'webhook'] }, 10)
      await take(5_000, 'm1')
      await store.settleMessage('m1', { kind: 'given_up', error: 'gone' }, 5_001)
      const other = await store.takeMessage({ receiver: 'webhook', id: 'm2', early: false }, 5_002)
      expect(titles(other)).toEqual(['A needs you'])
    })

    it('are no news of what happened while nobody was told', async () => {
      const store = await begin([])
      await store.append([needsHuman('A')], 10)
      await store.beginNotifications(['slack'], 20)
      await store.append([needsHuman('B')], 21)
      await store.queueNotifications(RULES, 22)
      expect(titles(await take(5_000))).toEqual(['B needs you'])
    })

    it('are no news any more when they waited for too long, whatever kept them, and what came since is', async () => {
      const store = await begin()
      await store.append([needsHuman('A'), needsHuman('B')], 10)
      await store.queueNotifications(RULES, 10)
      const due = 10 + GROUP_MS
      await take(due, 'killed')
      // People work without being told, and much later are told again.
      await store.beginNotifications([], 3_000)
      await store.beginNotifications(['slack'], due + OLD_MS)
      expect(titles(await take(due + OLD_MS, 'm1'))).toEqual(['A needs you', 'B needs you'])
      await store.append([needsHuman('C')], due + OLD_MS)
      await store.queueNotifications(RULES, due + OLD_MS)
      expect(titles(await take(due + OLD_MS + 1, 'm2', true))).toEqual(['C needs you'])
      expect(await take(due + 9 * OLD_MS, 'm3')).toEqual({ kind: 'nothing' })
    })

    it('wait for the throttle, are overtaken by what comes after, and go early where it is the last occasion', async () => {
      const store = await begin()
      await store.append([opened()], 10)
      await store.queueNotifications(RULES, 10)
      await take(2_000, 'm1')
      await store.settleMessage('m1', { kind: 'sent' }, 2_001)
      await store.append([closed()], 3_000)
      await store.queueNotifications(RULES, 3_000)
      expect(await take(4_000, 'm2')).toEqual({ kind: 'wait', until: 10 + GROUP_MS + THROTTLE_MS })
      await store.append([opened()], 5_000)
      await store.queueNotifications(RULES, 5_000)
      expect(await take(6_000, 'm2', true)).toEqual({ kind: 'nothing' })
      await store.append([closed()], 7_000)
      await store.queueNotifications(RULES, 7_000)
      expect(titles(await take(8_000, 'm2', true))).toEqual(['worker_1 works again'])
    })

    it('tell that it works again where people were told early that it does not', async () => {
      const store = await begin()
      await store.append([opened()], 10)
      await store.queueNotifications(RULES, 10)
      expect(titles(await take(20, 'm1', true))).toEqual(['worker_1 is held back'])
      await store.settleMessage('m1', { kind: 'sent' }, 30)
      await store.append([closed()], 40)
      await store.queueNotifications(RULES, 40)
      expect(await take(50, 'm2')).toEqual({ kind: 'wait', until: 20 + THROTTLE_MS })
      expect(titles(await take(50, 'm2', true))).toEqual(['worker_1 works again'])
    })

    it('count what has landed when the run ends', async () => {
      const store = await begin()
      await store.cancel(RUN, 'A', 'not needed', 4)
      await store.suspendRun(RUN, 'incomplete', null, 10)
      await store.queueNotifications(RULES, 10)
      const taken = await take(5_000)
      expect(taken.kind === 'message' && taken.message.notifications[0]?.what).toBe(
        '0 of 2 tasks landed on t.',
      )
    })

    it('are bounded: what comes while a thousand wait is not kept for later', async () => {
      const store = await begin()
      await store.append(
        Array.from({ length: 1_100 }, (_, index) => needsHuman(`T-${index}`)),
        10,
      )
      for (let time = 0; time < 4; time += 1) await store.queueNotifications(RULES, 10)
      let count = 0
      for (let number = 0; number < 30; number += 1) {
        const taken = await take(5_000, `m${number}`)
        if (taken.kind !== 'message') break
        expect(taken.message.notifications.length).toBeLessThanOrEqual(50)
        count += taken.message.notifications.length
        await store.settleMessage(taken.message.id, { kind: 'sent' }, 5_001)
      }
      expect(count).toBe(1_000)
    })

    it('hold no secret that is known by its shape, and nothing unseen', async () => {
      const key = `sk-ant-${'x'.repeat(40)}`
      const store = await begin(['slack'], `Use\u202e ${key}\n${'x'.repeat(2_000)}`)
      const cutInIt = `${'x'.repeat(780)} ${key}`
      await store.append([needsHuman('A', `it said ${key}`), needsHuman('B', cutInIt)], 10)
      await store.queueNotifications(RULES, 10)
      const taken = await take(5_000)
      expect(JSON.stringify(taken)).not.toContain('sk-ant')
      expect(taken.kind === 'message' && taken.message.run.title).toMatch(/^Use \[redacted\] x{100,134}…$/)
    })
  })
}

function needsHuman(task: string, reason = 'it disputes its tests'): NewEvent {
  return { run: RUN, kind: 'task_needs_human', task, attempt: null, data: { reason } }
}

function opened(): NewEvent {
  const data = { level: 'worker', circuit: 'worker_1', cause: 'infrastructure', numbers: { failures: 3 } }
  return { run: RUN, kind: 'circuit_opened', task: null, attempt: null, data }
}

function closed(): NewEvent {
  const data = { level: 'worker', circuit: 'worker_1', reason: 'probes_succeeded' }
  return { run: RUN, kind: 'circuit_closed', task: null, attempt: null, data }
}
