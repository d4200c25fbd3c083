import { z } from 'zod'
import type { FileInfo } from '../ports/artifact-store.ts'
import { runMessage } from '../wire/run-message.ts'
import { Int64, RequiredString } from '../wire/scalars.ts'

const MAX_PARTS = 10_000
/** Of the URLs that stores sign. */
const MAX_EXPIRATION_SECONDS = 7 * 24 * 3600

export const ListRunArtifactsRequest = runMessage({ path: z.string().default(''), page_token: z.string().optional() })
export const ListProxiedArtifactsRequest = z.object({
  path: z
    .string()
    .default('')
    // Clients that download the path `.` join it to the folders that they list.
    .transform((path) => path.replaceAll(/(?<=[^/])\/\.(?=\/|$)/g, '')),
})

export const FileInfoWire = z.object({
  path: z.string(),
  is_dir: z.boolean(),
  /** Bytes; absent for a directory. */
  file_size: z.number().int().optional(),
})
export type FileInfoWire = z.infer<typeof FileInfoWire>

export const ListRunArtifactsResponse = z.object({ root_uri: z.string(), files: z.array(FileInfoWire) })
export const ListProxiedArtifactsResponse = z.object({ files: z.array(FileInfoWire) })

/** `path` is what the listing calls the file: relative to the run's root, or a basename in the proxy's listings. */
export const toFileInfoWire = (file: FileInfo, path: string): FileInfoWire => ({
  path,
  is_dir: file.isDir,
  ...(file.fileSize === undefined ? {} : { file_size: file.fileSize }),
})

const PartCount = Int64.pipe(z.number().min(1).max(MAX_PARTS, `Expected at most ${MAX_PARTS}.`))

/** `path` is the client's own name of the file, of which only the last segment counts. */
export const CreateMultipartUploadRequest = z.object({
  path: RequiredString.max(4096),
  num_parts: PartCount.default(1),
})
export const MultipartUploadCredentialWire = z.object({
  /** Where to PUT the part. */
  url: z.string(),
  part_number: z.number().int(),
  headers: z.record(z.string(), z.string()),
})
export const CreateMultipartUploadResponse = z.object({
  upload_id: z.string(),
  credentials: z.array(MultipartUploadCredentialWire),
})

export const CompleteMultipartUploadRequest = z.object({
  path: RequiredString.max(4096),
  upload_id: RequiredString.max(1024),
  parts: z
    .array(z.object({ part_number: PartCount, etag: z.string().max(255).default('') }))
    .min(1)
    .max(MAX_PARTS, `Expected at most ${MAX_PARTS}.`),
})
export const AbortMultipartUploadRequest = z.object({
  path: RequiredString.max(4096),
  upload_id: RequiredString.max(1024),
})

export const PresignedDownloadResponse = z.object({
  url: z.string(),
  headers: z.record(z.string(), z.string()),
  /** Bytes. */
  file_size: z.number().int(),
})

export const PresignRunArtifactRequest = runMessage({
  path: RequiredString,
  /** Seconds. */
  expiration: Int64.pipe(
    z.number().refine((seconds) => seconds >= 1 && seconds <= MAX_EXPIRATION_SECONDS, {
      message: `expiration must be between 1 and ${MAX_EXPIRATION_SECONDS} seconds.`,
    }),
  ).optional(),
})
export const PresignRunArtifactResponse = z.object({
  presigned_url: z.string(),
  headers: z.record(z.string(), z.string()),
  /** Bytes. */
  file_size: z.number().int(),
})

/** What this server can do, for the newest clients. */
export const ServerInfoResponse = z.object({
  store_type: z.string(),
  workspaces_enabled: z.boolean(),
  trace_archival_enabled: z.boolean(),
  multipart_uploads_enabled: z.boolean(),
  multipart_downloads_enabled: z.boolean(),
})
