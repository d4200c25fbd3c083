import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createNetServer, type Server as NetServer } from 'node:net'
import { ResourceConflictError } from '@tidemill/core'
import { API_HEADERS } from './http/security-headers.ts'

const HEADERS_TIMEOUT_MS = 10_000
const KEEP_ALIVE_MS = 75_000
const MAX_HEADER_BYTES = 16 * 1024
/** Of the whole close: streams end at once, requests in flight get this long. */
const CLOSE_LIMIT_MS = 800
/** Of a request that came before the store was open. */
const OPENING_LIMIT_MS = 30_000
const MAX_WAITING = 1_000
const RETRY_AFTER_SECONDS = 2

const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '::1', 'localhost'])

/**
 * Listens from the first moment: `/health` is answered at once, `/ready` says no, and other requests wait until the
 * application behind the door is there. Loads nothing but Node, so that it can be open while the rest is still read.
 */
export interface FrontDoor extends AsyncDisposable {
  /** Where clients on this machine reach it. */
  readonly url: string
  readonly server: Server
  /** Other machines reach it too. */
  readonly isPublic: boolean
  /** Hands over what waits and all that comes. */
  open(handler: RequestListener): void
}

/**
 * Opens the port. Throws ResourceConflictError when it is taken or not to be had. Disposal cuts off what is still in
 * flight after 0.8 s.
 */
export const openFrontDoor = async ({
  host,
  port,
  openingLimitMs = OPENING_LIMIT_MS,
}: {
  readonly host: string
  readonly port: number
  /** Milliseconds that a request waits for the application. @default 30000 */
  readonly openingLimitMs?: number
}): Promise<FrontDoor> => {
  const queue = createWaitingRoom(openingLimitMs)
  let handler: RequestListener = queue.receive
  const server = createServer(
    {
      keepAliveTimeout: KEEP_ALIVE_MS,
      headersTimeout: HEADERS_TIMEOUT_MS,
      // A large upload over a slow line takes as long as it takes.
      requestTimeout: 0,
      maxHeaderSize: MAX_HEADER_BYTES,
    },
    (request, response) => handler(request, response),
  )
  await listen(server, host === 'localhost' ? '127.0.0.1' : host, port)
  const boundPort = portOf(server.address()) ?? port
  const second = host === 'localhost' ? await listenOnIpv6Loopback(server, boundPort) : undefined
  return {
    url: toUrl(host, boundPort),
    server,
    isPublic: !LOOPBACK.has(host),
    open: (next) => {
      handler = next
      queue.release(next)
    },
    [Symbol.asyncDispose]: async () => {
      queue.refuse()
      second?.close()
      await close(server)
    },
  }
}

/** `localhost` is two addresses, and clients take either. Not every machine has the second. */
const listenOnIpv6Loopback = (server: Server, port: number): Promise<NetServer | undefined> =>
  new Promise((resolve) => {
    const second = createNetServer((socket) => server.emit('connection', socket))
    second.once('error', () => resolve(undefined))
    second.listen({ host: '::1', port }, () => resolve(second))
  })

interface WaitingRoom {
  readonly receive: RequestListener
  release(handler: RequestListener): void
  /** Nobody will come. */
  refuse(): void
}

const createWaitingRoom = (limitMs: number): WaitingRoom => {
  const waiting = new Map<
    ServerResponse<IncomingMessage>,
    { readonly request: IncomingMessage; timer: NodeJS.Timeout }
  >()
  const leave = (response: ServerResponse<IncomingMessage>): void => {
    clearTimeout(waiting.get(response)?.timer)
    waiting.delete(response)
  }
  const refuse = (response: ServerResponse<IncomingMessage>): void => {
    leave(response)
    const message = 'The server is starting: its store is not open yet. Try again shortly.'
    answer(response, 503, 'application/json; charset=utf-8', {
      'retry-after': String(RETRY_AFTER_SECONDS),
      body: JSON.stringify({ error_code: 'TEMPORARILY_UNAVAILABLE', message }),
    })
  }
  return {
    receive: (request, response) => {
      const path = (request.url ?? '').split('?', 1)[0]
      const isProbe = request.method === 'GET' || request.method === 'HEAD'
      if (isProbe && path === '/health') {
        answer(response, 200, 'text/plain; charset=utf-8', { body: 'OK' })
      } else if (isProbe && path === '/ready') {
        const body = JSON.stringify({ status: 'unavailable', parts: { database: { status: 'opening' } } })
        answer(response, 503, 'application/json; charset=utf-8', { body })
      } else if (waiting.size >= MAX_WAITING) {
        refuse(response)
      } else {
        waiting.set(response, { request, timer: setTimeout(() => refuse(response), limitMs) })
        response.once('close', () => leave(response))
      }
    },
    release: (handler) => {
      for (const [response, { request }] of waiting) {
        leave(response)
        handler(request, response)
      }
    },
    refuse: () => {
      for (const response of waiting.keys()) refuse(response)
    },
  }
}

const answer = (
  response: ServerResponse<IncomingMessage>,
  status: number,
  contentType: string,
  { body, ...headers }: { readonly body: string; readonly 'retry-after'?: string },
): void => {
  response.writeHead(status, { ...API_HEADERS, ...headers, 'content-type': contentType, 'content-length': body.length })
  response.end(body)
}

const listen = async (server: Server, host: string, port: number): Promise<void> => {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen({ host, port }, () => {
        server.off('error', reject)
        resolve()
      })
    })
  } catch (error) {
    throw toListenError(error, host, port)
  }
}

const close = async (server: Server): Promise<void> => {
  const cut = setTimeout(() => server.closeAllConnections(), CLOSE_LIMIT_MS)
  try {
    await new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeIdleConnections()
    })
  } finally {
    clearTimeout(cut)
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
