import type { ArtifactPath } from '../artifact/artifact-path.ts'

export interface FileInfo {
  /** Relative to the root of the store, `/`-separated. */
  readonly path: ArtifactPath
  readonly isDir: boolean
  /** Bytes; absent for a directory. */
  readonly fileSize?: number
}

export interface ByteRange {
  readonly start: number
  /** Inclusive. */
  readonly end: number
}

export interface ArtifactContent {
  readonly size: number
  /** ms since the epoch. */
  readonly modifiedAt: number
  readonly stream: AsyncIterable<Uint8Array>
}

/** Files below one root. A reader sees the old bytes or the whole new bytes, never a part. */
export interface ArtifactStore {
  /** Direct children, sorted by path. Nothing there, or a file there: an empty list. */
  list(path: ArtifactPath): Promise<FileInfo[]>
  /** Undefined when absent. */
  stat(path: ArtifactPath): Promise<FileInfo | undefined>
  /** Throws ResourceDoesNotExistError when absent or a directory. */
  read(path: ArtifactPath, range?: ByteRange): Promise<ArtifactContent>
  /** Creates parents and overwrites. `expectedSize` in bytes: a shorter or longer stream stores nothing. */
  write(path: ArtifactPath, content: AsyncIterable<Uint8Array>, expectedSize?: number): Promise<{ size: number }>
  /** A file or a whole directory; absent is fine. */
  delete(path: ArtifactPath): Promise<void>
}
