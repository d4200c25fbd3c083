import { Readable } from 'node:stream'
import {
  ARTIFACT_ROOT,
  artifactBasename,
  type ArtifactContent,
  type ArtifactPath,
  type ArtifactStore,
  type ByteRange,
  type FileInfo,
  InvalidParameterValueError,
  type PresignedDownload,
  ResourceDoesNotExistError,
} from '@tidemill/core'
import { createS3Bucket, type S3Bucket } from './s3-bucket.ts'
import { hasS3Status, toS3Error } from './s3-error.ts'
import { listFolder, listPages, toFolderPrefix } from './s3-listing.ts'
import { createS3Multipart } from './s3-multipart.ts'
import type { S3Settings } from './s3-settings.ts'
import { writeObject } from './s3-write.ts'

/**
 * Files below `s3://bucket/prefix`. A folder is there as long as a file is below it. Throws
 * InvalidParameterValueError for another URI; PermissionDeniedError when the bucket refuses the credentials,
 * TemporarilyUnavailableError when it does not answer.
 */
export const createS3ArtifactStore = ({ uri, ...settings }: S3Settings & { readonly uri: string }): ArtifactStore => {
  const open = createS3Bucket(uri, settings)
  const call = async <Result>(path: ArtifactPath, ask: (bucket: S3Bucket) => Promise<Result>): Promise<Result> => {
    try {
      return await ask(await open())
    } catch (error) {
      throw toS3Error(error, path)
    }
  }

  return {
    list: (path) => call(path, (bucket) => listFolder(bucket, path)),
    stat: (path) => call(path, (bucket) => statObject(bucket, path)),
    read: (path, range) => call(path, (bucket) => readObject(bucket, path, range)),
    write: async (path, content, expectedSize, options) =>
      call(requireFile(path), (bucket) => writeObject(bucket, path, content, expectedSize, options)),
    delete: async (path) => call(requireFile(path), (bucket) => deleteObjects(bucket, path)),
    multipart: createS3Multipart(open),
    presigner: {
      presign: (path, seconds) => call(path, (bucket) => presignObject(bucket, path, seconds)),
    },
  }
}

const requireFile = (path: ArtifactPath): ArtifactPath => {
  if (path === ARTIFACT_ROOT) throw new InvalidParameterValueError('Invalid path')
  return path
}

const absent = (path: ArtifactPath) => new ResourceDoesNotExistError(`No artifact file at '${path}'.`)

const statObject = async (bucket: S3Bucket, path: ArtifactPath): Promise<FileInfo | undefined> => {
  if (path === ARTIFACT_ROOT) return { path, isDir: true }
  const file = await statFile(bucket, path)
  if (file !== undefined) return file
  for await (const page of listPages(bucket, { prefix: toFolderPrefix(bucket, path), pageSize: 1 })) {
    return (page.KeyCount ?? page.Contents?.length ?? 0) > 0 ? { path, isDir: true } : undefined
  }
  return undefined
}

const statFile = async ({ sdk, client, bucket, toKey }: S3Bucket, path: ArtifactPath) => {
  try {
    const head = await client.send(new sdk.HeadObjectCommand({ Bucket: bucket, Key: toKey(path) }))
    return { path, isDir: false, fileSize: head.ContentLength ?? 0, ...toFacts(head) }
  } catch (error) {
    if (hasS3Status(error, 404)) return undefined
    throw error
  }
}

const toFacts = (answer: { LastModified?: Date | undefined; ETag?: string | undefined }) => ({
  modifiedAt: answer.LastModified?.getTime() ?? 0,
  ...(answer.ETag === undefined ? {} : { etag: answer.ETag.replace(/^W\//, '').replaceAll('"', '') }),
})

const readObject = async (
  { sdk, client, bucket, toKey }: S3Bucket,
  path: ArtifactPath,
  range?: ByteRange,
): Promise<ArtifactContent> => {
  if (path === ARTIFACT_ROOT) throw absent(path)
  const answer = await client.send(
    new sdk.GetObjectCommand({
      Bucket: bucket,
      Key: toKey(path),
      ...(range === undefined ? {} : { Range: `bytes=${range.start}-${range.end}` }),
    }),
  )
  if (!(answer.Body instanceof Readable)) throw new TypeError('The S3 client answered no stream.')
  const total = /\/(\d+)$/.exec(answer.ContentRange ?? '')?.[1]
  return { size: Number(total ?? answer.ContentLength ?? 0), ...toFacts(answer), stream: answer.Body }
}

/** The file of that name and everything below the folder of that name. */
const deleteObjects = async (bucket: S3Bucket, path: ArtifactPath): Promise<void> => {
  const { sdk, client, toKey } = bucket
  for await (const { Contents: objects = [] } of listPages(bucket, { prefix: toFolderPrefix(bucket, path) })) {
    if (objects.length === 0) continue
    const { Errors: failures = [] } = await client.send(
      new sdk.DeleteObjectsCommand({
        Bucket: bucket.bucket,
        Delete: { Objects: objects.map(({ Key }) => ({ Key })), Quiet: true },
      }),
    )
    const [failure] = failures
    if (failure !== undefined) {
      throw new Error(
        `S3 did not delete ${failures.length} objects, the first with ${failure.Code}: ${failure.Message}`,
      )
    }
  }
  if ((await statFile(bucket, path)) !== undefined) {
    await client.send(new sdk.DeleteObjectCommand({ Bucket: bucket.bucket, Key: toKey(path) }))
  }
}

const presignObject = async (bucket: S3Bucket, path: ArtifactPath, seconds: number): Promise<PresignedDownload> => {
  const info = path === ARTIFACT_ROOT ? undefined : await statFile(bucket, path)
  if (info === undefined) throw absent(path)
  const command = new bucket.sdk.GetObjectCommand({
    Bucket: bucket.bucket,
    Key: bucket.toKey(path),
    // Whoever opens the URL gets a file to save, never a page of the bucket's origin.
    ResponseContentDisposition: `attachment; filename*=UTF-8''${encodeURIComponent(artifactBasename(path))}`,
    ResponseContentType: 'application/octet-stream',
  })
  return { url: await bucket.sdk.getSignedUrl(bucket.client, command, { expiresIn: seconds }), fileSize: info.fileSize }
}
