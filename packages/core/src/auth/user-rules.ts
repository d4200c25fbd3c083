import { InvalidParameterValueError } from '../errors.ts'

const MAX_USERNAME_LENGTH = 255
const MIN_PASSWORD_LENGTH = 12
const MAX_PASSWORD_LENGTH = 1024

/** Passwords that are long enough and yet the first to be tried; the first was MLflow's own default. */
const WELL_KNOWN_PASSWORDS: ReadonlySet<string> = new Set([
  'password1234',
  'passwordpassword',
  'password12345',
  'password123456',
  'administrator',
  'adminadminadmin',
  'changemeplease',
  'letmeinletmein',
  'qwertyuiop12',
  'qwertyuiop123',
  'qwertyuiopas',
  'qwertyuiopasdfgh',
  '123456789012',
  '1234567890123',
  '123456123456',
  '012345678901',
  'iloveyouforever',
  'mlflowmlflow',
  'mlflowpassword',
  'tidemilltidemill',
  'tidemillpassword',
])

/** A colon would end the name in the header of Basic authentication. Throws InvalidParameterValueError. */
export const validateUsername = (username: string): void => {
  if (username === '') throw new InvalidParameterValueError('Username cannot be empty.')
  if (username.length > MAX_USERNAME_LENGTH || /[:\p{Cc}]/u.test(username)) {
    throw new InvalidParameterValueError(
      `The user name '${username.slice(0, 100)}' is longer than ${MAX_USERNAME_LENGTH} characters, or has a colon or a control character. Choose another.`,
    )
  }
}

/** Characters are those of its NFKC form. Throws InvalidParameterValueError, never with the password. */
export const validatePassword = (password: string, username: string): void => {
  const normal = normalizePassword(password)
  const length = Array.from(normal).length
  if (length < MIN_PASSWORD_LENGTH) {
    throw new InvalidParameterValueError(`Password must be at least ${MIN_PASSWORD_LENGTH} characters.`)
  }
  if (length > MAX_PASSWORD_LENGTH) {
    throw new InvalidParameterValueError(`Password must be at most ${MAX_PASSWORD_LENGTH} characters.`)
  }
  const lower = normal.toLowerCase()
  if (WELL_KNOWN_PASSWORDS.has(lower) || lower === username.toLowerCase() || new Set(lower).size < 3) {
    throw new InvalidParameterValueError(
      'Password is one of those that are tried first: a well-known one, the user name, or one character repeated. Choose another.',
    )
  }
}

/** The same text, however a keyboard composes it. */
export const normalizePassword = (password: string): string => password.normalize('NFKC')
