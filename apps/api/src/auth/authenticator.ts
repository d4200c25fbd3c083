import { createHash, createHmac, randomBytes } from 'node:crypto'
import type { Clock, UserAccount, UserStore } from '@tidemill/core'
import type { FastifyRequest } from 'fastify'
import type { Caller } from './caller.ts'
import { createLoginLimiter } from './login-limiter.ts'
import type { PasswordHashes } from './password-hash.ts'
import { NotAuthenticatedError } from './refusals.ts'

const REMEMBERED_MS = 60_000
const MAX_REMEMBERED = 10_000

export interface Authenticator {
  /** Throws NotAuthenticatedError, or ResourceExhaustedError after too many wrong passwords. */
  authenticate(request: FastifyRequest): Promise<Caller>
}

/**
 * Basic authentication of users, and the bearer tokens of steps. A right password is remembered for a minute; every
 * request asks the database whether the account is as it was, so that a change counts at once on every server.
 */
export const createAuthenticator = (
  users: Pick<UserStore, 'findAccount' | 'findAttemptToken'>,
  hashes: PasswordHashes,
  clock: Clock = performance,
): Authenticator => {
  const limiter = createLoginLimiter(clock)
  const remembered = createMemory(clock)
  const checks = new Map<string, Promise<boolean>>()

  /** Requests that come together with the same password share one hash. */
  const verifyOnce = (key: string, password: string, account: UserAccount | undefined): Promise<boolean> => {
    const running = checks.get(key)
    if (running !== undefined) return running
    const check = hashes.verify(password, account?.passwordHash).finally(() => checks.delete(key))
    checks.set(key, check)
    return check
  }
  const logIn = async ({ username, password }: Credentials, address: string): Promise<Caller> => {
    const account = await users.findAccount(username)
    const key = remembered.keyOf(account === undefined ? username : `${account.userId}/${account.version}`, password)
    if (!remembered.has(key)) {
      limiter.check(username, address)
      if (!(await verifyOnce(key, password, account))) {
        limiter.noteFailure(username, address)
        throw new NotAuthenticatedError()
      }
      limiter.noteSuccess(username, address)
      remembered.add(key)
    }
    if (account === undefined) throw new NotAuthenticatedError()
    const { userId, isAdmin } = account
    return { kind: 'user', user: { userId, username: account.username, isAdmin } }
  }
  return {
    authenticate: async (request) => {
      const [, scheme = '', value = ''] = /^(basic|bearer) +(\S+) *$/i.exec(request.headers.authorization ?? '') ?? []
      if (scheme.toLowerCase() === 'bearer') {
        const identity = await users.findAttemptToken(createHash('sha256').update(value).digest())
        if (identity !== undefined) return { kind: 'attempt', ...identity }
      }
      const credentials = scheme.toLowerCase() === 'basic' ? parseCredentials(value) : undefined
      if (credentials === undefined) throw new NotAuthenticatedError()
      return logIn(credentials, request.ip)
    },
  }
}

interface Credentials {
  readonly username: string
  readonly password: string
}

const parseCredentials = (value: string): Credentials | undefined => {
  const text = Buffer.from(value, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  return colon <= 0 ? undefined : { username: text.slice(0, colon), password: text.slice(colon + 1) }
}

/** Keeps no password: a key of this process makes the marks useless elsewhere. */
const createMemory = (clock: Clock) => {
  const secret = randomBytes(32)
  const until = new Map<string, number>()
  return {
    keyOf: (identity: string, password: string): string =>
      createHmac('sha256', secret).update(`${identity}\0${password}`).digest('base64'),
    has: (key: string): boolean => (until.get(key) ?? 0) > clock.now(),
    add: (key: string): void => {
      until.delete(key)
      until.set(key, clock.now() + REMEMBERED_MS)
      const oldest = until.size > MAX_REMEMBERED ? until.keys().next().value : undefined
      if (oldest !== undefined) until.delete(oldest)
    },
  }
}
