const MASK = '***'
/** Shorter pieces would mask ordinary text. */
const MIN_SECRET_LENGTH = 4

/**
 * Replaces every occurrence of a secret by `***`. A secret of several lines is masked line by line, since logs are
 * kept by line; the longest match wins where one secret contains another.
 */
export const createSecretMask = (secrets: readonly string[]): ((text: string) => string) => {
  const pieces = secrets
    .flatMap((secret) => secret.split(/\r?\n/))
    .filter((piece) => piece.length >= MIN_SECRET_LENGTH)
    .toSorted((a, b) => b.length - a.length)
  if (pieces.length === 0) return (text) => text
  const pattern = new RegExp(pieces.map((piece) => piece.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')).join('|'), 'g')
  return (text) => text.replace(pattern, MASK)
}
