import { Agent } from 'node:https'
import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3'
import { type ArtifactPath, InvalidParameterValueError, parseArtifactPath } from '@tidemill/core'
import type * as Sdk from './s3-sdk.ts'
import type { S3Settings } from './s3-settings.ts'

interface S3Location {
  readonly bucket: string
  /** Without slashes around it. */
  readonly prefix: ArtifactPath
}

/** `s3://bucket/prefix`. Throws InvalidParameterValueError. */
const parseS3Uri = (uri: string): S3Location => {
  const match = /^s3:\/\/([A-Za-z0-9][\w.-]{1,254})(\/[^?#]*)?$/.exec(uri)
  const prefix = (match?.[2] ?? '').split('/').filter((part) => part !== '')
  if (match?.[1] === undefined) {
    throw new InvalidParameterValueError(`'${uri}' does not name a folder in S3. Give s3://bucket/prefix.`)
  }
  return { bucket: match[1], prefix: parseArtifactPath(prefix.join('/')) }
}

/** A folder of a bucket, with the SDK that speaks to it. */
export interface S3Bucket {
  readonly sdk: typeof Sdk
  readonly client: S3Client
  readonly bucket: string
  /** Of every new object. */
  readonly uploadArguments: object
  toKey(path: ArtifactPath): string
}

/** The SDK is loaded with the first call: servers without S3 pay neither its start nor its memory. */
export const createS3Bucket = (uri: string, settings: S3Settings): (() => Promise<S3Bucket>) => {
  const { bucket, prefix } = parseS3Uri(uri)
  let opened: Promise<S3Bucket> | undefined
  return () =>
    (opened ??= import('./s3-sdk.ts').then((sdk) => ({
      sdk,
      client: new sdk.S3Client(toClientConfig(settings)),
      bucket,
      uploadArguments: settings.uploadArguments ?? {},
      toKey: (path) => [prefix, path].filter((part) => part !== '').join('/'),
    })))
}

const toClientConfig = (settings: S3Settings): S3ClientConfig => ({
  region: settings.region ?? 'us-east-1',
  forcePathStyle: settings.forcePathStyle ?? settings.endpoint !== undefined,
  // Stores other than Amazon's reject the newer checksums; the signature covers the payload, or TLS does.
  requestChecksumCalculation: 'WHEN_REQUIRED',
  responseChecksumValidation: 'WHEN_REQUIRED',
  ...(settings.endpoint === undefined ? {} : { endpoint: settings.endpoint }),
  ...(settings.credentials === undefined ? {} : { credentials: settings.credentials }),
  ...(settings.ignoreTls === true ? { requestHandler: { httpsAgent: new Agent({ rejectUnauthorized: false }) } } : {}),
})
