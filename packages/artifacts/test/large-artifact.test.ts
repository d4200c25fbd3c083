import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { type IncomingMessage, request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startS3Server, startTidemill, waitFor } from '@tidemill/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const MEBIBYTE = 1024 * 1024
const SIZE = 1024 * MEBIBYTE
const ALLOWED_GROWTH = 64 * MEBIBYTE
const PATH = '/api/2.0/mlflow-artifacts/artifacts'

const SETTLED_READINGS = 40
const LIMIT_MS = 300_000

const started = await startS3Server()
if ('unavailable' in started) process.stderr.write(`A test on S3 is skipped: ${started.unavailable}\n`)
const s3 = 'unavailable' in started ? undefined : started

let directory = ''
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tidemill-large-'))
})
afterAll(async () => {
  await s3?.stop()
  await rm(directory, { recursive: true, force: true })
})

const residentBytes = async (pid: number): Promise<number> =>
  Number(/^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024

/** Sends the bytes at the server's pace, and looks at its memory now and then. */
const upload = async (url: string, size: number, look: () => Promise<void>): Promise<number | undefined> => {
  const request = httpRequest(url, { method: 'PUT', headers: { 'content-length': size } })
  const answered: Promise<IncomingMessage[]> = once(request, 'response')
  const chunk = Buffer.alloc(MEBIBYTE, 7)
  for (let sent = 0; sent < size; sent += MEBIBYTE) {
    if (!request.write(chunk)) await once(request, 'drain')
    if (sent % (64 * MEBIBYTE) === 0) await look()
  }
  request.end()
  const [response] = await answered
  response?.resume()
  return response?.statusCode
}

const download = async (url: string, look: () => Promise<void>): Promise<number> => {
  const request = httpRequest(url)
  const answered: Promise<IncomingMessage[]> = once(request, 'response')
  request.end()
  const [response] = await answered
  let size = 0
  let looked = 0
  for await (const chunk of response ?? []) {
    size += Buffer.byteLength(chunk)
    if (size < looked + 64 * MEBIBYTE) continue
    looked = size
    await look()
  }
  return size
}

/** A server that has just started still compiles and opens its store. */
const settledBytes = async (pid: number): Promise<number> => {
  const readings: number[] = []
  await waitFor('the memory settles', async () => {
    readings.push(await residentBytes(pid))
    const last = readings.slice(-SETTLED_READINGS)
    return last.length === SETTLED_READINGS && Math.max(...last) - Math.min(...last) < MEBIBYTE
  })
  return readings.at(-1) ?? 0
}

/** How many bytes more the server had at most. */
const growthOf = async (destination: string, environment: Readonly<Record<string, string>>): Promise<number> => {
  const data = await mkdtemp(join(directory, 'data-'))
  const server = await startTidemill(
    ['server', '--port', '0', '--data-dir', data, '--artifacts-destination', destination],
    environment,
  )
  try {
    const url = `${server.url}${PATH}/f`
    // What is loaded with the first request of its kind is no growth.
    expect(await upload(url, 32 * MEBIBYTE, async () => undefined)).toBe(200)
    expect(await download(url, async () => undefined)).toBe(32 * MEBIBYTE)
    const before = await settledBytes(server.pid)
    let most = 0
    const look = async () => {
      most = Math.max(most, await residentBytes(server.pid))
    }
    expect(await upload(url, SIZE, look)).toBe(200)
    expect(await download(url, look)).toBe(SIZE)
    return most - before
  } finally {
    await server.stop()
  }
}

describe.skipIf(!existsSync('/proc/self/status'))('a gibibyte goes up and down without growing the server', () => {
  test(
    'on a disk',
    async () => {
      expect(await growthOf(join(directory, 'artifacts'), {})).toBeLessThan(ALLOWED_GROWTH)
    },
    LIMIT_MS,
  )

  test.skipIf(s3 === undefined)(
    'on S3',
    async () => {
      expect(await growthOf('s3://artifacts/large', s3?.environment ?? {})).toBeLessThan(ALLOWED_GROWTH)
    },
    LIMIT_MS,
  )
})
