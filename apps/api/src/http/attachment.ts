import { ARTIFACT_HEADERS } from './security-headers.ts'

/** Of bytes that a browser saves under the name. RFC 6266: an ASCII name for old clients, and the exact one. */
export const attachmentHeaders = (name: string): Record<string, string> => {
  const ascii = name.replace(/[^\x20-\x7e]|["\\%;]/g, '_')
  const exact = encodeURIComponent(name).replace(/['()*]/g, (character) => `%${character.charCodeAt(0).toString(16)}`)
  return { ...ARTIFACT_HEADERS, 'content-disposition': `attachment; filename="${ascii}"; filename*=UTF-8''${exact}` }
}
