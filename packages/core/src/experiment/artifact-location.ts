import { InvalidParameterValueError } from '../errors.ts'
import { isLongerThan } from '../run/value-limits.ts'

const MAX_LOCATION_LENGTH = 2048
const MAX_DECODE_ROUNDS = 10
const SCHEME = /^([A-Za-z][A-Za-z0-9+.-]*):/

/**
 * Checks the location that a client gives an experiment. The raw text is checked, in every percent-decoding of it,
 * and stored as it is (spec/security.md §3.1). Throws InvalidParameterValueError.
 */
export const validateArtifactLocation = (location: string, maxLength = MAX_LOCATION_LENGTH): void => {
  if (isLongerThan(location, maxLength)) {
    throw new InvalidParameterValueError(
      `Invalid artifact path length. The length of the artifact path cannot be greater than ${maxLength} characters.`,
    )
  }
  const scheme = SCHEME.exec(location)?.[1]?.toLowerCase()
  if (scheme === 'runs' || scheme === 'models') {
    throw new InvalidParameterValueError(
      `Invalid 'artifact_location' '${location}': a ${scheme}: URI names a run or a model, not a place. Give a path or the URI of a storage.`,
    )
  }
  for (const text of decodings(location)) validateDecoded(text, isLocal(scheme), location)
}

const validateDecoded = (text: string, isLocalPath: boolean, location: string): void => {
  const [path, query] = splitAt(text, '?')
  if (text.includes('#') || path.slice(path.lastIndexOf('/') + 1).includes(';') || /;.*\.\./.test(path)) {
    throw new InvalidParameterValueError(`'artifact_location' URL can't include fragments or params.`)
  }
  if (query !== undefined && (isLocalPath || query.includes('..'))) {
    throw new InvalidParameterValueError(`Invalid query string: ${query}`)
  }
  if (Array.from(text).some(isControlCharacter) || path.split(/[/\\]/).includes('..')) {
    throw new InvalidParameterValueError(
      `Invalid 'artifact_location' ${JSON.stringify(location)}: it must have no '..' segment and no control character.`,
    )
  }
}

/**
 * Appends path segments to a location; a URI's query string stays at the end:
 * `s3://b/p?x=1` and `1` give `s3://b/p/1?x=1`.
 */
export const appendToUri = (uri: string, ...segments: readonly string[]): string => {
  const [path, query] = SCHEME.test(uri) ? splitAt(uri, '?') : [uri, undefined]
  return [path.replace(/\/+$/, ''), ...segments].join('/') + (query === undefined ? '' : `?${query}`)
}

const isLocal = (scheme: string | undefined): boolean => scheme === undefined || scheme === 'file'

const splitAt = (text: string, mark: string): readonly [string, string | undefined] => {
  const index = text.indexOf(mark)
  return index === -1 ? [text, undefined] : [text.slice(0, index), text.slice(index + 1)]
}

const decodings = (text: string): string[] => {
  const all = [text]
  for (let round = 0; round < MAX_DECODE_ROUNDS; round++) {
    const next = decodeOnce(all.at(-1) ?? '')
    if (next === all.at(-1)) return all
    all.push(next)
  }
  throw new InvalidParameterValueError(
    `Invalid 'artifact_location' ${JSON.stringify(text)}: it is percent-encoded more than ${MAX_DECODE_ROUNDS} times.`,
  )
}

/** Byte by byte: what is looked for is ASCII, and a broken sequence elsewhere must not hide it. */
const decodeOnce = (text: string): string =>
  text.replaceAll(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))

const isControlCharacter = (character: string): boolean => character < ' ' || character === '\u007f'
