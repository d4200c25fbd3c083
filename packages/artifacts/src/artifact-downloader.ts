import { join } from 'node:path'
import {
  ARTIFACT_ROOT,
  artifactBasename,
  type ArtifactDownloader,
  type ArtifactPath,
  type ArtifactStore,
  joinArtifactPath,
  NotImplementedError,
  parseArtifactPath,
  ResourceDoesNotExistError,
  type TrackingStore,
} from '@tidemill/core'
import type { ArtifactLocation, ArtifactRepository } from './artifact-repository.ts'
import { createLocalArtifactStore } from './local/local-artifact-store.ts'

/** Downloads files and whole folders. The names that a store lists are checked paths, so nothing leaves the target. */
export const createArtifactDownloader = ({
  tracking,
  repository,
}: {
  readonly tracking: Pick<TrackingStore, 'getRun'>
  readonly repository: ArtifactRepository
}): ArtifactDownloader => {
  const locate = async (uri: string): Promise<ArtifactLocation> => {
    if (/^models:\//i.test(uri)) {
      throw new NotImplementedError(
        `'${uri}' cannot be downloaded: the model registry is not built yet. Name the run's artifact with runs:/<run id>/<path>.`,
      )
    }
    const run = /^runs:\/+([^/]+)(?:\/(.*))?$/i.exec(uri)
    if (run === null) return repository.resolve(uri)
    const { info } = await tracking.getRun(run[1] ?? '')
    const { store, path } = repository.resolve(info.artifactUri)
    return { store, path: joinArtifactPath(path, parseArtifactPath(run[2] ?? '')) }
  }

  return {
    download: async (uri, targetDirectory) => {
      const { store, path } = await locate(uri)
      const info = await store.stat(path)
      const isKnown = info !== undefined && (!info.isDir || (await store.list(path)).length > 0)
      if (!isKnown) throw new ResourceDoesNotExistError(`There is no artifact at '${uri}'.`)
      const target = createLocalArtifactStore(targetDirectory)
      const name = artifactBasename(path)
      if (info.isDir) await copyDirectory(store, path, target, name === '' ? ARTIFACT_ROOT : parseArtifactPath(name))
      else await copyFile(store, path, target, parseArtifactPath(name))
      return join(targetDirectory, name)
    },
  }
}

const copyDirectory = async (
  from: ArtifactStore,
  source: ArtifactPath,
  to: ArtifactStore,
  target: ArtifactPath,
): Promise<void> => {
  for (const child of await from.list(source)) {
    const childTarget = joinArtifactPath(target, artifactBasename(child.path))
    if (child.isDir) await copyDirectory(from, child.path, to, childTarget)
    else await copyFile(from, child.path, to, childTarget)
  }
}

const copyFile = async (
  from: ArtifactStore,
  source: ArtifactPath,
  to: ArtifactStore,
  target: ArtifactPath,
): Promise<void> => {
  const { stream, size } = await from.read(source)
  await to.write(target, stream, size)
}
