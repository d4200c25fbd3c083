import { join } from 'node:path'
import {
  ARTIFACT_ROOT,
  artifactBasename,
  type ArtifactDownloader,
  type ArtifactPath,
  type ArtifactStore,
  joinArtifactPath,
  parseArtifactPath,
  ResourceDoesNotExistError,
} from '@tidemill/core'
import type { ArtifactLocator } from './artifact-locator.ts'
import { createLocalArtifactStore } from './local/local-artifact-store.ts'

/** Downloads files and whole folders. The names that a store lists are checked paths, so nothing leaves the target. */
export const createArtifactDownloader = ({ locator }: { readonly locator: ArtifactLocator }): ArtifactDownloader => {
  return {
    download: async (uri, targetDirectory) => {
      const { store, path } = await locator.locate(uri)
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
