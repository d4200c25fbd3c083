import { InvalidParameterValueError } from '@tidemill/core'
import { Agent, request } from 'undici'
import { type Fields, isFields } from '../source/fields.ts'

const TIMEOUT_MS = 120_000
const CONNECTIONS = 4
/** A page of 25,000 points has some 3 MB, a run with every param at its limit less. */
const MAX_BODY_BYTES = 512 * 1024 * 1024

/** An answer that is no success. */
export class RestError extends Error {
  override readonly name = 'RestError'
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

/** The REST API of a tracking server. */
export interface RestClient extends AsyncDisposable {
  /** Without credentials. */
  readonly url: string
  get(path: string, query: Readonly<Record<string, string>>): Promise<Fields>
  post(path: string, body: Fields): Promise<Fields>
  /** The bytes of an answer. */
  download(path: string, query: Readonly<Record<string, string>>): AsyncIterable<Uint8Array>
}

/** User and password come with the URL. Methods throw RestError. */
export const createRestClient = (serverUrl: string): RestClient => {
  const url = toUrl(serverUrl)
  const authorization =
    url.username === ''
      ? undefined
      : `Basic ${Buffer.from(`${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`).toString('base64')}`
  const base = `${url.protocol}//${url.host}${url.pathname.replace(/\/+$/, '')}`
  const dispatcher = new Agent({ connections: CONNECTIONS, headersTimeout: TIMEOUT_MS, bodyTimeout: TIMEOUT_MS })

  const send = async (method: 'GET' | 'POST', path: string, query: Readonly<Record<string, string>>, body?: Fields) => {
    const answer = await request(`${base}${path}?${new URLSearchParams(query).toString()}`, {
      method,
      dispatcher,
      headers: {
        ...(authorization === undefined ? {} : { authorization }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    if (answer.statusCode === 200) return answer
    const text = (await readText(answer.body)).slice(0, 2000)
    const { error_code: code, message } = parseObject(text) ?? {}
    throw new RestError(
      answer.statusCode,
      typeof code === 'string' ? code : '',
      `${base}${path} answered ${answer.statusCode}: ${typeof message === 'string' ? message : text}`,
    )
  }
  const toObject = async (sent: ReturnType<typeof send>): Promise<Fields> => {
    const text = await readText((await sent).body)
    const object = parseObject(text)
    if (object === undefined) throw new RestError(200, '', `${base} answered no JSON object: ${text.slice(0, 200)}`)
    return object
  }
  return {
    url: base,
    get: (path, query) => toObject(send('GET', path, query)),
    post: (path, body) => toObject(send('POST', path, {}, body)),
    download: async function* (path, query) {
      yield* (await send('GET', path, query)).body
    },
    [Symbol.asyncDispose]: () => dispatcher.close(),
  }
}

const toUrl = (text: string): URL => {
  try {
    return new URL(text)
  } catch (error) {
    throw new InvalidParameterValueError(`'${text}' is no URL of a tracking server.`, { cause: error })
  }
}

const readText = async (body: AsyncIterable<Uint8Array>): Promise<string> => {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.byteLength
    if (bytes > MAX_BODY_BYTES) throw new RestError(200, '', `An answer has more than ${MAX_BODY_BYTES} bytes.`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

const parseObject = (text: string): Fields | undefined => {
  try {
    const value: unknown = JSON.parse(text)
    return isFields(value) ? value : undefined
  } catch {
    return undefined
  }
}
