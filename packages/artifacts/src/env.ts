import { InvalidParameterValueError } from '@tidemill/core'
import { S3_UPLOAD_ARGUMENTS, type S3Credentials, type S3Settings, type S3UploadArguments } from './s3/s3-settings.ts'

type Find = (...names: readonly string[]) => string | undefined

/**
 * The variables by which users of MLflow and AWS say where S3 is; profiles and machine roles the SDK finds itself.
 * Throws InvalidParameterValueError naming the variable at fault.
 */
export const readS3Settings = (env: Readonly<Record<string, string | undefined>>): S3Settings => {
  const find: Find = (...names) => names.map((name) => env[name]).find((value) => value !== undefined && value !== '')
  const endpoint = find('MLFLOW_S3_ENDPOINT_URL', 'AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL')
  const region = find('AWS_REGION', 'AWS_DEFAULT_REGION')
  const style = find('MLFLOW_BOTO_CLIENT_ADDRESSING_STYLE')
  const credentials = readCredentials(find)
  const extraArguments = find('MLFLOW_S3_UPLOAD_EXTRA_ARGS')
  if (endpoint !== undefined && !URL.canParse(endpoint)) {
    throw new InvalidParameterValueError(`The S3 endpoint '${endpoint}' is not a URL. Give https://host:port.`)
  }
  return {
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(region === undefined ? {} : { region }),
    ...(style === 'path' || style === 'virtual' ? { forcePathStyle: style === 'path' } : {}),
    ...(isTrue(find('MLFLOW_S3_IGNORE_TLS')) ? { ignoreTls: true } : {}),
    ...(credentials === undefined ? {} : { credentials }),
    ...(extraArguments === undefined ? {} : { uploadArguments: parseUploadArguments(extraArguments) }),
  }
}

const readCredentials = (find: Find): S3Credentials | undefined => {
  const accessKeyId = find('AWS_ACCESS_KEY_ID')
  const secretAccessKey = find('AWS_SECRET_ACCESS_KEY')
  const sessionToken = find('AWS_SESSION_TOKEN')
  if (accessKeyId === undefined || secretAccessKey === undefined) return undefined
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) }
}

const isTrue = (value: string | undefined): boolean => value !== undefined && /^(1|true)$/i.test(value)

const parseUploadArguments = (text: string): S3UploadArguments => {
  const parsed = parseObject(text)
  const unknown = Object.keys(parsed).find((key) => !S3_UPLOAD_ARGUMENTS.some((known) => known === key))
  if (unknown !== undefined) {
    throw new InvalidParameterValueError(
      `MLFLOW_S3_UPLOAD_EXTRA_ARGS has '${unknown}', which is not supported. Choose among ${S3_UPLOAD_ARGUMENTS.join(', ')}.`,
    )
  }
  return Object.fromEntries(
    S3_UPLOAD_ARGUMENTS.flatMap((key) => {
      const value = parsed[key]
      return typeof value === 'string' ? [[key, value]] : []
    }),
  )
}

const parseObject = (text: string): Readonly<Record<string, unknown>> => {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  } catch (error) {
    throw new InvalidParameterValueError(
      'MLFLOW_S3_UPLOAD_EXTRA_ARGS is not JSON. Give {"ServerSideEncryption": "…"}.',
      {
        cause: error,
      },
    )
  }
  throw new InvalidParameterValueError('MLFLOW_S3_UPLOAD_EXTRA_ARGS is not a JSON object.')
}
