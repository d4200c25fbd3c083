import type { ArtifactPath, MultipartUploads } from '@tidemill/core'
import type { S3Bucket } from './s3-bucket.ts'
import { hasS3Status, toS3Error } from './s3-error.ts'

/** Of a part's URL: the last part of a large file is sent long after the first. */
const URL_SECONDS = 24 * 3600
const URLS_AT_ONCE = 100

/**
 * Clients send the parts to the bucket itself. Parts of an upload that nobody completes are the bucket's to remove,
 * by a lifecycle rule `AbortIncompleteMultipartUpload`.
 */
export const createS3Multipart = (open: () => Promise<S3Bucket>): MultipartUploads => ({
  create: async (path, partCount) => {
    const bucket = await open()
    const { sdk, client } = bucket
    const target = toTarget(bucket, path)
    try {
      const { UploadId: uploadId = '' } = await client.send(
        new sdk.CreateMultipartUploadCommand({ ...bucket.uploadArguments, ...target }),
      )
      return { uploadId, partUrls: await presignParts(bucket, path, uploadId, partCount) }
    } catch (error) {
      throw toS3Error(error, path)
    }
  },

  complete: async (path, uploadId, parts) => {
    const bucket = await open()
    const { sdk, client } = bucket
    const uploaded = parts.map(({ partNumber, etag }) => ({ PartNumber: partNumber, ETag: etag }))
    try {
      await client.send(
        new sdk.CompleteMultipartUploadCommand({
          ...toTarget(bucket, path),
          UploadId: uploadId,
          MultipartUpload: { Parts: uploaded },
        }),
      )
    } catch (error) {
      throw toS3Error(error, path)
    }
  },

  abort: async (path, uploadId) => {
    const bucket = await open()
    const { sdk, client } = bucket
    try {
      await client.send(new sdk.AbortMultipartUploadCommand({ ...toTarget(bucket, path), UploadId: uploadId }))
    } catch (error) {
      if (!hasS3Status(error, 404)) throw toS3Error(error, path)
    }
  },
})

const toTarget = (bucket: S3Bucket, path: ArtifactPath) => ({ Bucket: bucket.bucket, Key: bucket.toKey(path) })

const presignParts = async (
  bucket: S3Bucket,
  path: ArtifactPath,
  uploadId: string,
  partCount: number,
): Promise<readonly string[]> => {
  const { sdk, client } = bucket
  const urls: string[] = []
  while (urls.length < partCount) {
    const first = urls.length + 1
    const batch = Array.from({ length: Math.min(URLS_AT_ONCE, partCount - urls.length) }, (_, index) =>
      sdk.getSignedUrl(
        client,
        new sdk.UploadPartCommand({ ...toTarget(bucket, path), UploadId: uploadId, PartNumber: first + index }),
        { expiresIn: URL_SECONDS },
      ),
    )
    urls.push(...(await Promise.all(batch)))
  }
  return urls
}
