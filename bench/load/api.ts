import { type Dispatcher, Pool } from 'undici'

export interface Api extends AsyncDisposable {
  /** Parsed answer of a call below `/api/2.0/`. Throws with the body when it is no 200. */
  post(path: string, message: unknown): Promise<Message>
  get(path: string, query?: Readonly<Record<string, string>>): Promise<Message>
}

/** JSON whose shape the caller asked for. */
type Message = Readonly<Record<string, unknown>>

/** A plain client for seeding and reading back, beside the measured load. */
export const openApi = (origin: string, connections = 16): Api => {
  const pool = new Pool(origin, {
    connections,
    pipelining: 1,
    headersTimeout: 300_000,
    bodyTimeout: 300_000,
    // Shorter than any server's, whose goodbye would cross with a request.
    keepAliveTimeout: 500,
    keepAliveMaxTimeout: 500,
  })
  const answerOf = async (path: string, response: Dispatcher.ResponseData): Promise<Message> => {
    const text = await response.body.text()
    if (response.statusCode !== 200) throw new Error(`${origin}${path}: ${response.statusCode} ${text.slice(0, 500)}`)
    return JSON.parse(text)
  }
  return {
    post: async (path, message) =>
      answerOf(
        path,
        await pool.request({
          method: 'POST',
          path: `/api/2.0/${path}`,
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(message),
        }),
      ),
    get: async (path, query = {}) =>
      answerOf(
        path,
        await pool.request({ method: 'GET', path: `/api/2.0/${path}?${new URLSearchParams(query).toString()}` }),
      ),
    [Symbol.asyncDispose]: () => pool.close(),
  }
}

/** A value somewhere in an answer, by its path of fields and positions; undefined when there is none. */
export const at = (message: unknown, ...path: readonly (string | number)[]): unknown =>
  path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
    message,
  )

export const textAt = (message: unknown, ...path: readonly (string | number)[]): string => {
  const value = at(message, ...path)
  if (typeof value !== 'string')
    throw new Error(`No text at ${path.join('.')} of ${JSON.stringify(message)?.slice(0, 300)}`)
  return value
}

/** Empty when the field is absent, as MLflow sends empty lists. */
export const listAt = (message: unknown, ...path: readonly (string | number)[]): readonly unknown[] => {
  const value = at(message, ...path)
  if (value === undefined) return []
  if (!Array.isArray(value))
    throw new Error(`No list at ${path.join('.')} of ${JSON.stringify(message)?.slice(0, 300)}`)
  return value
}
