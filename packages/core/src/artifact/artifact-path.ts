import { InvalidParameterValueError } from '../errors.ts'

/** A checked relative path below an artifact root: `/`-separated, no `.` or `..` segment, no leading slash; `''` is the root. */
export type ArtifactPath = string & { readonly __brand: 'ArtifactPath' }

export const ARTIFACT_ROOT = '' as ArtifactPath

const MAX_PATH_BYTES = 4096
const MAX_SEGMENT_BYTES = 255
const MAX_DEPTH = 100
const MAX_DECODE_ROUNDS = 10

/**
 * Parses a path that a client sent, once percent-decoded already. The check runs on every percent-decoding of the
 * text, the result is the text itself, so what was checked is what is used (spec/security.md S4).
 * Throws InvalidParameterValueError `Invalid path`, the exact text that MLflow answers.
 */
export const parseArtifactPath = (text: string): ArtifactPath => {
  if (text === '' || text === '.') return ARTIFACT_ROOT
  const path = text.endsWith('/') ? text.replace(/\/+$/, '') : text
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

const decodeOnce = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

const isSafeRelativePath = (path: string): boolean => {
  if (path.startsWith('/') || path.includes('\\') || path.includes('#') || path.includes('\0')) return false
  if (/^[A-Za-z]:/.test(path) || /^[A-Za-z][A-Za-z0-9+.-]*:\/?\//.test(path)) return false
  if (utf8Length(path) > MAX_PATH_BYTES) return false
  const segments = path.split('/')
  if (segments.length > MAX_DEPTH) return false
  return segments.every(
    (segment) => segment !== '' && segment !== '.' && segment !== '..' && utf8Length(segment) <= MAX_SEGMENT_BYTES,
  )
}

const utf8Length = (text: string): number => {
  let length = 0
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0
    length += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
  }
  return length
}
