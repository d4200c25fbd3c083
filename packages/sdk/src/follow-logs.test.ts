import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { createClient } from './client.ts'
import { ApiError, ServerUnreachableError } from './errors.ts'

interface Request {
  readonly from: number
  readonly lastEventId: string | undefined
}

/** A log server that answers its n-th request with the n-th script; the last one is used again. */
const serveLogs = async (scripts: readonly ((response: ServerResponse, request: Request) => void)[]) => {
  const requests: Request[] = []
  const server = createServer((incoming, response) => {
    const url = new URL(incoming.url ?? '/', 'http://server')
    const lastEventId = incoming.headers['last-event-id']
    const request = {
      from: Number(url.searchParams.get('from')),
      lastEventId: typeof lastEventId === 'string' ? lastEventId : undefined,
    }
    requests.push(request)
    scripts[Math.min(requests.length, scripts.length) - 1]?.(response, request)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

const open = (response: ServerResponse): ServerResponse =>
  response.writeHead(200, { 'content-type': 'text/event-stream' })

const event = (number: number, text = `line ${number}`): string =>
  `id: ${number}\ndata: ${JSON.stringify({ number, stream: 'stdout', time: 1, text })}\n\n`

const END = 'event: end\ndata: {}\n\n'

const collect = async (lines: AsyncIterable<{ number: number; text: string }>): Promise<number[]> => {
  const numbers: number[] = []
  for await (const { number } of lines) numbers.push(number)
  return numbers
}

describe('followLogs', () => {
  test('gives the lines until the end event', async () => {
    await using server = await serveLogs([(response) => open(response).end(`: hello\n\n${event(1)}${event(2)}${END}`)])
    expect(await collect(createClient(server).followLogs('a'))).toEqual([1, 2])
    expect(server.requests).toEqual([{ from: 1, lastEventId: undefined }])
  })

  test('resumes after a broken connection without a gap or a repeat', async () => {
    await using server = await serveLogs([
      (response) => open(response).write(event(1) + event(2) + event(3).slice(0, 20), () => response.destroy()),
      (response) => open(response).end(),
      // A server that repeats what was seen.
      (response) => open(response).end(event(2) + event(3) + event(4) + END),
    ])
    expect(await collect(createClient(server).followLogs('a'))).toEqual([1, 2, 3, 4])
    expect(server.requests.map(({ from }) => from)).toEqual([1, 3, 3])
    expect(server.requests.at(-1)?.lastEventId).toBe('2')
  })

  test('puts together events that arrive in pieces, with any line end and any alphabet', async () => {
    const bytes = Buffer.from(`${event(1, 'größe ✓').replaceAll('\n', '\r\n')}${END}`)
    await using server = await serveLogs([
      (response) => {
        open(response)
        for (const byte of bytes) response.write(Buffer.from([byte]))
        response.end()
      },
    ])
    const texts: string[] = []
    for await (const line of createClient(server).followLogs('a')) texts.push(line.text)
    expect(texts).toEqual(['größe ✓'])
  })

  test('goes on after an error of the server that passes', async () => {
    await using server = await serveLogs([
      (response) => response.writeHead(503).end('{"error_code": "TEMPORARILY_UNAVAILABLE", "message": "later"}'),
      (response) => open(response).end(event(1) + END),
    ])
    expect(await collect(createClient(server).followLogs('a'))).toEqual([1])
  })

  test('throws at once for an attempt that is not there', async () => {
    await using server = await serveLogs([
      (response) => response.writeHead(404).end('{"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "no attempt"}'),
    ])
    await expect(collect(createClient(server).followLogs('a'))).rejects.toBeInstanceOf(ApiError)
    expect(server.requests).toHaveLength(1)
  })

  test('gives up when the server stays away', async () => {
    const server = await serveLogs([])
    await server[Symbol.asyncDispose]()
    const lines = createClient(server).followLogs('a', { reconnectForMs: 150 })
    await expect(collect(lines)).rejects.toBeInstanceOf(ServerUnreachableError)
  })

  test('ends quietly when the signal is aborted', async () => {
    await using server = await serveLogs([(response) => open(response).write(event(1))])
    const abort = new AbortController()
    const numbers: number[] = []
    for await (const { number } of createClient(server).followLogs('a', { signal: abort.signal })) {
      numbers.push(number)
      abort.abort()
    }
    expect(numbers).toEqual([1])
  })

  test('starts at the line that is asked for', async () => {
    await using server = await serveLogs([(response, { from }) => open(response).end(event(from) + END)])
    expect(await collect(createClient(server).followLogs('a', { from: 41 }))).toEqual([41])
  })
})
