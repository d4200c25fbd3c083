import { BlockList, isIP } from 'node:net'
import type { FastifyRequest } from 'fastify'

/** Loopback and private addresses: a page of the internet cannot have one of them as its name. */
const localAddresses = new BlockList()
localAddresses.addSubnet('127.0.0.0', 8, 'ipv4')
localAddresses.addAddress('0.0.0.0', 'ipv4')
localAddresses.addSubnet('10.0.0.0', 8, 'ipv4')
localAddresses.addSubnet('172.16.0.0', 12, 'ipv4')
localAddresses.addSubnet('192.168.0.0', 16, 'ipv4')
localAddresses.addAddress('::1', 'ipv6')
localAddresses.addSubnet('fc00::', 7, 'ipv6')

/** Names that no outside DNS server answers for. */
const LOCAL_NAMES: ReadonlySet<string> = new Set(['localhost', 'host.docker.internal'])

/** Asked for by load balancers and probes, which name the server as they like. */
const EXEMPT_PATHS: ReadonlySet<string> = new Set(['/health', '/version'])

/**
 * Guards a server without users against DNS rebinding: the Host header must be a local address or name, or one of
 * `allowedHosts`. Addresses are parsed, not matched as text (`10.evil.com` is a name).
 */
export const createHostCheck = (allowedHosts: readonly string[]) => {
  const patterns = allowedHosts.map(toPattern)
  return (request: FastifyRequest): 'allowed' | 'malformed' | 'forbidden' => {
    const target = request.raw.url ?? ''
    const isDoubled = request.raw.rawHeaders.filter((name, index) => index % 2 === 0 && /^host$/i.test(name)).length > 1
    if (!target.startsWith('/') || isDoubled) return 'malformed'
    if (EXEMPT_PATHS.has(target)) return 'allowed'
    const header = request.headers.host ?? ''
    const host = parseHost(header)
    if (host === undefined) return 'forbidden'
    const isAllowed =
      isLocalHost(host) || patterns.some((pattern) => pattern.test(host) || pattern.test(header.toLowerCase()))
    return isAllowed ? 'allowed' : 'forbidden'
  }
}

/** True for a loopback or private address, or a name that means this machine. */
const isLocalHost = (host: string): boolean => {
  if (LOCAL_NAMES.has(host)) return true
  const version = isIP(host)
  return version !== 0 && localAddresses.check(host, version === 4 ? 'ipv4' : 'ipv6')
}

/** `Name:5000` -> `name`, `[::1]:5000` -> `::1`. */
const parseHost = (header: string): string | undefined =>
  /^(?:\[([0-9a-f:.]+)\]|([^:[\]@/\\\s]+))(?::\d{1,5})?$/i.exec(header)?.slice(1).find(Boolean)?.toLowerCase()

const toPattern = (host: string): RegExp =>
  new RegExp(
    `^${host
      .toLowerCase()
      .split('*')
      .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*')}$`,
  )
