import { ARTIFACT_HEADERS } from './security-headers.ts'

const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/
/** Browsers decode a percent in the plain name too, each in its own way. */
const SAME_FOR_ALL = /^[\x20-\x24\x26-\x7e]*$/

/**
 * Of bytes that a browser saves under the name. RFC 6266: an ASCII name, in quotes only where it needs them, as MLflow
 * writes it; and the exact name where that one is not.
 */
export const attachmentHeaders = (name: string): Record<string, string> => {
  const ascii = name.replace(/[^\x20-\x7e]|["\\;]/g, '_')
  const plain = TOKEN.test(ascii) ? ascii : `"${ascii}"`
  const isExact = ascii === name && SAME_FOR_ALL.test(name)
  return {
    ...ARTIFACT_HEADERS,
    'content-disposition': `attachment; filename=${plain}${isExact ? '' : `; filename*=UTF-8''${encodeName(name)}`}`,
  }
}

const encodeName = (name: string): string =>
  encodeURIComponent(name).replace(/['()*]/g, (character) => `%${character.charCodeAt(0).toString(16)}`)
