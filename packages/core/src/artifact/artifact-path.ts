import { InvalidParameterValueError } from '../errors.ts'

/** A checked relative path below an artifact root: `/`-separated, no `.` or `..` segment, no leading slash; `''` is the root. */
export type ArtifactPath = string & { readonly __brand: 'ArtifactPath' }

export const ARTIFACT_ROOT = '' as ArtifactPath

const MAX_PATH_BYTES = 4096
const MAX_SEGMENT_BYTES = 255
const MAX_DEPTH = 100
const MAX_DECODE_ROUNDS = 10
/** `.` and `/` in two and three bytes, which lax UTF-8 decoders read as such. */
const OVERLONG_DOT_OR_SLASH = /%c0%a[ef]|%e0%80%a[ef]/i

/**
 * Parses a path that a client sent, once percent-decoded already. The check runs on every percent-decoding of the
 * text, the result is the text itself, so what was checked is what is used (spec/security.md S4).
 * Throws InvalidParameterValueError `Invalid path`, the exact text that MLflow answers.
 */
export const parseArtifactPath = (text: string): ArtifactPath => {
  if (text === '' || text === '.') return ARTIFACT_ROOT
  const path = text.endsWith('/') ? text.replace(/\/+$/, '') : text
  // Only in the text itself: an escaped one (`%17` in the names that log_image makes) stays text.
  if (hasControlCharacter(path)) throw new InvalidParameterValueError('Invalid path')
  let decoded = path
  for (let round = 0; ; round++) {
    if (!isSafeRelativePath(decoded)) throw new InvalidParameterValueError('Invalid path')
    const next = decodeOnce(decoded)
    if (next === decoded) break
    if (round === MAX_DECODE_ROUNDS) throw new InvalidParameterValueError('Invalid path')
    decoded = next
  }
  return path as ArtifactPath
}

/** Appends checked segments. */
export const joinArtifactPath = (base: ArtifactPath, ...parts: readonly string[]): ArtifactPath =>
  parseArtifactPath([base, ...parts].filter((part) => part !== '').join('/'))

export const artifactBasename = (path: ArtifactPath): string => path.slice(path.lastIndexOf('/') + 1)

/** Every character that could be dangerous is ASCII; `%` that begins no escape stays, so `100%.txt` is a name. */
const decodeOnce = (text: string): string =>
  text.replace(/%([0-7][0-9A-Fa-f])/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))

const isSafeRelativePath = (path: string): boolean => {
  if (path.startsWith('/') || /[\\#\0]/.test(path)) return false
  if (/^[A-Za-z]:/.test(path) || /^file:/i.test(path) || /^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(path)) return false
  if (OVERLONG_DOT_OR_SLASH.test(path) || climbs(path) || climbs(path.normalize('NFKC'))) return false
  if (utf8Length(path) > MAX_PATH_BYTES) return false
  const segments = path.split('/')
  if (segments.length > MAX_DEPTH) return false
  return segments.every((segment) => segment !== '' && segment !== '.' && utf8Length(segment) <= MAX_SEGMENT_BYTES)
}

/** `..` as a segment, also where another reader would end the segment at `;` or `?`. */
const climbs = (path: string): boolean => path.split(/[/\\;?]/).includes('..')

const hasControlCharacter = (text: string): boolean =>
  Array.from(text).some((character) => character < ' ' || character === '\x7f')

const utf8Length = (text: string): number => {
  let length = 0
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0
    length += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
  }
  return length
}
