/** How to reach S3 or a store that speaks its protocol. What is absent is looked up as the AWS SDK does. */
export interface S3Settings {
  /** URL of a store that is not Amazon's. */
  readonly endpoint?: string
  /** @default us-east-1 */
  readonly region?: string
  /** The bucket in the path, not in the host name. @default true with an endpoint */
  readonly forcePathStyle?: boolean
  /** Accept any certificate. @default false */
  readonly ignoreTls?: boolean
  readonly credentials?: S3Credentials
  /** Sent with every new object. */
  readonly uploadArguments?: S3UploadArguments
}

export interface S3Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

/** The names are boto3's, because MLFLOW_S3_UPLOAD_EXTRA_ARGS has them. */
export const S3_UPLOAD_ARGUMENTS = [
  'ACL',
  'CacheControl',
  'RequestPayer',
  'SSEKMSEncryptionContext',
  'SSEKMSKeyId',
  'ServerSideEncryption',
  'StorageClass',
  'Tagging',
] as const
export type S3UploadArguments = Readonly<Partial<Record<(typeof S3_UPLOAD_ARGUMENTS)[number], string>>>
