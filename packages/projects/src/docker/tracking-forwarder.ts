import { connect, createServer, type Socket } from 'node:net'
import { isErrno } from '../errno.ts'

/** The tracking server as a container reaches it; disposing ends the forwarding. */
export interface ReachableTracking extends AsyncDisposable {
  readonly uri: string
}

/** Docker Desktop's name of the host, for engines whose bridge is not on this machine. */
const DESKTOP_HOST = 'host.docker.internal'

/** Whether the URI names a server of this host's loopback interface, which a container cannot reach. */
export const isLoopbackUri = (uri: string): boolean => {
  const host = URL.parse(uri)?.hostname
  return host === 'localhost' || host === '[::1]' || (host !== undefined && /^127\.\d+\.\d+\.\d+$/.test(host))
}

/** Listens on the bridge's gateway address, which only containers reach, and hands connections to the loopback server. */
export const forwardTracking = async (uri: string, gateway: string | undefined): Promise<ReachableTracking> => {
  const target = new URL(uri)
  const port = Number(target.port) || (target.protocol === 'https:' ? 443 : 80)
  const host = target.hostname.replace(/^\[|\]$/g, '')
  const open = new Set<Socket>()
  const track = (socket: Socket, other: Socket) => {
    open.add(socket)
    socket.once('close', () => {
      open.delete(socket)
      other.destroy()
    })
    // A broken connection is closed right after, which ends its other half.
    socket.on('error', () => undefined)
  }
  const server = createServer((inner) => {
    const outer = connect(port, host)
    track(inner, outer)
    track(outer, inner)
    inner.pipe(outer).pipe(inner)
  })
  const ownPort = gateway === undefined ? undefined : await listen(server, gateway)
  if (ownPort === undefined || gateway === undefined) {
    return { uri: replaceHost(target, DESKTOP_HOST, port), [Symbol.asyncDispose]: async () => undefined }
  }
  return {
    uri: replaceHost(target, gateway, ownPort),
    [Symbol.asyncDispose]: async () => {
      for (const socket of open) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Undefined when the address is not this machine's. */
const listen = (server: ReturnType<typeof createServer>, address: string): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    server.once('error', (error) => (isErrno(error, 'EADDRNOTAVAIL') ? resolve(undefined) : reject(error)))
    server.listen(0, address, () => {
      const bound = server.address()
      resolve(typeof bound === 'object' && bound !== null ? bound.port : undefined)
    })
  })

const replaceHost = (uri: URL, host: string, port: number): string => {
  const replaced = new URL(uri)
  replaced.hostname = host
  replaced.port = String(port)
  return replaced.href.replace(/\/$/, '')
}
