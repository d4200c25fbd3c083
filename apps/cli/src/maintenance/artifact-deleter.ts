import {
  type ArtifactRepository,
  createArtifactRepository,
  createArtifactStore,
  createProxyArtifactStore,
  PROXIED_ARTIFACT_ROOT,
  readS3Settings,
} from '@tidemill/artifacts'
import { type ArtifactPath, InvalidParameterValueError, parseArtifactPath } from '@tidemill/core'
import type { DeleteArtifacts } from '@tidemill/store-postgres'
import type { ServeConfig } from '../config.ts'

/**
 * Deletes the folder of a run or logged model. What lies where we cannot reach is left with a warning, as with
 * `mlflow gc`; so is a location without the id in it, because others may share it.
 */
export const createArtifactDeleter = (
  config: ServeConfig,
  proxyUrl: string | undefined,
  warn: (message: string) => void,
): DeleteArtifacts => {
  const s3 = readS3Settings(config.artifactVariables)
  const repository = createArtifactRepository({
    proxied:
      proxyUrl === undefined
        ? createArtifactStore(config.artifactsDestination, { s3 })
        : createProxyArtifactStore(proxyUrl),
    roots: [
      config.defaultArtifactRoot ?? PROXIED_ARTIFACT_ROOT,
      ...(proxyUrl === undefined ? [config.artifactsDestination] : []),
    ],
    s3,
  })
  return async (artifactUri, id) => {
    const location = locate(repository, artifactUri)
    const folder = location === undefined ? undefined : ownFolder(location.path, id)
    if (location === undefined || folder === undefined) {
      warn(`The artifacts at '${artifactUri}' of ${id} cannot be reached from here and stay. Delete them by hand.`)
      return
    }
    await location.store.delete(folder)
  }
}

const locate = (
  repository: ArtifactRepository,
  artifactUri: string,
): ReturnType<ArtifactRepository['resolve']> | undefined => {
  try {
    return repository.resolve(artifactUri)
  } catch (error) {
    if (error instanceof InvalidParameterValueError) return undefined
    throw error
  }
}

/** `0/<run id>` of `0/<run id>/artifacts`: nothing else is kept there. */
const ownFolder = (path: ArtifactPath, id: string): ArtifactPath | undefined => {
  const parts = path.split('/')
  const index = parts.indexOf(id)
  return index === -1 ? undefined : parseArtifactPath(parts.slice(0, index + 1).join('/'))
}
