import type { AddressInfo } from 'node:net'
import { ResourceConflictError } from '@tidemill/core'
import { createApp } from './app.ts'
import type { AppServices } from './context.ts'

/** Of the whole close: streams end at once, requests in flight get this long. */
const CLOSE_LIMIT_MS = 800

const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '::1', 'localhost'])

export interface RunningServer extends AsyncDisposable {
  /** Where clients on this machine reach it. */
  readonly url: string
}

/**
 * Listens until disposed; the services stay the caller's. Throws ResourceConflictError when the port is taken.
 * Disposal takes at most a second.
 */
export const startServer = async (services: AppServices): Promise<RunningServer> => {
  const { host, port } = services.config
  const app = createApp(services)
  try {
    await app.listen({ host, port, listenTextResolver: () => 'server listens' })
  } catch (error) {
    await app.close()
    throw toListenError(error, host, port)
  }
  if (!LOOPBACK.has(host)) {
    services.logger.warn(
      { host },
      'the server is reachable from other machines and asks nobody who they are: keep it behind a firewall or an authenticating proxy',
    )
  }
  return {
    url: toUrl(host, portOf(app.server.address()) ?? port),
    [Symbol.asyncDispose]: async () => {
      const cut = setTimeout(() => app.server.closeAllConnections(), CLOSE_LIMIT_MS)
      try {
        await app.close()
      } finally {
        clearTimeout(cut)
      }
    },
  }
}

const portOf = (address: AddressInfo | string | null): number | undefined =>
  typeof address === 'object' ? address?.port : undefined

const toUrl = (host: string, port: number): string => {
  const isAny = host === '0.0.0.0' || host === '::'
  const name = isAny ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host
  return `http://${name}:${port}`
}

const toListenError = (error: unknown, host: string, port: number): unknown => {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'EADDRINUSE') {
    return new ResourceConflictError(
      `Port ${port} on ${host} is taken by another program. Stop it, or choose another one with --port.`,
      { cause: error },
    )
  }
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return new ResourceConflictError(`This machine has no address '${host}'. Choose another one with --host.`, {
      cause: error,
    })
  }
  if (code === 'EACCES') {
    return new ResourceConflictError(`Port ${port} needs more rights than this user has. Choose one above 1023.`, {
      cause: error,
    })
  }
  return error
}
