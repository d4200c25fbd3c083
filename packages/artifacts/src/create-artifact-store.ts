import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type ArtifactStore, InvalidParameterValueError } from '@tidemill/core'
import type { FreeSpaceOptions } from './local/free-space.ts'
import { createLocalArtifactStore } from './local/local-artifact-store.ts'
import { createS3ArtifactStore } from './s3/s3-artifact-store.ts'
import type { S3Settings } from './s3/s3-settings.ts'

export interface ArtifactStoreOptions {
  readonly s3?: S3Settings
  readonly freeSpace?: FreeSpaceOptions
}

/**
 * The store of a folder's path (a relative one is of the working directory), `file:` URI or `s3://bucket/prefix`.
 * Throws InvalidParameterValueError for every other scheme.
 */
export const createArtifactStore = (destination: string, options: ArtifactStoreOptions = {}): ArtifactStore => {
  const location = toArtifactRoot(destination)
  return isS3Uri(location)
    ? createS3ArtifactStore({ uri: location, ...options.s3 })
    : createLocalArtifactStore(location, options.freeSpace)
}

export const isS3Uri = (location: string): boolean => location.startsWith('s3://')

/** An absolute path, or a URI of S3. Throws InvalidParameterValueError for what this version cannot keep files in. */
const toArtifactRoot = (destination: string): string => {
  if (isS3Uri(destination)) return destination
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(destination)?.[1]?.toLowerCase()
  if (scheme === undefined) return resolve(destination)
  if (scheme === 'file' && URL.canParse(destination)) return fileURLToPath(destination)
  throw new InvalidParameterValueError(
    `Artifacts cannot be kept in '${destination}'. Give a folder, a file:/// URI or s3://bucket/prefix.`,
  )
}
