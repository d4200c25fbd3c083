import { createServer, connect, type Server, type Socket } from 'node:net'

export interface DatabaseLine {
  /** The same database, through the line. */
  readonly uri: string
  /** Breaks every connection and refuses new ones, as a Postgres that was stopped. */
  cut(): Promise<void>
  restore(): Promise<void>
}

/** A TCP line to a Postgres server that a test can cut without stopping the Postgres that other tests use. */
export const openDatabaseLine = async (postgresUri: string): Promise<DatabaseLine> => {
  const target = new URL(postgresUri)
  const sockets = new Set<Socket>()
  let server: Server | undefined
  let port = 0

  const listen = async (): Promise<void> => {
    const next = createServer((incoming) => {
      const outgoing = connect(Number(target.port === '' ? 5432 : target.port), target.hostname)
      for (const socket of [incoming, outgoing]) {
        sockets.add(socket)
        socket.on('close', () => {
          sockets.delete(socket)
          incoming.destroy()
          outgoing.destroy()
        })
        // The other end may be gone already; `close` follows.
        socket.on('error', () => undefined)
      }
      incoming.pipe(outgoing).pipe(incoming)
    })
    await new Promise<void>((resolve, reject) => {
      next.once('error', reject)
      next.listen(port, '127.0.0.1', resolve)
    })
    const address = next.address()
    port = typeof address === 'object' && address !== null ? address.port : port
    server = next
  }

  await listen()
  const uri = new URL(postgresUri)
  uri.hostname = '127.0.0.1'
  uri.port = String(port)
  return {
    uri: uri.href,
    cut: async () => {
      const closed = new Promise((resolve) => server?.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
    restore: listen,
  }
}
