import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { NewEvent } from '../../src/domain/event.ts'
import { openFaultLog } from '../../src/engine/fault-log.ts'
import { Notifications } from '../../src/engine/notifications.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { processIdentity } from '../../src/runtime/process-identity.ts'
import { openSqliteStore } from '../../src/store/sqlite.ts'
import type { Store } from '../../src/store/store.ts'
import { doingBefore } from '../support/interleave.ts'
import { addedPlan, newRun, taskDefinition } from '../support/store-data.ts'
import { answering, type WebhookServer, webhookServer } from '../support/webhook-server.ts'

const RUN = 'run-1'

describe('telling people of a run', () => {
  let directory: string
  let store: Store
  let server: WebhookServer
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'told-'))
    store = await openSqliteStore({
      path: join(directory, 'store.db'),
      clock: systemClock,
      owner: processIdentity(),
    })
    await store.createRun(newRun(RUN), 1)
    await store.addTasks(RUN, addedPlan(taskDefinition('A'), taskDefinition('B')), 2)
    await store.startRun(RUN, { target: 't', base: 'b', workers: 1 }, 3)
    server = await webhookServer()
  })
  afterEach(async () => {
    await server[Symbol.asyncDispose]()
    await store.close()
    rmSync(directory, { recursive: true, force: true })
  })

  const start = async (
    options: { flushMs?: number; over?: Store; stopping?: AbortSignal } = {},
  ): Promise<Notifications> => {
    const { flushMs = 5_000, over = store, stopping = new AbortController().signal } = options
    const receiver = { name: 'slack', url: server.url, secret: null, allowPrivate: true } as const
    const parts = { store: over, clock: systemClock, faults: openFaultLog(directory, { clock: systemClock }) }
    const telling = new Notifications(parts, {
      run: RUN,
      receivers: [receiver],
      throttleMs: 300_000,
      flushMs,
      stopping,
    })
    await telling.start()
    return telling
  }
  const needsHuman = (task: string): Promise<void> => store.append([needs(task)], systemClock.now())
  const sent = (): string[] => server.received.map(({ body }) => (JSON.parse(body) as { text: string }).text)
  const failures = async (): Promise<unknown[]> =>
    (await store.events({ after: 0, limit: 1_000 }))
      .filter(({ kind }) => kind === 'notification_failed')
      .map(({ data }) => data['reason'])

  it('sends what happened together as one message, once, with what came last although it ends at once', async () => {
    const telling = await start()
    await needsHuman('A')
    await store.suspendRun(RUN, 'incomplete', null, systemClock.now())
    await Promise.all([telling.stop(), telling.stop()])
    await (await start()).stop()
    expect(sent()).toEqual(['A needs you; The run ended incomplete'])
  })

  it('waits for no receiver that hangs: the next run sends it, as the same message', async () => {
    const leaving = new AbortController()
    server.answer(() => leaving.abort())
    const telling = await start({ stopping: leaving.signal })
    await needsHuman('A')
    await telling.stop()
    expect(await failures()).toEqual(['what is not sent yet goes out with the next run'])
    const next = await start({ flushMs: 10_000 })
    await server.until(2)
    await next.stop()
    expect(server.received[1]?.body).toBe(server.received[0]?.body)
  })

  it('tries again at the end while there is time for it, and no longer', async () => {
    const later = answering(429, '', { 'Retry-After': '3600' })
    server.answer(answering(503), answering(200), later)
    const telling = await start()
    await needsHuman('A')
    await telling.stop()
    expect(sent()).toEqual(['A needs you', 'A needs you'])
    const next = await start({ flushMs: 60_000 })
    await needsHuman('B')
    await next.stop()
    expect(sent()).toEqual(['A needs you', 'A needs you', 'B needs you'])
    expect(await failures()).toEqual(['what is not sent yet goes out with the next run'])
  })

  it('sends again, as the same message, what was sent and not marked when the process was killed', async () => {
    const killed = doingBefore(store, 'settleMessage', () => new Promise(() => undefined))
    await start({ over: killed })
    await needsHuman('A')
    await server.until(1)
    const next = await start()
    await server.until(2)
    await next.stop()
    await (await start()).stop()
    expect(server.received.map(({ body }) => body)).toEqual([
      server.received[0]?.body,
      server.received[0]?.body,
    ])
  })

  it('sends nothing more when a person wants it to end at once', async () => {
    const telling = await start({ stopping: AbortSignal.abort() })
    await needsHuman('A')
    await telling.stop()
    expect(sent()).toEqual([])
    await (await start()).stop()
    expect(sent()).toEqual(['A needs you'])
  })

  it('tries again what failed, and says once in the log what does not help, and no secret anywhere', async () => {
    const gone = answering(404, `no ${server.url.pathname}`)
    server.answer(answering(500), answering(200), gone, gone)
    const telling = await start()
    await needsHuman('A')
    await server.until(2)
    expect(sent()).toEqual(['A needs you', 'A needs you'])
    expect(await failures()).toEqual([])
    await needsHuman('B')
    await telling.stop()
    const [failure, ...others] = await failures()
    expect(failure).toBe(`${server.url.host}: it answered 404; it is not tried again`)
    expect(others).toEqual([])
    const written = readdirSync(directory).map((name) => readFileSync(join(directory, name), 'latin1'))
    expect(written.join('\n')).not.toContain('SECRET')
  })

  it('misses nothing that is written while it is told to stop', async () => {
    let isFirst = true
    const queued: Store['queueNotifications'] = async (...args) => {
      const last = await store.queueNotifications(...args)
      if (isFirst) {
        isFirst = false
        await store.suspendRun(RUN, 'incomplete', null, systemClock.now())
        void telling.stop()
      }
      return last
    }
    const over = new Proxy(store, {
      get: (real, name) => {
        const value: unknown = name === 'queueNotifications' ? queued : Reflect.get(real, name, real)
        return typeof value === 'function' ? (value.bind(real) as unknown) : value
      },
    })
    const telling = await start({ over })
    await needsHuman('A')
    await server.until(1)
    await telling.stop()
    expect(sent()).toEqual(['A needs you; The run ended incomplete'])
  })

  it('says one thing of a circuit that flaps, however often it opens and closes', async () => {
    const telling = await start()
    for (let change = 0; change < 40; change += 1) {
      await store.append([circuit(change % 2 === 0 ? 'circuit_opened' : 'circuit_closed')], systemClock.now())
      if (change === 5) await store.append([circuit('circuit_flapping')], systemClock.now())
    }
    await telling.stop()
    expect(sent()).toEqual(['worker_1 is held back and tried again and again'])
  })

  it('fails nothing when the store does', async () => {
    const broken = doingBefore(store, 'queueNotifications', () =>
      Promise.reject(new Error('the disk is full')),
    )
    const telling = await start({ over: broken })
    await needsHuman('A')
    await telling.stop()
    expect(readFileSync(join(directory, 'faults.log'), 'utf8')).toContain('notifications: the disk is full')
  })

  it('costs no write where nobody is to be told', async () => {
    const stopping = new AbortController().signal
    const parts = { store, clock: systemClock, faults: openFaultLog(directory, { clock: systemClock }) }
    const telling = new Notifications(parts, { run: RUN, receivers: [], throttleMs: 1, stopping })
    await telling.start()
    await needsHuman('A')
    await telling.stop()
    await (await start()).stop()
    expect(sent()).toEqual([])
  })
})

function circuit(kind: 'circuit_opened' | 'circuit_closed' | 'circuit_flapping'): NewEvent {
  const data = { level: 'worker', circuit: 'worker_1', cause: 'infrastructure' }
  return { run: RUN, kind, task: null, attempt: null, data }
}

function needs(task: string): NewEvent {
  return { run: RUN, kind: 'task_needs_human', task, attempt: null, data: { reason: 'it disputes' } }
}
