import type { ArtifactPath } from '../artifact/artifact-path.ts'

export interface FileInfo {
  /** Relative to the root of the store, `/`-separated. */
  readonly path: ArtifactPath
  readonly isDir: boolean
  /** Bytes; absent for a directory. */
  readonly fileSize?: number
  /** Of `stat` only: as in ArtifactContent. Absent for a directory, and where the store does not say. */
  readonly modifiedAt?: number
  readonly etag?: string
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
  /** Opaque, without quotes: another one as soon as any byte differs. Absent where the store does not say. */
  readonly etag?: string
  readonly stream: AsyncIterable<Uint8Array>
}

export interface WriteOptions {
  /** Throws ResourceAlreadyExistsError instead of overwriting. @default false */
  readonly mustBeAbsent?: boolean
  /** Nobody else looks at the chunks any more, so the store may free their memory when it has written them. @default false */
  readonly ownsChunks?: boolean
}

/** Files below one root. A reader sees the old bytes or the whole new bytes, never a part. */
export interface ArtifactStore {
  /** Direct children, sorted by path. Nothing there, or a file there: an empty list. */
  list(path: ArtifactPath): Promise<FileInfo[]>
  /** Undefined when absent. */
  stat(path: ArtifactPath): Promise<FileInfo | undefined>
  /** Throws ResourceDoesNotExistError when absent or a directory. */
  read(path: ArtifactPath, range?: ByteRange): Promise<ArtifactContent>
  /**
   * Creates parents and overwrites. `expectedSize` in bytes: a shorter or longer stream stores nothing, and so does
   * one that breaks. Throws StorageFullError when there is no room for it. Where a folder and a file of one name
   * cannot both be, InvalidParameterValueError.
   */
  write(
    path: ArtifactPath,
    content: AsyncIterable<Uint8Array>,
    expectedSize?: number,
    options?: WriteOptions,
  ): Promise<{ size: number }>
  /** A file or a whole directory; absent is fine. */
  delete(path: ArtifactPath): Promise<void>
  /** Absent where a file cannot come in parts. */
  readonly multipart?: MultipartUploads
  /** Absent where files have no URL of their own. */
  readonly presigner?: DownloadPresigner
}

/** A file that comes in parts, in any order and at once; it appears when it is complete. */
export interface MultipartUploads {
  /** `partCount` from 1 to 10,000. */
  create(path: ArtifactPath, partCount: number): Promise<MultipartUpload>
  /** Puts the parts together in their order. Throws InvalidParameterValueError for an unknown upload, part or etag. */
  complete(path: ArtifactPath, uploadId: string, parts: readonly UploadedPart[]): Promise<void>
  /** Forgets the parts; an unknown upload is fine. */
  abort(path: ArtifactPath, uploadId: string): Promise<void>
  /**
   * Keeps one part, replacing an earlier one of its number. Absent where clients send the parts to URLs of the store.
   * Throws ResourceDoesNotExistError for an unknown upload.
   */
  writePart?(
    uploadId: string,
    partNumber: number,
    content: AsyncIterable<Uint8Array>,
    expectedSize?: number,
    options?: Pick<WriteOptions, 'ownsChunks'>,
  ): Promise<{ etag: string }>
}

export interface MultipartUpload {
  /** Nobody can guess it. */
  readonly uploadId: string
  /** Where to PUT part 1, 2 and so on; absent where the server that was asked takes them. */
  readonly partUrls?: readonly string[]
}

export interface UploadedPart {
  /** From 1. */
  readonly partNumber: number
  /** As the answer to the part's PUT had it, with or without quotes. */
  readonly etag: string
}

export interface DownloadPresigner {
  /** A URL that needs no credentials. Throws ResourceDoesNotExistError when absent or a directory. */
  presign(path: ArtifactPath, expiresInSeconds: number): Promise<PresignedDownload>
}

export interface PresignedDownload {
  readonly url: string
  /** Bytes. */
  readonly fileSize: number
}

/**
 * Frees the memory of a chunk that nobody looks at any more, where nothing else can lie in the same memory. The
 * garbage collector would stop the program for it every few dozen megabytes.
 */
export const releaseChunk = ({ buffer, byteLength }: Uint8Array): void => {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0)
}
