import type { S3Bucket } from './s3-bucket.ts'

/** Sends one object in parts, or whole when there is only one. */
export interface S3PartSender {
  /** A part that is not the last. Settles when the bytes may be overwritten; rejects when it failed. */
  send(partNumber: number, bytes: Buffer): Promise<void>
  /** The last part; the object is there when this resolves. */
  finish(partNumber: number, bytes: Buffer): Promise<void>
  /** Waits for what is on its way, and leaves nothing in the bucket. */
  abort(): Promise<void>
}

export const createS3PartSender = (
  { sdk, client, bucket, uploadArguments }: S3Bucket,
  { key, mustBeAbsent }: { readonly key: string; readonly mustBeAbsent: boolean },
): S3PartSender => {
  const target = { Bucket: bucket, Key: key }
  const condition = mustBeAbsent ? { IfNoneMatch: '*' } : {}
  const etags: (string | undefined)[] = []
  const sendings: Promise<void>[] = []
  let upload: Promise<string | undefined> | undefined

  const start = async (): Promise<string | undefined> =>
    (await client.send(new sdk.CreateMultipartUploadCommand({ ...uploadArguments, ...target }))).UploadId

  const sendPart = async (partNumber: number, bytes: Buffer): Promise<void> => {
    upload ??= start()
    const { ETag: etag } = await client.send(
      new sdk.UploadPartCommand({ ...target, UploadId: await upload, PartNumber: partNumber, Body: bytes }),
    )
    etags[partNumber - 1] = etag
  }

  return {
    send: (partNumber, bytes) => {
      const sending = sendPart(partNumber, bytes)
      // Waited for when its buffer is needed, or at the end: a failure until then is not unhandled.
      sending.catch(() => undefined)
      sendings.push(sending)
      return sending
    },
    finish: async (partNumber, bytes) => {
      if (upload === undefined) {
        await client.send(new sdk.PutObjectCommand({ ...uploadArguments, ...target, ...condition, Body: bytes }))
        return
      }
      await Promise.all([sendPart(partNumber, bytes), ...sendings])
      const parts = Array.from({ length: partNumber }, (_, index) => ({ PartNumber: index + 1, ETag: etags[index] }))
      await client.send(
        new sdk.CompleteMultipartUploadCommand({
          ...target,
          ...condition,
          UploadId: await upload,
          MultipartUpload: { Parts: parts },
        }),
      )
    },
    abort: async () => {
      if (upload === undefined) return
      await Promise.allSettled(sendings)
      await client.send(new sdk.AbortMultipartUploadCommand({ ...target, UploadId: await upload }))
    },
  }
}
