import { Agent, request } from 'node:http'
import type { Exchange } from '../corpus/exchange.ts'

/** What a server answered to one request of the corpus. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

/** What a server answered to the whole corpus, and what it gave for the names that the corpus keeps. */
export interface Performance {
  readonly answers: ReadonlyMap<string, Answer>
  readonly variables: ReadonlyMap<string, string>
  /** Milliseconds since the epoch between which it took place. */
  readonly from: number
  readonly to: number
}

/** Sends the requests one after another. An answer without a part that is kept leaves its name unreplaced. */
export const play = async (origin: string, corpus: readonly Exchange[]): Promise<Performance> => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const answers = new Map<string, Answer>()
  const variables = new Map<string, string>()
  const from = Date.now()
  for (const exchange of corpus) {
    const answer = await send(origin, agent, exchange, (text) => fill(text, variables))
    answers.set(exchange.title, answer)
    for (const [name, path] of Object.entries(exchange.keep)) {
      const value = part(answer.body, path)
      if (value !== undefined) variables.set(name, value)
    }
  }
  agent.destroy()
  return { answers, variables, from, to: Date.now() }
}

const fill = (text: string, variables: ReadonlyMap<string, string>): string =>
  text.replaceAll(/\{\{(\w+)\}\}/g, (whole, name: string) => variables.get(name) ?? whole)

const part = (body: string, path: string): string | undefined => {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    return undefined
  }
  for (const key of path.split('.')) {
    value = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined
  }
  return typeof value === 'string' ? value : undefined
}

/** By hand, because fetch refuses a GET with a body and rewrites paths with dots. */
const send = (origin: string, agent: Agent, exchange: Exchange, fillIn: (text: string) => string): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(origin)
    const body = exchange.body === undefined ? undefined : Buffer.from(fillIn(exchange.body))
    const headers = { ...exchange.headers, ...(body === undefined ? {} : { 'content-length': String(body.length) }) }
    const path = exchange.path.split('{{').length > 1 ? fillIn(exchange.path) : exchange.path
    const message = request({ hostname, port, path, method: exchange.method, headers, agent, timeout: 30_000 })
    message.once('error', (error) => reject(new Error(`${exchange.title}: ${error.message}`, { cause: error })))
    message.once('timeout', () => message.destroy(new Error('no answer within 30 s')))
    message.once('response', (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.once('error', reject)
      response.once('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString('utf8'),
        }),
      )
    })
    message.end(body)
  })
