export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD'

/** One request of the corpus. `{{name}}` in path, headers and body stands for what an earlier answer gave. */
export interface Exchange {
  /** Unique in the corpus; accepted differences refer to it. */
  readonly title: string
  readonly method: Method
  /** As it goes over the wire, query included. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  /** Names for parts of the answer, by their dotted path. */
  readonly keep: Readonly<Record<string, string>>
  /** Answer headers that are compared as well. */
  readonly compareHeaders: readonly string[]
}

export interface Request {
  readonly method: Method
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly compareHeaders?: readonly string[]
}

type Query = Readonly<Record<string, string | number | readonly string[]>>
export type Row = readonly [title: string, request: Request, keep?: Readonly<Record<string, string>>]

export const API = '/api/2.0/mlflow/'
export const AJAX = '/ajax-api/2.0/mlflow/'
export const PROXY = '/api/2.0/mlflow-artifacts/'
const JSON_TYPE = { 'content-type': 'application/json' }

/** The rows of one area, in the order in which they are sent. */
export const area = (name: string, rows: readonly Row[]): Exchange[] =>
  rows.map(([title, request, keep = {}]) => ({
    headers: {},
    compareHeaders: [],
    ...request,
    title: `${name}: ${title}`,
    keep,
  }))

const json =
  (method: Method) =>
  (path: string, body?: unknown, prefix = API): Request => ({
    method,
    path: prefix + path,
    headers: JSON_TYPE,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })

export const post = json('POST')
export const patch = json('PATCH')
export const remove = json('DELETE')

export const get = (path: string, query: Query = {}, prefix = API): Request => {
  const pairs = Object.entries(query).flatMap(([key, value]) =>
    [value].flat().map((item) => `${key}=${encodeVariables(String(item))}`),
  )
  return { method: 'GET', path: prefix + path + (pairs.length === 0 ? '' : `?${pairs.join('&')}`) }
}

/** Percent-encodes all but the names of variables. */
const encodeVariables = (text: string): string =>
  text
    .split(/(\{\{\w+\}\})/)
    .map((part, index) => (index % 2 === 1 ? part : encodeURIComponent(part)))
    .join('')

/** Any request, as written. */
export const raw = (
  method: Method,
  path: string,
  body?: string,
  headers: Readonly<Record<string, string>> = JSON_TYPE,
): Request => ({ method, path, headers, ...(body === undefined ? {} : { body }) })

/** A run's artifact or a proxied one: bytes, whose headers matter too. */
export const download = (path: string, prefix = PROXY): Request => ({
  method: 'GET',
  path: prefix + path,
  compareHeaders: ['content-type', 'content-disposition', 'x-content-type-options'],
})
