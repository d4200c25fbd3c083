import { isAbsolute } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type ArtifactPath, type ArtifactStore, InvalidParameterValueError, parseArtifactPath } from '@tidemill/core'
import { createLocalArtifactStore } from './local/local-artifact-store.ts'

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
 * `proxied` store's; a `file:` URI or an absolute path must lie below one of `localRoots` (absolute paths).
 */
export const createArtifactRepository = (options: {
  readonly proxied: ArtifactStore
  readonly localRoots: readonly string[]
}): ArtifactRepository => {
  const roots = options.localRoots.map((root) => ({
    prefix: root === '/' ? '/' : `${root.replace(/\/+$/, '')}/`,
    store: createLocalArtifactStore(root),
  }))

  const resolveLocal = (uri: string, file: string): ArtifactLocation => {
    const root = roots.find(({ prefix }) => `${file}/`.startsWith(prefix))
    if (root === undefined) {
      throw new InvalidParameterValueError(
        `'${uri}' is not below an artifact root of this server. Start the server with its folder as --default-artifact-root to serve it.`,
      )
    }
    return { store: root.store, path: toPath(`${file}/`.slice(root.prefix.length)) }
  }

  return {
    resolve: (uri) => {
      // The raw text is searched: `new URL()` would remove `..` before anyone sees it.
      const proxied = proxiedPath(uri)
      if (proxied !== undefined) return { store: options.proxied, path: toPath(proxied) }
      if (/^file:\/\/\//i.test(uri)) return resolveLocal(uri, toFile(uri))
      if (isAbsolute(uri)) return resolveLocal(uri, uri)
      throw new InvalidParameterValueError(
        `The artifacts of '${uri}' are not kept by this server. Use a client that reads that location itself.`,
      )
    },
  }
}

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

/** The folder that a default artifact root names, if it names one: what a server or worker may use besides the proxy. */
export const toLocalRoots = (artifactRoot: string): string[] => {
  if (/^file:\/\/\//i.test(artifactRoot)) return [fileURLToPath(artifactRoot)]
  return isAbsolute(artifactRoot) ? [artifactRoot] : []
}
