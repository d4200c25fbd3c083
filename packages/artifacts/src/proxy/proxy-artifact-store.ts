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
  joinArtifactPath,
  ListProxiedArtifactsResponse,
  parseArtifactPath,
  ResourceAlreadyExistsError,
  ResourceDoesNotExistError,
  StorageFullError,
  TemporarilyUnavailableError,
} from '@tidemill/core'
import type { Dispatcher, request } from 'undici'
import { skipTo } from './byte-window.ts'

const MAX_ERROR_BYTES = 64 * 1024
const MAX_LISTING_BYTES = 64 * 1024 * 1024

/**
 * Files behind the `mlflow-artifacts` proxy of a tracking server, ours or MLflow's. Bytes stream both ways.
 * Throws TemporarilyUnavailableError when the server cannot be reached or answers 5xx.
 */
export const createProxyArtifactStore = (
  trackingUri: string,
  options: { readonly headers?: Readonly<Record<string, string>> } = {},
): ArtifactStore => {
  const base = `${trackingUri.replace(/\/+$/, '')}/api/2.0/mlflow-artifacts/artifacts`
  const headers = options.headers ?? {}

  const list = async (path: ArtifactPath): Promise<FileInfo[]> => {
    const url = `${base}?path=${encodeURIComponent(path)}`
    const answer = await send(url, { method: 'GET', headers })
    if (answer.statusCode !== 200) throw await toError(answer, url, path)
    const { files = [] } = ListProxiedArtifactsResponse.partial().parse(
      JSON.parse(await readText(answer, MAX_LISTING_BYTES)),
    )
    return files
      .map((file) => ({
        path: joinArtifactPath(path, file.path),
        isDir: file.is_dir,
        // MLflow leaves the size of an empty file out.
        ...(file.is_dir ? {} : { fileSize: file.file_size ?? 0 }),
      }))
      .toSorted((a, b) => (a.path < b.path ? -1 : 1))
  }

  return {
    list,
    stat: async (path) => {
      if (path === ARTIFACT_ROOT) return { path, isDir: true }
      const name = artifactBasename(path)
      const siblings = await list(parseArtifactPath(path.slice(0, Math.max(0, path.length - name.length - 1))))
      return siblings.find((sibling) => sibling.path === path)
    },
    read: async (path, range) => {
      const url = `${base}/${encodePath(path)}`
      const answer = await send(url, { method: 'GET', headers: { ...headers, ...toRangeHeader(range) } })
      if (answer.statusCode !== 200 && answer.statusCode !== 206) throw await toError(answer, url, path)
      return toContent(answer, range)
    },
    write: async (path, content, expectedSize, options) => {
      const url = `${base}/${encodePath(path)}`
      const counted = countBytes(content)
      const answer = await send(url, {
        method: 'PUT',
        headers: {
          ...headers,
          'content-type': 'application/octet-stream',
          ...(expectedSize === undefined ? {} : { 'content-length': String(expectedSize) }),
          ...(options?.mustBeAbsent === true ? { 'if-none-match': '*' } : {}),
        },
        body: Readable.from(counted.stream, { objectMode: false }),
      })
      if (answer.statusCode !== 200) throw await toError(answer, url, path)
      await answer.body.dump()
      return { size: counted.size() }
    },
    delete: async (path) => {
      const url = `${base}/${encodePath(path)}`
      const answer = await send(url, { method: 'DELETE', headers })
      if (answer.statusCode !== 200) throw await toError(answer, url, path)
      await answer.body.dump()
    },
  }
}

type Answer = Dispatcher.ResponseData<unknown>

const send = async (url: string, options: Parameters<typeof request>[1]): Promise<Answer> => {
  // Loaded at first use: only workers of the distributed mode speak to a proxy.
  const undici = await import('undici')
  try {
    return await undici.request(url, options)
  } catch (error) {
    if (isLengthMismatch(error)) {
      throw new InvalidParameterValueError(
        `The bytes for ${url} were more or fewer than announced; nothing was stored. Send them again.`,
        { cause: error },
      )
    }
    throw new TemporarilyUnavailableError(`The artifact server does not answer at ${url}. Is it running?`, {
      cause: error,
    })
  }
}

const isLengthMismatch = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH'

const toContent = (answer: Answer, range: ByteRange | undefined): ArtifactContent => {
  const modified = Date.parse(String(answer.headers['last-modified'] ?? ''))
  const total = /\/(\d+)$/.exec(String(answer.headers['content-range'] ?? ''))?.[1]
  const isWhole = answer.statusCode === 200
  return {
    size: Number(total ?? answer.headers['content-length'] ?? 0),
    modifiedAt: Number.isNaN(modified) ? 0 : modified,
    // MLflow's own proxy knows no ranges and sends everything.
    stream: range !== undefined && isWhole ? Readable.from(skipTo(answer.body, range)) : answer.body,
  }
}

const toRangeHeader = (range: ByteRange | undefined): Record<string, string> =>
  range === undefined ? {} : { range: `bytes=${range.start}-${range.end}` }

const encodePath = (path: ArtifactPath): string => path.split('/').map(encodeURIComponent).join('/')

const toError = async (answer: Answer, url: string, path: ArtifactPath): Promise<Error> => {
  const { statusCode } = answer
  const text = await readText(answer, MAX_ERROR_BYTES)
  if (statusCode === 404) return new ResourceDoesNotExistError(`No artifact file at '${path}'.`)
  if (statusCode === 412) return new ResourceAlreadyExistsError(`There is an artifact at '${path}' already.`)
  if (statusCode === 507) return new StorageFullError(`The artifact server has no room for '${path}'.`)
  if (statusCode >= 500) return new TemporarilyUnavailableError(`The artifact server answered ${statusCode} at ${url}.`)
  return new InvalidParameterValueError(`The artifact server refused ${url} with ${statusCode}: ${text.slice(0, 500)}`)
}

const readText = async (answer: Answer, limit: number): Promise<string> => {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of answer.body) {
    size += chunk.byteLength
    if (size > limit) throw new TemporarilyUnavailableError(`The artifact server answered more than ${limit} bytes.`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

const countBytes = (content: AsyncIterable<Uint8Array>) => {
  let size = 0
  const stream = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of content) {
      size += chunk.byteLength
      yield chunk
    }
  }
  return { stream: stream(), size: () => size }
}
