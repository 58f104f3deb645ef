import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What the agents told outside: each call, and what it used. */
export interface Mark {
  readonly attempt: number
  readonly task: string
  readonly stage: string
  readonly tokens: number
  readonly ended: boolean
}

/** Where agents leave marks that the program does not know of. */
export async function openLedger() {
  const marks: Mark[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (text: string) => (body += text))
    request.on('end', () => {
      marks.push(JSON.parse(body) as Mark)
      response.end()
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/`,
    marks: (): readonly Mark[] => marks,
    close: async (): Promise<void> => {
      server.closeAllConnections()
      await new Promise<void>((done) => server.close(() => done()))
    },
  }
}
