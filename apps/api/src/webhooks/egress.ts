import { lookup as lookUpName, type LookupAddress } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { InvalidParameterValueError } from '@tidemill/core'
import ipaddr from 'ipaddr.js'
import type { Agent } from 'undici'

/** Answers are read for their status; this much of them is kept for a test call. */
const MAX_BODY_BYTES = 4096

export interface EgressAnswer {
  readonly status: number
  /** The beginning, as text. */
  readonly body: string
  /** Seconds or a date, as sent. */
  readonly retryAfter?: string
}

/** The one way out of the server to addresses that callers name (spec/security.md S7). */
export interface Egress extends AsyncDisposable {
  /** Throws InvalidParameterValueError for a host that is an address of this machine or network. */
  checkUrl(url: string): void
  /** POSTs once: no redirect, no proxy; connects only to the public address that the name has at that moment. */
  post(url: string, body: string, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<EgressAnswer>
}

/** `allowedHosts`: host names and addresses that may be private; `*` allows every one. */
export const createEgress = (options: {
  readonly allowedHosts: readonly string[]
  readonly timeoutMs: number
}): Egress => {
  const isAllowed = (host: string): boolean =>
    options.allowedHosts.includes('*') || options.allowedHosts.includes(host.toLowerCase())

  const lookup: LookupFunction = (host, lookupOptions, done) => {
    lookUpName(host, { ...lookupOptions, all: true }, (error, addresses) => {
      if (error !== null) return done(error, [])
      const refused = isAllowed(host) ? undefined : addresses.find(({ address }) => !isPublicAddress(address))
      if (refused !== undefined)
        return done(new Error(`${host} is at the address ${refused.address}, which is not public`), [])
      return lookupOptions.all === true ? done(null, addresses) : answerOne(addresses, done)
    })
  }
  let agent: Agent | undefined

  const checkUrl = (url: string): void => {
    if (!URL.canParse(url)) throw new InvalidParameterValueError(`'${url}' is not a valid URL.`)
    const host = new URL(url).hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')
    const isAddress = ipaddr.isValid(host)
    if (isAllowed(host)) return
    if (host === 'localhost' || host.endsWith('.localhost') || (isAddress && !isPublicAddress(host))) {
      throw new InvalidParameterValueError(
        `The host '${host}' of the webhook URL is not public. The operator may allow it with --webhook-allowed-hosts.`,
      )
    }
  }

  return {
    checkUrl,
    post: async (url, body, headers, signal) => {
      checkUrl(url)
      // Most servers have no webhook: the HTTP client is loaded with the first delivery.
      const undici = await import('undici')
      agent ??= new undici.Agent({
        connect: { lookup, timeout: options.timeoutMs },
        headersTimeout: options.timeoutMs,
        bodyTimeout: options.timeoutMs,
        connections: 10,
        pipelining: 1,
        keepAliveTimeout: 1000,
      })
      const answer = await undici.request(url, {
        method: 'POST',
        body,
        headers: { ...headers, 'user-agent': 'tidemill-webhook/1' },
        dispatcher: agent,
        signal,
      })
      const retryAfter = answer.headers['retry-after']
      return {
        status: answer.statusCode,
        body: await readBeginning(answer.body),
        ...(typeof retryAfter === 'string' ? { retryAfter } : {}),
      }
    },
    [Symbol.asyncDispose]: async () => agent?.destroy(),
  }
}

const answerOne = (addresses: readonly LookupAddress[], done: Parameters<LookupFunction>[2]): void => {
  const [first] = addresses
  if (first === undefined) done(new Error('the name has no address'), '')
  else done(null, first.address, first.family)
}

const readBeginning = async (body: AsyncIterable<Uint8Array> & { destroy(): unknown }): Promise<string> => {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    chunks.push(chunk)
    size += chunk.length
    if (size >= MAX_BODY_BYTES) break
  }
  body.destroy()
  return Buffer.concat(chunks).subarray(0, MAX_BODY_BYTES).toString('utf8')
}

const GLOBAL_UNICAST_V6 = ipaddr.IPv6.parseCIDR('2000::/3')
const NAT64 = ipaddr.IPv6.parseCIDR('64:ff9b::/96')
const SIX_TO_FOUR = ipaddr.IPv6.parseCIDR('2002::/16')

/** False for every loopback, private, link-local, shared, multicast and reserved address, also one wrapped in IPv6. */
export const isPublicAddress = (text: string): boolean => {
  if (!ipaddr.isValid(text)) return false
  const address = ipaddr.parse(text)
  if (address instanceof ipaddr.IPv4) return address.range() === 'unicast'
  if (address.isIPv4MappedAddress()) return isPublicAddress(address.toIPv4Address().toString())
  const bytes = address.toByteArray()
  if (address.match(NAT64)) return isPublicAddress(bytes.slice(12).join('.'))
  if (address.match(SIX_TO_FOUR)) return isPublicAddress(bytes.slice(2, 6).join('.'))
  return address.match(GLOBAL_UNICAST_V6) && address.range() === 'unicast'
}
