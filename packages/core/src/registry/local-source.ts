const SCHEME = /^([A-Za-z][A-Za-z0-9+.-]*):/
const LOCAL_HOSTS: ReadonlySet<string> = new Set(['', '.', 'localhost', '127.0.0.1'])

/** A path, or a `file:` URI of any spelling, good or bad. */
export const isLocalUri = (uri: string): boolean => {
  const scheme = SCHEME.exec(uri)?.[1]?.toLowerCase()
  return scheme === undefined || scheme === 'file'
}

/**
 * True when both name a local path and the first, with its `.` and `..` resolved, is the second or lies below it.
 * Text alone decides: whether a file exists must not show (spec/security.md, CVE-2023-1176).
 */
export const isInsideLocalRoot = (uri: string, root: string): boolean => {
  const path = toLocalPath(uri)
  const rootPath = toLocalPath(root)
  if (path === undefined || rootPath === undefined || rootPath === '/') return false
  return path === rootPath || path.startsWith(`${rootPath}/`)
}

/** Absolute and normalised; undefined when the URI names no absolute local path. */
const toLocalPath = (uri: string): string | undefined => {
  if (!isLocalUri(uri)) return undefined
  const path = SCHEME.test(uri) ? fileUriPath(uri) : uri
  if (path === undefined || !path.startsWith('/') || path.startsWith('//') || isUnsafe(path)) return undefined
  const kept: string[] = []
  for (const segment of path.split('/')) {
    if (segment === '..') kept.pop()
    else if (segment !== '' && segment !== '.') kept.push(segment)
  }
  return `/${kept.join('/')}`
}

const fileUriPath = (uri: string): string | undefined => {
  const [, authority, path = ''] = /^file:(?:\/\/([^/]*))?(.*)$/is.exec(uri) ?? []
  if (!LOCAL_HOSTS.has((authority ?? '').toLowerCase()) || /[?#]/.test(path)) return undefined
  try {
    return decodeURIComponent(path)
  } catch {
    return undefined
  }
}

const isUnsafe = (path: string): boolean => /\\/.test(path) || Array.from(path).some((character) => character < ' ')
