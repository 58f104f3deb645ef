import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, type IncomingHttpHeaders, request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openScrapeServer } from '../../src/observe/metrics/scrape-server.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { processIdentity } from '../../src/runtime/process-identity.ts'
import { openSqliteStore } from '../../src/store/sqlite.ts'
import { newRun } from '../support/store-data.ts'

type Server = Awaited<ReturnType<typeof openScrapeServer>>

describe('the server of metrics', () => {
  let directory: string
  let db: string
  let server: Server
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'store-'))
    db = join(directory, 'store.db')
    server = await openScrapeServer({ host: '127.0.0.1', port: 0, expose: false, db })
  })
  afterEach(async () => {
    await server[Symbol.asyncDispose]()
    rmSync(directory, { recursive: true, force: true })
  })

  it('answers metrics and health, of a store that comes later too', async () => {
    expect(await ask(server, '/metrics')).toMatchObject({
      status: 200,
      headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' },
      body: expect.stringContaining('tdd_health_status{status="UNKNOWN"} 1'),
    })
    expect(JSON.parse((await ask(server, '/health')).body)).toMatchObject({ status: 'UNKNOWN', run: null })
    const store = await openSqliteStore({ path: db, clock: systemClock, owner: processIdentity() })
    await store.createRun(newRun('run-1'), 1)
    await store.startRun('run-1', { target: 't', base: 'b', workers: 1 }, 2)
    const health = await ask(server, '/health?verbose')
    expect(health.status).toBe(200)
    expect(JSON.parse(health.body)).toMatchObject({ status: 'HEALTHY', run: { id: 'run-1', live: true } })
    expect((await ask(server, '/metrics')).body).toContain('tdd_run_live 1')
    await store.close()
    expect(JSON.parse((await ask(server, '/health')).body)).toMatchObject({ run: { state: 'interrupted' } })
  })

  it('lives but is not ready, and says why, while the store cannot be read', async () => {
    writeFileSync(db, 'no database at all, but long enough to be looked at as if it were one. '.repeat(10))
    expect(await ask(server, '/health/live')).toMatchObject({ status: 200, body: '{"live":true}\n' })
    expect(await ask(server, '/health/ready')).toMatchObject({ status: 503, body: '{"ready":false}\n' })
    expect(await ask(server, '/health')).toMatchObject({ status: 503 })
    expect(await ask(server, '/metrics')).toMatchObject({
      status: 503,
      body: expect.stringContaining('store_corrupt: '),
    })
    rmSync(db)
    expect(await ask(server, '/health/ready')).toMatchObject({ status: 200 })
  })

  it.each<[string, Asked, number]>([
    ['another path', { path: '/metrics/../secret' }, 404],
    ['another method', { method: 'POST' }, 405],
    ['a name that a web page made point here', { headers: { host: 'evil.example:80' } }, 403],
    ['a name with a trick in it', { headers: { host: '127.0.0.1.evil.example' } }, 403],
    ['this machine by another of its names', { headers: { host: 'LOCALHOST:1' } }, 200],
    ['only the head', { method: 'HEAD' }, 200],
    ['what it has by a whole address', { path: 'http://127.0.0.1:9464/health/live?x' }, 200],
    ['another path by a whole address', { path: 'http://localhost' }, 404],
    ['something of another machine by a whole address', { path: 'http://evil.example/health/live' }, 403],
  ])('is asked for %s', async (_, asked, status) => {
    const answer = await ask(server, '/health/live', asked)
    expect(answer.status).toBe(status)
    if (asked.method === 'HEAD') expect(answer.body).toBe('')
  })

  it('answers a broken request and a header without end with an error, and goes on', async () => {
    expect(await say(server, 'NONSENSE\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /)
    expect(await say(server, `GET / HTTP/1.1\r\nhost: ${'x'.repeat(20_000)}`)).toMatch(/^HTTP\/1\.1 431 /)
    expect((await ask(server, '/health/live')).status).toBe(200)
  })

  it('answers no more than a few at once of the many that one connection sends, and closes it', async () => {
    const heard = await say(server, 'GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n'.repeat(300))
    expect(heard).toContain('503 Service Unavailable')
    expect(heard.match(/HTTP\/1\.1 200 OK/g) ?? []).toHaveLength(16)
  })

  it('answers whoever asks, however many connections are held open that ask for nothing', async () => {
    const agent = new Agent({ keepAlive: true })
    await ask(server, '/health/live', { agent })
    const held: Socket[] = []
    let ended = 0
    for (let count = 0; count < 70; count += 1) {
      const socket = connect(server.port, '127.0.0.1')
      held.push(socket)
      socket.on('error', () => undefined).once('close', () => (ended += 1))
      await once(socket, 'connect')
      socket.write('GET /metrics HTTP/1.1\r\n')
    }
    for (let time = 0; time < 3; time += 1)
      expect((await ask(server, '/health/live', { agent })).status).toBe(200)
    expect((await ask(server, '/health/live')).status).toBe(200)
    expect(ended, 'only those over the bound').toBeLessThanOrEqual(8)
    agent.destroy()
    for (const socket of held) socket.destroy()
  })

  it('ends at once though a connection is kept open, and twice without harm', async () => {
    const agent = new Agent({ keepAlive: true })
    await ask(server, '/metrics', { agent })
    await server[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
    await expect(ask(server, '/metrics', { agent })).rejects.toThrow(/ECONNREFUSED|ECONNRESET|hang up/)
    agent.destroy()
  })

  it('refuses a port that is taken, with the way out', async () => {
    await expect(
      openScrapeServer({ host: '127.0.0.1', port: server.port, expose: false, db }),
    ).rejects.toMatchObject({ code: 'address_unusable', hint: expect.stringContaining('--port 0') })
  })

  it('refuses an address that this machine does not have, for which no port helps', async () => {
    const foreign = { host: '192.0.2.1', port: 0, expose: true, db }
    await expect(openScrapeServer(foreign)).rejects.toMatchObject({
      code: 'address_unusable',
      hint: expect.stringMatching(/--host 127\.0\.0\.1/),
    })
  })

  it('listens where other machines reach it only when that is said, and then takes any address as its name', async () => {
    const open = { host: '0.0.0.0', port: 0, db }
    await expect(openScrapeServer({ ...open, expose: false })).rejects.toMatchObject({
      code: 'usage',
      hint: expect.stringContaining('--expose'),
    })
    await expect(openScrapeServer({ ...open, host: 'localhos', expose: true })).rejects.toThrow('no address')
    await using exposed = await openScrapeServer({ ...open, expose: true })
    const headers = (host: string) => ({ headers: { host } })
    expect((await ask(exposed, '/health/live', headers('192.0.2.7:9464'))).status).toBe(200)
    expect((await ask(exposed, '/health/live', headers('evil.example'))).status).toBe(403)
  })
})

interface Asked {
  readonly path?: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly agent?: Agent
}

function ask(
  server: Server,
  path: string,
  asked: Asked = {},
): Promise<{ status: number; headers: IncomingHttpHeaders; body: string }> {
  return new Promise((resolve, reject) => {
    const call = request({ host: '127.0.0.1', port: server.port, path, ...asked }, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (part: string) => {
        body += part
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }))
    })
    call.on('error', reject).end()
  })
}

/** Sends bytes as they are and answers what comes back until the other side closes. */
function say(server: Server, text: string): Promise<string> {
  return new Promise((resolve) => {
    let heard = ''
    const socket = connect(server.port, '127.0.0.1', () => socket.write(text))
    socket.on('data', (part) => {
      heard += part.toString()
    })
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(heard))
  })
}
