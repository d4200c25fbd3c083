import { describe, expect, test } from 'vitest'
import { readS3Settings } from './env.ts'

describe('readS3Settings', () => {
  test.each([
    [{}, {}],
    [{ MLFLOW_S3_ENDPOINT_URL: '' }, {}],
    [{ MLFLOW_S3_ENDPOINT_URL: 'http://minio:9000', AWS_ENDPOINT_URL: 'http://x' }, { endpoint: 'http://minio:9000' }],
    [{ AWS_ENDPOINT_URL_S3: 'http://s3', AWS_ENDPOINT_URL: 'http://x' }, { endpoint: 'http://s3' }],
    [{ AWS_REGION: 'eu-west-1', AWS_DEFAULT_REGION: 'x' }, { region: 'eu-west-1' }],
    [{ AWS_DEFAULT_REGION: 'eu-west-1' }, { region: 'eu-west-1' }],
    [{ MLFLOW_S3_IGNORE_TLS: 'true' }, { ignoreTls: true }],
    [{ MLFLOW_S3_IGNORE_TLS: 'false' }, {}],
    [{ MLFLOW_BOTO_CLIENT_ADDRESSING_STYLE: 'virtual' }, { forcePathStyle: false }],
    [{ MLFLOW_BOTO_CLIENT_ADDRESSING_STYLE: 'auto' }, {}],
    [{ AWS_ACCESS_KEY_ID: 'a' }, {}],
    [
      { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b', AWS_SESSION_TOKEN: 'c' },
      { credentials: { accessKeyId: 'a', secretAccessKey: 'b', sessionToken: 'c' } },
    ],
    [
      { MLFLOW_S3_UPLOAD_EXTRA_ARGS: '{"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "1"}' },
      { uploadArguments: { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: '1' } },
    ],
  ])('reads %j as %j', (env, settings) => {
    expect(readS3Settings(env)).toEqual(settings)
  })

  test.each([
    [{ MLFLOW_S3_ENDPOINT_URL: 'minio' }, "The S3 endpoint 'minio' is not a URL"],
    [{ MLFLOW_S3_UPLOAD_EXTRA_ARGS: 'x' }, 'MLFLOW_S3_UPLOAD_EXTRA_ARGS is not JSON'],
    [{ MLFLOW_S3_UPLOAD_EXTRA_ARGS: '[]' }, 'is not a JSON object'],
    [{ MLFLOW_S3_UPLOAD_EXTRA_ARGS: '{"Body": "x"}' }, "has 'Body', which is not supported"],
  ])('refuses %j', (env, message) => {
    expect(() => readS3Settings(env)).toThrow(message)
  })
})
