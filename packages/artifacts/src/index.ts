export { createArtifactDownloader } from './artifact-downloader.ts'
export {
  type ArtifactLocation,
  type ArtifactRepository,
  createArtifactRepository,
  PROXIED_ARTIFACT_ROOT,
  toLocalRoots,
} from './artifact-repository.ts'
export { findArtifactPath } from './find-artifact-path.ts'
export { createLocalArtifactStore } from './local/local-artifact-store.ts'
export { createProxyArtifactStore } from './proxy/proxy-artifact-store.ts'
