import { Client } from 'undici'
import { createBodyTemplate } from './body-template.ts'
import type { Call, Script } from './job.ts'

interface Answer {
  readonly status: number
  readonly receivedBytes: number
  /** Of a failed call, or of one that captures. */
  readonly text: string
}

/** One keep-alive socket that plays its script. */
export interface Connection {
  /** Rounds of the script that ended without an error. */
  readonly rounds: number
  readonly captured: string
  /** The script's next call. Throws when the socket breaks. */
  next(): Promise<Answer>
  close(): Promise<void>
}

const HEADERS = { 'content-type': 'application/json' }
const TIMEOUT_MS = 120_000

export const createConnection = (origin: string, script: Script, firstCounter: number): Connection => {
  const client = new Client(origin, { pipelining: 1, bodyTimeout: TIMEOUT_MS, headersTimeout: TIMEOUT_MS })
  const calls = script.map((call) => ({ call, toBody: bodyOf(call) }))
  let position = 0
  let rounds = 0
  let captured = ''
  return {
    get rounds() {
      return rounds
    },
    get captured() {
      return captured
    },
    next: async () => {
      const current = calls[position]
      if (current === undefined) throw new Error('A script needs a call')
      const answer = await send(client, current.call, current.toBody(firstCounter + rounds, captured))
      if (answer.status !== 200) return answer
      if (current.call.capture !== undefined) captured = captureFrom(answer.text, current.call.capture)
      position = (position + 1) % calls.length
      if (position === 0) rounds++
      return answer
    },
    close: () => client.destroy(),
  }
}

/** Repeated, it is the body of a call with `bodyBytes`. */
export const PATTERN = 'tidemill bench. '

const bodyOf = (call: Call): ((counter: number, captured: string) => Buffer | null) => {
  if (call.bodyBytes !== undefined) {
    const bytes = Buffer.alloc(call.bodyBytes, PATTERN)
    return () => bytes
  }
  if (call.body === undefined) return () => null
  const template = createBodyTemplate(call.body)
  return (counter, captured) => template.fill(counter, captured)
}

/** `dispatch` and not `request`: a stream for each answer would cost more than most answers. */
const send = (client: Client, call: Call, body: Buffer | null): Promise<Answer> =>
  new Promise((resolve, reject) => {
    let status = 0
    let receivedBytes = 0
    let isKept = false
    const kept: Buffer[] = []
    client.dispatch(
      { method: call.method, path: call.path, headers: HEADERS, body },
      {
        onRequestStart: () => undefined,
        onResponseStart: (_controller, statusCode) => {
          status = statusCode
          isKept = statusCode !== 200 || call.capture !== undefined
        },
        onResponseData: (_controller, chunk) => {
          receivedBytes += chunk.byteLength
          if (isKept) kept.push(chunk)
        },
        onResponseEnd: () => resolve({ status, receivedBytes, text: isKept ? Buffer.concat(kept).toString() : '' }),
        onResponseError: (_controller, error) => reject(error),
      },
    )
  })

const captureFrom = (text: string, field: string): string => {
  const value = new RegExp(`"${field}":\\s*"([^"]{32})"`).exec(text)?.[1]
  if (value === undefined) throw new Error(`No '${field}' in the answer ${text.slice(0, 200)}`)
  return value
}
