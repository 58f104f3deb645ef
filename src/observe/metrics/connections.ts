import type { Server } from 'node:http'
import type { Socket } from 'node:net'

/**
 * Bounds the open connections of a server. Where one more comes, that which idled longest gives way: connections that
 * are held open and ask for nothing keep nobody out.
 */
export function boundConnections(server: Server, most: number): void {
  const open = new Set<Socket>()
  /** Without a request that is being answered; the longest first. */
  const idle = new Set<Socket>()
  // Those that gave way are counted until they have closed.
  server.maxConnections = 2 * most
  server.on('connection', (socket) => {
    open.add(socket)
    idle.add(socket)
    socket.once('close', () => {
      open.delete(socket)
      idle.delete(socket)
    })
    const [longest] = idle
    if (open.size > most) longest?.destroy()
  })
  server.on('request', ({ socket }, response) => {
    idle.delete(socket)
    response.once('close', () => {
      if (open.has(socket)) idle.add(socket)
    })
  })
}
