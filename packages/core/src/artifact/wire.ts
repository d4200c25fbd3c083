import { z } from 'zod'
import type { FileInfo } from '../ports/artifact-store.ts'
import { runMessage } from '../wire/run-message.ts'

export const ListRunArtifactsRequest = runMessage({ path: z.string().default(''), page_token: z.string().optional() })
export const ListProxiedArtifactsRequest = z.object({ path: z.string().default('') })

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
