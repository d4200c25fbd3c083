export { listFilesBelow, zipFiles } from './archive/zip-archive.ts'
export { createArtifactDownloader } from './artifact-downloader.ts'
export { type ArtifactLocator, createArtifactLocator } from './artifact-locator.ts'
export {
  type ArtifactLocation,
  type ArtifactRepository,
  createArtifactRepository,
  PROXIED_ARTIFACT_ROOT,
} from './artifact-repository.ts'
export { type ArtifactStoreOptions, createArtifactStore } from './create-artifact-store.ts'
export { readS3Settings } from './env.ts'
export { findArtifact } from './find-artifact.ts'
export { type DiskSpace, type FreeSpaceOptions } from './local/free-space.ts'
export { createLocalArtifactStore } from './local/local-artifact-store.ts'
export { createProxyArtifactStore } from './proxy/proxy-artifact-store.ts'
export { createS3ArtifactStore } from './s3/s3-artifact-store.ts'
export type { S3Credentials, S3Settings, S3UploadArguments } from './s3/s3-settings.ts'
