import {
  joinArtifactPath,
  parseArtifactPath,
  parseModelUri,
  type RegistryStore,
  splitModelUri,
  type TrackingStore,
} from '@tidemill/core'
import type { ArtifactLocation, ArtifactRepository } from './artifact-repository.ts'

/** Finds the files behind a URI that names a run, a model version or a logged model as well as a place. */
export interface ArtifactLocator {
  /** Throws ResourceDoesNotExistError for what there is not, InvalidParameterValueError for a place that is not ours. */
  locate(uri: string): Promise<ArtifactLocation>
}

/** What a `models:/` URI stands for is a place or a `runs:/` URI, never another model: two steps are enough. */
export const createArtifactLocator = ({
  tracking,
  registry,
  repository,
}: {
  readonly tracking: Pick<TrackingStore, 'getRun'>
  readonly registry: Pick<RegistryStore, 'getModelLocation'>
  readonly repository: ArtifactRepository
}): ArtifactLocator => {
  const locateStored = async (uri: string): Promise<ArtifactLocation> => {
    const run = /^runs:\/+([^/]+)(?:\/(.*))?$/i.exec(uri)
    if (run === null) return repository.resolve(uri)
    const { info } = await tracking.getRun(run[1] ?? '')
    return below(repository.resolve(info.artifactUri), run[2] ?? '')
  }
  return {
    locate: async (uri) => {
      if (!/^models:/i.test(uri)) return locateStored(uri)
      const { root, path } = splitModelUri(uri)
      return below(await locateStored(await registry.getModelLocation(parseModelUri(root))), path)
    },
  }
}

const below = ({ store, path }: ArtifactLocation, subPath: string): ArtifactLocation => ({
  store,
  path: joinArtifactPath(path, parseArtifactPath(subPath)),
})
