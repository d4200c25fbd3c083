import { isAbsolute } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type ArtifactPath, type ArtifactStore, InvalidParameterValueError, parseArtifactPath } from '@tidemill/core'
import { isS3Uri } from './create-artifact-store.ts'
import { createLocalArtifactStore } from './local/local-artifact-store.ts'
import { createS3ArtifactStore } from './s3/s3-artifact-store.ts'
import type { S3Settings } from './s3/s3-settings.ts'

export interface ArtifactLocation {
  readonly store: ArtifactStore
  /** Where the URI points, below the root of `store`. */
  readonly path: ArtifactPath
}

export interface ArtifactRepository {
  /** Throws InvalidParameterValueError for every location that is not ours to read (spec/security.md S6). */
  resolve(artifactUri: string): ArtifactLocation
}

const PROXY_PATH = '/api/2.0/mlflow-artifacts/artifacts/'

/**
 * Finds the store of an artifact URI: `mlflow-artifacts:/a/b` and the proxy's own URLs, of whichever host, are the
 * `proxied` store's; a `file:` URI, an absolute path or an `s3:` URI must lie below one of `roots`. Of those, only
 * absolute paths, `file:` and `s3:` URIs count.
 */
export const createArtifactRepository = (options: {
  readonly proxied: ArtifactStore
  readonly roots: readonly string[]
  readonly s3?: S3Settings
}): ArtifactRepository => {
  const roots = options.roots.flatMap((root) => toServedRoots(root, options.s3))

  const resolveBelowRoot = (uri: string, location: string): ArtifactLocation => {
    const root = roots.find(({ prefix }) => `${location}/`.startsWith(prefix))
    if (root === undefined && isS3Uri(location)) throw notKept(uri)
    if (root === undefined) {
      throw new InvalidParameterValueError(
        `'${uri}' is not below an artifact root of this server. Start the server with its folder as --default-artifact-root to serve it.`,
      )
    }
    return { store: root.store, path: toPath(`${location}/`.slice(root.prefix.length)) }
  }

  return {
    resolve: (uri) => {
      // The raw text is searched: `new URL()` would remove `..` before anyone sees it.
      const proxied = proxiedPath(uri)
      if (proxied !== undefined) return { store: options.proxied, path: toPath(proxied) }
      if (/^file:\/\/\//i.test(uri)) return resolveBelowRoot(uri, toFile(uri))
      if (isAbsolute(uri) || (isS3Uri(uri) && !uri.includes('?'))) return resolveBelowRoot(uri, uri)
      throw notKept(uri)
    },
  }
}

const notKept = (uri: string): InvalidParameterValueError =>
  new InvalidParameterValueError(
    `The artifacts of '${uri}' are not kept by this server. Use a client that reads that location itself.`,
  )

interface ServedRoot {
  /** Ends with a slash. */
  readonly prefix: string
  readonly store: ArtifactStore
}

/** None for a root that clients reach by themselves or through the proxy. */
const toServedRoots = (root: string, s3: S3Settings | undefined): ServedRoot[] => {
  if (isS3Uri(root)) {
    return /[?#]/.test(root) ? [] : [{ prefix: withSlash(root), store: createS3ArtifactStore({ uri: root, ...s3 }) }]
  }
  const directory = /^file:\/\/\//i.test(root) ? fileURLToPath(root) : root
  return isAbsolute(directory) ? [{ prefix: withSlash(directory), store: createLocalArtifactStore(directory) }] : []
}

const withSlash = (root: string): string => (root === '/' ? '/' : `${root.replace(/\/+$/, '')}/`)

const proxiedPath = (uri: string): string | undefined => {
  const own = /^mlflow-artifacts:(?:\/\/[^/]*)?(\/.*)?$/i.exec(uri)
  if (own !== null) return own[1] ?? ''
  const base = /^https?:\/\/[^/]+\//i.test(uri) ? uri.indexOf(PROXY_PATH) : -1
  return base === -1 ? undefined : uri.slice(base + PROXY_PATH.length)
}

/** Doubled slashes mean one, as for MLflow; everything else must be a safe relative path as it is. */
const toPath = (text: string): ArtifactPath =>
  parseArtifactPath(
    text
      .split('/')
      .filter((part) => part !== '')
      .join('/'),
  )

const toFile = (uri: string): string => {
  if (/[?#]|(^|\/)\.\.(\/|$)/.test(uri)) throw new InvalidParameterValueError('Invalid path')
  try {
    return fileURLToPath(uri)
  } catch (error) {
    throw new InvalidParameterValueError(`'${uri}' is not a valid file URI.`, { cause: error })
  }
}

/** Default artifact root: what clients write goes through a server's proxy. */
export const PROXIED_ARTIFACT_ROOT = 'mlflow-artifacts:/'
