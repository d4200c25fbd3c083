import { pbkdf2, randomInt, scrypt, timingSafeEqual } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { normalizePassword, ResourceExhaustedError } from '@tidemill/core'

/** As werkzeug writes them, whose hashes users bring along from MLflow. */
const SCRYPT = { N: 32_768, r: 8, p: 1 }
const KEY_LENGTH = 64
/** Node refuses such a hash with its default of 32 MiB. */
const MAX_MEMORY = 80 * 1024 * 1024
const MAX_PBKDF2_ITERATIONS = 2_000_000
const SALT_CHARACTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'
const SALT_LENGTH = 16
const MAX_WAITING = 64

export interface PasswordHashes {
  /** Both throw ResourceExhaustedError when too many wait: one hash takes a core for a tenth of a second. */
  hash(password: string): Promise<string>
  /** False for a format that is not known, too. Without a hash it takes as long and is false. */
  verify(password: string, hash: string | undefined): Promise<boolean>
}

/** Half the cores, so that log-ins leave some to those who have logged in. */
const DEFAULT_CONCURRENCY = Math.max(1, Math.floor(availableParallelism() / 2))

export const createPasswordHashes = (concurrency = DEFAULT_CONCURRENCY, maxWaiting = MAX_WAITING): PasswordHashes => {
  const limited = createLimit(concurrency, maxWaiting)
  const hash = async (password: string): Promise<string> => {
    const salt = Array.from({ length: SALT_LENGTH }, () => SALT_CHARACTERS[randomInt(SALT_CHARACTERS.length)]).join('')
    const { N, r, p } = SCRYPT
    const key = await limited(() => deriveScrypt(normalizePassword(password), salt, SCRYPT))
    return `scrypt:${N}:${r}:${p}$${salt}$${key.toString('hex')}`
  }
  return {
    hash,
    verify: async (password, given) => {
      const { derive, key } = parseHash(given ?? UNKNOWN_USER)
      const derived = await limited(() => derive(normalizePassword(password)))
      return given !== undefined && derived.byteLength === key.byteLength && timingSafeEqual(derived, key)
    },
  }
}

/** Nobody's: the log-in of an unknown user takes the time of a known one. */
const UNKNOWN_USER = `scrypt:${SCRYPT.N}:${SCRYPT.r}:${SCRYPT.p}$nobodynobodynobo$${'0'.repeat(KEY_LENGTH * 2)}`

interface ParsedHash {
  readonly key: Buffer
  readonly derive: (password: string) => Promise<Buffer>
}

/** `scrypt:N:r:p$salt$hex` or `pbkdf2:digest:iterations$salt$hex`. */
const parseHash = (hash: string): ParsedHash => {
  const [method = '', salt = '', hex = ''] = hash.split('$')
  const key = Buffer.from(hex, 'hex')
  const [kind, ...settings] = method.split(':')
  const [a, b, c] = settings.map(Number)
  if (kind === 'scrypt' && a === SCRYPT.N && b === SCRYPT.r && c === SCRYPT.p) {
    return { key, derive: (password) => deriveScrypt(password, salt, SCRYPT) }
  }
  const digest = settings[0]
  const iterations = Number(settings[1] ?? 600_000)
  if (
    kind === 'pbkdf2' &&
    (digest === 'sha256' || digest === 'sha512') &&
    iterations <= MAX_PBKDF2_ITERATIONS &&
    key.byteLength > 0
  ) {
    return { key, derive: (password) => derivePbkdf2(password, salt, iterations, key.byteLength, digest) }
  }
  return { key: Buffer.alloc(0), derive: (password) => deriveScrypt(password, salt, SCRYPT) }
}

const deriveScrypt = (password: string, salt: string, settings: typeof SCRYPT): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    scrypt(password, salt, KEY_LENGTH, { ...settings, maxmem: MAX_MEMORY }, (error, key) =>
      error === null ? resolve(key) : reject(error),
    )
  })

const derivePbkdf2 = (
  password: string,
  salt: string,
  iterations: number,
  length: number,
  digest: string,
): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    pbkdf2(password, salt, iterations, length, digest, (error, key) => (error === null ? resolve(key) : reject(error)))
  })

const createLimit = (concurrency: number, maxWaiting: number) => {
  const waiting: (() => void)[] = []
  let running = 0
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (running >= concurrency) {
      if (waiting.length >= maxWaiting) {
        throw new ResourceExhaustedError('Too many log-ins at once. Try again in a few seconds.')
      }
      // Whoever ends hands its place on.
      await new Promise<void>((resolve) => waiting.push(resolve))
    } else {
      running += 1
    }
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next === undefined) running -= 1
      else next()
    }
  }
}
