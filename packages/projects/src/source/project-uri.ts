import { InvalidParameterValueError } from '@tidemill/core'

/** A parsed project URI. `text` is how it may be shown and stored: as given, it never has a password. */
export type ProjectUri =
  /** A plain path; whether it exists decides whether it is a project. */
  | {
      readonly kind: 'path'
      readonly text: string
      readonly path: string
      readonly subdirectory: string
      readonly version?: string
    }
  /** A `file://` URI: a folder, a work tree or a bare repository. `path` is decoded and absolute. */
  | {
      readonly kind: 'file'
      readonly text: string
      readonly path: string
      readonly subdirectory: string
      readonly version?: string
    }
  | {
      readonly kind: 'git'
      readonly text: string
      readonly scheme: 'https' | 'http' | 'ssh' | 'git'
      /** Lower case, without port. */
      readonly host: string
      /** What Git is given: the URI without `#subdirectory`. */
      readonly remote: string
      readonly subdirectory: string
      readonly version?: string
    }

const MAX_URI_BYTES = 2048
const GIT_SCHEMES = ['https', 'http', 'ssh', 'git'] as const
// One rule for branches, tags and SHAs (spec/security.md §4.1): it can be no option and no revision expression.
const VERSION = /^[0-9A-Za-z][0-9A-Za-z._/+-]{0,254}$/
const HOST = /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])$/
const SCP_LIKE = /^(?:(?<user>[^/@:\s]+)@)?(?<host>\[[^\]/]+\]|[^/:@\s[\]]+):(?<path>.*)$/

/**
 * Parses what a user submits as a project: quotes around it are stripped, the first `#` starts the subdirectory
 * (spec/mlproject.md §6). Pure: nothing is looked up. Throws InvalidParameterValueError.
 */
export const parseProjectUri = (uri: string, version?: string): ProjectUri => {
  if (Buffer.byteLength(uri) > MAX_URI_BYTES) {
    throw new InvalidParameterValueError(
      `The project URI is longer than ${MAX_URI_BYTES} bytes: '${uri.slice(0, 80)}…'. Give a shorter one.`,
    )
  }
  const text = uri.replace(/^['"]+|['"]+$/g, '')
  if (text === '') throw new InvalidParameterValueError('The project URI is empty. Give a Git URI or a folder.')
  refuseUnsafeText(text)
  const hash = text.indexOf('#')
  const base = hash === -1 ? text : text.slice(0, hash)
  const rest = {
    subdirectory: hash === -1 ? '' : parseSubdirectory(text.slice(hash + 1)),
    ...(version === undefined ? {} : { version: parseVersion(version) }),
  }
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//.exec(base)?.[1]?.toLowerCase()
  if (scheme === 'file') return { kind: 'file', text, path: parseFilePath(base), ...rest }
  if (scheme !== undefined) return { kind: 'git', text, ...parseGitUrl(base, scheme), remote: base, ...rest }
  if (base.endsWith('.zip')) throw refusedZip(base)
  const scp = SCP_LIKE.exec(base)?.groups
  if (scp === undefined) return { kind: 'path', text, path: base, ...rest }
  const host = scp['host'] ?? ''
  const path = scp['path'] ?? ''
  if (scp['user']?.startsWith('-') === true || path === '' || path.startsWith('-')) throw refusedUri(text)
  return { kind: 'git', text, scheme: 'ssh', host: parseHost(host, text), remote: base, ...rest }
}

const refuseUnsafeText = (text: string): void => {
  if (/\p{Cc}/u.test(text)) {
    throw new InvalidParameterValueError(
      `The project URI ${JSON.stringify(text)} has a control character. Remove line breaks and tabs from it.`,
    )
  }
  if (text.startsWith('-') || text.includes('::')) throw refusedUri(text)
}

const parseGitUrl = (base: string, scheme: string): { scheme: (typeof GIT_SCHEMES)[number]; host: string } => {
  if (base.endsWith('.zip')) throw refusedZip(base)
  const known = GIT_SCHEMES.find((candidate) => candidate === scheme)
  if (known === undefined) {
    throw new InvalidParameterValueError(
      `'${scheme}' is not a scheme that a project can come from: '${withoutUserInfo(base)}'. ` +
        `Use https, ssh, http, git or file, or the path of a folder.`,
    )
  }
  if (/\s/.test(base)) throw refusedUri(withoutUserInfo(base))
  // URL.parse would take the first part of the path of 'https:///a' for the host.
  const parsed = /:\/\/[^/]/.test(base) ? URL.parse(base) : null
  if (parsed === null) throw refusedUri(withoutUserInfo(base))
  if (parsed.password !== '' || (known !== 'ssh' && parsed.username !== '')) {
    throw new InvalidParameterValueError(
      `The project URI '${withoutUserInfo(base)}' was given with credentials in it. ` +
        `They would be stored and shown: remove them and give the worker access to the repository instead.`,
    )
  }
  if (parsed.username.startsWith('-') || parsed.pathname.startsWith('/-')) throw refusedUri(base)
  return { scheme: known, host: parseHost(parsed.hostname, base) }
}

const parseHost = (host: string, text: string): string => {
  if (!HOST.test(host)) {
    throw new InvalidParameterValueError(`'${host}' in the project URI '${text}' is not a host name. Correct the URI.`)
  }
  return host.toLowerCase()
}

/** Git decodes percent signs of a `file://` URI, so the decoded text is the path. */
const parseFilePath = (base: string): string => {
  const path = base.slice('file://'.length).replace(/^localhost(?=\/)/i, '')
  if (!path.startsWith('/')) {
    throw new InvalidParameterValueError(
      `The file URI '${base}' names a host. Only files of this machine work: file:///absolute/path.`,
    )
  }
  try {
    const decoded = decodeURIComponent(path)
    if (!/\p{Cc}/u.test(decoded)) return decoded
  } catch {
    // A lone percent sign is part of the name.
    return path
  }
  throw new InvalidParameterValueError(`The file URI '${base}' has an encoded control character. Correct the URI.`)
}

/** MLflow refuses every `.` here; a dot inside a name is harmless, `.` and `..` as a segment are not. */
const parseSubdirectory = (text: string): string => {
  const path = text.replace(/\/+$/, '')
  if (path === '') return ''
  const isClean = path.split('/').every((segment) => segment !== '' && segment !== '.' && segment !== '..')
  if (!isClean || path.includes('\\')) {
    throw new InvalidParameterValueError(
      `The project subdirectory '${text}' must be a path inside the project, like 'examples/churn': ` +
        `'.' and '..' are not allowed in it, nor a leading '/'.`,
    )
  }
  return path
}

const parseVersion = (version: string): string => {
  const isSafe =
    VERSION.test(version) && !version.includes('..') && !version.includes('//') && !version.endsWith('.lock')
  if (!isSafe || version.endsWith('/') || version.endsWith('.')) {
    throw new InvalidParameterValueError(
      `${JSON.stringify(version.slice(0, 300))} cannot be a version. Give a branch, a tag or a commit SHA ` +
        `(letters, digits and ._/+-, at most 255).`,
    )
  }
  return version
}

const withoutUserInfo = (text: string): string => text.replace(/^([A-Za-z][A-Za-z0-9+.-]*:\/\/)[^/]*@/, '$1')

const refusedUri = (text: string): InvalidParameterValueError =>
  new InvalidParameterValueError(
    `'${text}' is not a project URI. Use https://host/repository.git, git@host:repository.git, ` +
      `file:///path or the path of a folder, with an optional #subdirectory.`,
  )

const refusedZip = (text: string): InvalidParameterValueError =>
  new InvalidParameterValueError(
    `'${withoutUserInfo(text)}' is a zip archive, which Tidemill does not read. Unpack it and give the folder, or use Git.`,
  )
