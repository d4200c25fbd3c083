import { randomUUID } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { createS3ArtifactStore, type S3Settings } from '@tidemill/artifacts'
import { type ArtifactStore, parseArtifactPath } from '@tidemill/core'
import { freePort, startS3Server } from '@tidemill/testkit'
import { afterAll, describe, expect, test } from 'vitest'
import { describeArtifactStore } from './artifact-store-suite.ts'

const started = await startS3Server()
if ('unavailable' in started) process.stderr.write(`Tests on S3 are skipped: ${started.unavailable}\n`)
const server = 'unavailable' in started ? undefined : started
afterAll(() => server?.stop())

const settings: S3Settings =
  server === undefined ? {} : { endpoint: server.endpoint, region: server.region, credentials: server.credentials }
const open = (folder: string, overrides: S3Settings = {}): ArtifactStore =>
  createS3ArtifactStore({ uri: `s3://${server?.bucket}/${folder}`, ...settings, ...overrides })

const bytes = async function* (text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}
const path = parseArtifactPath

describe.skipIf(server === undefined)('on S3', () => {
  describeArtifactStore('s3', () => open('suite'))

  const setup = () => ({ store: open(`world/${randomUUID()}`) })

  test('the bucket itself may be the root', async () => {
    const store = createS3ArtifactStore({ uri: `s3://${server?.bucket}`, ...settings })
    const name = randomUUID()
    await store.write(path(name), bytes('x'))
    expect((await store.list(path(''))).map((file) => file.path)).toContain(name)
    await store.delete(path(name))
  })

  test('what a broken upload sent is not kept as parts', async () => {
    const { store } = setup()
    const broken = async function* (): AsyncGenerator<Uint8Array> {
      for (let index = 0; index < 20; index++) yield Buffer.alloc(1024 * 1024)
      throw new Error('gone')
    }
    await expect(store.write(path('f'), broken())).rejects.toThrow('gone')
    const uploads = await readdir(`${server?.directory}/.sgwtmp/multipart`, { recursive: true }).catch(() => [])
    expect(uploads.filter((name) => /\d+$/.test(name))).toEqual([])
  })

  test('deleting a file keeps those whose names begin like it', async () => {
    const { store } = setup()
    await store.write(path('a'), bytes('x'))
    await store.write(path('ab'), bytes('x'))
    await store.delete(path('a'))
    expect((await store.list(path(''))).map((file) => file.path)).toEqual(['ab'])
  })

  test('the tag changes with the content', async () => {
    const { store } = setup()
    await store.write(path('f'), bytes('one'))
    const before = await store.stat(path('f'))
    await store.write(path('f'), bytes('two'))
    const after = await store.read(path('f'))
    expect(before?.etag).toMatch(/^[\w-]+$/)
    expect(after.etag).not.toBe(before?.etag)
    for await (const chunk of after.stream) expect(Buffer.from(chunk).toString()).toBe('two')
  })

  test('a presigned URL downloads without credentials, as an attachment', async () => {
    const { store } = setup()
    await store.write(path('d/ü.html'), bytes('<b>'))
    const presigned = await store.presigner?.presign(path('d/ü.html'), 60)
    const answer = await fetch(presigned?.url ?? '')
    expect([answer.status, await answer.text(), presigned?.fileSize]).toEqual([200, '<b>', 3])
    expect(answer.headers.get('content-disposition')).toBe("attachment; filename*=UTF-8''%C3%BC.html")
    await expect(store.presigner?.presign(path('absent'), 60)).rejects.toMatchObject({
      code: 'RESOURCE_DOES_NOT_EXIST',
    })
  })

  test('parts that clients send to the bucket become one file', async () => {
    const { store } = setup()
    const upload = await store.multipart?.create(path('d/big'), 2)
    const urls = upload?.partUrls ?? []
    const first = Buffer.alloc(5 * 1024 * 1024, 'a')
    const sent = await Promise.all(
      [first, Buffer.from('end')].map((body, index) => fetch(urls[index] ?? '', { method: 'PUT', body })),
    )
    const parts = sent.map(({ headers }, index) => ({ partNumber: index + 1, etag: headers.get('etag') ?? '' }))
    await store.multipart?.complete(path('d/big'), upload?.uploadId ?? '', parts)
    expect(await store.stat(path('d/big'))).toMatchObject({ fileSize: first.byteLength + 3 })
    await expect(store.multipart?.complete(path('d/other'), 'unknown', parts)).rejects.toMatchObject({
      code: 'RESOURCE_DOES_NOT_EXIST',
    })
  })

  test('an aborted upload of parts leaves nothing, and aborting again is fine', async () => {
    const { store } = setup()
    const upload = await store.multipart?.create(path('big'), 1)
    await fetch(upload?.partUrls?.[0] ?? '', { method: 'PUT', body: 'x' })
    await store.multipart?.abort(path('big'), upload?.uploadId ?? '')
    await store.multipart?.abort(path('big'), upload?.uploadId ?? '')
    expect(await store.stat(path('big'))).toBeUndefined()
  })

  test('credentials that the server refuses are permission denied', async () => {
    const store = open('x', { credentials: { accessKeyId: 'tidemill', secretAccessKey: 'wrong' } })
    await expect(store.read(path('f'))).rejects.toMatchObject({ code: 'PERMISSION_DENIED' })
  })

  test('a bucket that is not there is named as such', async () => {
    const store = createS3ArtifactStore({ uri: 's3://no-such-bucket/x', ...settings })
    await expect(store.read(path('f'))).rejects.toThrow('The bucket of the artifacts does not exist.')
  })

  test('a server that does not answer is temporarily unavailable', async () => {
    const store = open('x', { endpoint: `http://127.0.0.1:${await freePort()}` })
    await expect(store.read(path('f'))).rejects.toMatchObject({ code: 'TEMPORARILY_UNAVAILABLE' })
  })
})

test.each(['s3://', 's3://b/a/../x', 's3://b/x?y', 's3:/b', 's3://b/a%2f..%2fb', 's3://B_ÄÄ/x', 'http://b/x'])(
  '%j is no place in S3',
  (uri) => {
    expect(() => createS3ArtifactStore({ uri })).toThrow(expect.objectContaining({ code: 'INVALID_PARAMETER_VALUE' }))
  },
)
