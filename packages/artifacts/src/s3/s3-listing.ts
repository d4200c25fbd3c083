import type { ListObjectsV2CommandOutput } from '@aws-sdk/client-s3'
import { type ArtifactPath, type FileInfo, joinArtifactPath } from '@tidemill/core'
import type { S3Bucket } from './s3-bucket.ts'

/** The pages of the objects whose keys begin with the prefix. */
export const listPages = async function* (
  { sdk, client, bucket }: S3Bucket,
  options: { readonly prefix: string; readonly delimiter?: string; readonly pageSize?: number },
): AsyncGenerator<ListObjectsV2CommandOutput> {
  let token: string | undefined
  do {
    const page: ListObjectsV2CommandOutput = await client.send(
      new sdk.ListObjectsV2Command({
        Bucket: bucket,
        Prefix: options.prefix,
        Delimiter: options.delimiter,
        MaxKeys: options.pageSize,
        ContinuationToken: token,
      }),
    )
    yield page
    token = page.IsTruncated === true ? page.NextContinuationToken : undefined
  } while (token !== undefined)
}

/** What keys below the folder begin with. */
export const toFolderPrefix = (bucket: S3Bucket, path: ArtifactPath): string => {
  const key = bucket.toKey(path)
  return key === '' ? '' : `${key}/`
}

export const listFolder = async (bucket: S3Bucket, path: ArtifactPath): Promise<FileInfo[]> => {
  const prefix = toFolderPrefix(bucket, path)
  const files: FileInfo[] = []
  for await (const page of listPages(bucket, { prefix, delimiter: '/' })) {
    for (const { Prefix: key = '' } of page.CommonPrefixes ?? []) {
      const child = joinListed(path, key.slice(prefix.length, -1))
      if (child !== undefined) files.push({ path: child, isDir: true })
    }
    for (const { Key: key = '', Size: fileSize = 0 } of page.Contents ?? []) {
      const child = joinListed(path, key.slice(prefix.length))
      if (child !== undefined) files.push({ path: child, isDir: false, fileSize })
    }
  }
  return files.toSorted((a, b) => (a.path < b.path ? -1 : 1))
}

/** Undefined for the object that marks a folder, and for a name that no client could ask for. */
const joinListed = (path: ArtifactPath, name: string): ArtifactPath | undefined => {
  if (name === '') return undefined
  try {
    return joinArtifactPath(path, name)
  } catch {
    return undefined
  }
}
