import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { join } from 'node:path'
import { startServer } from '@tidemill/api'
import { waitFor } from '@tidemill/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ARTIFACTS, MLFLOW, useServer } from './server-fixture.ts'

const server = useServer()
const PROXY = '/api/2.0/mlflow-artifacts'

const put = (path: string, payload: string, headers: Record<string, string> = {}) =>
  server().request({ method: 'PUT', url: `${ARTIFACTS}/${path}`, payload, headers })
const get = (path: string, headers: Record<string, string> = {}) =>
  server().request({ method: 'GET', url: `${ARTIFACTS}/${path}`, headers })
const sha256 = (text: string, encoding: 'hex' | 'base64') => createHash('sha256').update(text).digest(encoding)

describe('a download', () => {
  test('of what the client has already is not sent again', async () => {
    await put('cached', 'x')
    const { headers } = await get('cached')
    const etag = String(headers.etag)
    expect(etag).toMatch(/^"[\w-]+"$/)
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      expect(await get('cached', { 'if-none-match': known })).toMatchObject({ status: 304, text: '' })
    }
    expect(await get('cached', { 'if-none-match': '"other"' })).toMatchObject({ status: 200, text: 'x' })
    await put('cached', 'y')
    expect(await get('cached', { 'if-none-match': etag })).toMatchObject({ status: 200, text: 'y' })
  })

  test('goes on with a range only if the file is still the same', async () => {
    await put('resumed', '0123456789')
    const { headers } = await get('resumed')
    const resume = (condition: unknown) => get('resumed', { range: 'bytes=5-', 'if-range': String(condition) })
    for (const condition of [headers.etag, headers['last-modified']]) {
      expect(await resume(condition)).toMatchObject({ status: 206, text: '56789' })
    }
    for (const condition of ['"other"', `W/${String(headers.etag)}`, 'Thu, 01 Jan 1970 00:00:00 GMT', 'nonsense']) {
      expect(await resume(condition)).toMatchObject({ status: 200, text: '0123456789' })
    }
  })

  test('is announced by HEAD, without its bytes', async () => {
    await put('head.json', '{"a": 1}')
    await using running = await startServer(server().context)
    const ask = (method: string, path: string) => fetch(`${running.url}${ARTIFACTS}/${path}`, { method })
    const [head, whole, absent] = await Promise.all([
      ask('HEAD', 'head.json'),
      ask('GET', 'head.json'),
      ask('HEAD', 'absent'),
    ])
    expect([head.status, await head.text(), absent.status]).toEqual([200, '', 404])
    for (const name of [
      'content-length',
      'content-type',
      'etag',
      'last-modified',
      'accept-ranges',
      'x-frame-options',
    ]) {
      expect(head.headers.get(name)).not.toBeNull()
      expect(head.headers.get(name)).toBe(whole.headers.get(name))
    }
  })
})

describe('an upload', () => {
  test.each([
    ['x-tidemill-sha256', (text: string) => sha256(text, 'hex')],
    ['digest', (text: string) => `sha-256=${sha256(text, 'base64')}`],
    ['digest', (text: string) => `md5=x, SHA-256=${sha256(text, 'base64')}`],
  ])('is checked against %s', async (header, sum) => {
    expect((await put('sum', 'first', { [header]: sum('first') })).status).toBe(200)
    const refused = await put('sum', 'second', { [header]: sum('other') })
    expect([refused.status, refused.json.error_code]).toEqual([400, 'INVALID_PARAMETER_VALUE'])
    expect(refused.json.message).toContain(sha256('second', 'hex'))
    expect((await get('sum')).text).toBe('first')
  })

  test.each([
    ['x-tidemill-sha256', 'abc'],
    ['digest', 'sha-256=abc'],
  ])('with a %s that is none is refused', async (header, value) => {
    expect((await put('none', 'x', { [header]: value })).json.message).toContain('no SHA-256')
    expect((await get('none')).status).toBe(404)
  })

  test('that must make a new file does not overwrite one', async () => {
    const onlyNew = { 'if-none-match': '*' }
    expect((await put('new/f', 'first', onlyNew)).status).toBe(200)
    expect(await put('new/f', 'second', onlyNew)).toMatchObject({
      status: 412,
      json: { error_code: 'RESOURCE_ALREADY_EXISTS' },
    })
    expect((await get('new/f')).text).toBe('first')
    const both = await Promise.all([put('new/g', 'a', onlyNew), put('new/g', 'b', onlyNew)])
    expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 412])
  })
})

describe('a client that goes away', () => {
  let running: Awaited<ReturnType<typeof startServer>>
  beforeAll(async () => {
    running = await startServer(server().context)
  })
  afterAll(() => running[Symbol.asyncDispose]())

  const uploads = () => readdir(join(server().directory, 'artifacts/.tidemill-uploads'))

  test.each([
    ['of a file', `${ARTIFACTS}/broken/f`],
    ['of a file without a length', `${ARTIFACTS}/broken/chunked`],
  ])('in the middle of an upload %s leaves nothing', async (title, path) => {
    await put('whole', 'x')
    const { port } = new URL(running.url)
    const headers = title.endsWith('length') ? {} : { 'content-length': String(64 * 1024 * 1024) }
    const request = httpRequest({ host: '127.0.0.1', port, method: 'PUT', path, headers })
    request.on('error', () => undefined)
    request.write(Buffer.alloc(4 * 1024 * 1024))
    await waitFor('the upload is under way', async () => (await uploads()).length === 1)
    request.destroy()
    await waitFor('the upload is forgotten', async () => (await uploads()).length === 0)
    expect((await server().get(ARTIFACTS, { path: 'broken' })).json).toEqual({ files: [] })
  })

  test('in the middle of a download leaves no file open', async () => {
    const path = 'large'
    await put(path, 'x'.repeat(32 * 1024 * 1024))
    const { port } = new URL(running.url)
    await new Promise<void>((resolve, reject) => {
      const request = httpRequest({ host: '127.0.0.1', port, path: `${ARTIFACTS}/${path}` }, (response) => {
        response.once('data', () => {
          response.destroy()
          resolve()
        })
      })
      request.once('error', reject).end()
    })
    await waitFor('the end is logged', () =>
      server().logs.some(({ msg }) => msg === 'a download ended before its last byte'),
    )
    expect((await fetch(`${running.url}/health`)).status).toBe(200)
  })
})

describe('an upload in parts', () => {
  const create = async (folder: string, path: string, parts: number) =>
    (await server().post(`${PROXY}/mpu/create/${folder}`, { path, num_parts: parts })).json
  const send = async (url: string, payload: string) =>
    server().request({ method: 'PUT', url: new URL(url).pathname, payload })

  test('goes to URLs of this server and becomes one file', async () => {
    const upload = await create('parts/d', '/home/me/model.bin', 2)
    expect(upload.credentials).toEqual([
      { url: expect.stringMatching(/^http:.*\/1$/), part_number: 1, headers: {} },
      { url: expect.stringMatching(/^http:.*\/2$/), part_number: 2, headers: {} },
    ])
    const parts = []
    for (const { url, part_number } of upload.credentials) {
      const { status, headers } = await send(url, `part ${part_number} `)
      expect(status).toBe(200)
      parts.push({ part_number, etag: headers.etag, url })
    }
    expect((await get('parts/d/model.bin')).status).toBe(404)
    const message = { path: '/home/me/model.bin', upload_id: upload.upload_id, parts }
    expect(await server().post(`${PROXY}/mpu/complete/parts/d`, message)).toMatchObject({ status: 200, json: {} })
    expect((await get('parts/d/model.bin')).text).toBe('part 1 part 2 ')
  })

  test.each(['C:\\models\\model.bin', 'model.bin', '../../model.bin', '/a/b/model.bin'])(
    'is named by the last segment of %j',
    async (path) => {
      const { upload_id: id, credentials } = await create('named', path, 1)
      const { headers } = await send(credentials[0].url, path)
      const parts = [{ part_number: 1, etag: headers.etag }]
      await server().post(`${PROXY}/mpu/complete/named`, { path, upload_id: id, parts })
      expect((await get('named/model.bin')).text).toBe(path)
    },
  )

  test.each(['..', 'a/..', 'a\\..', 'a/%2e%2e', '%2e%2e%2fx', '.', 'a/', '/', 'x\0', 'x%00', 'a#b', 'x'.repeat(256)])(
    'cannot be named %j',
    async (path) => {
      const answer = await server().post(`${PROXY}/mpu/create/named`, { path, num_parts: 1 })
      expect([answer.status, answer.json.error_code]).toEqual([400, 'INVALID_PARAMETER_VALUE'])
    },
  )

  test.each([0, 10_001, -1, 'many'])('has between 1 and 10,000 parts, not %j', async (count) => {
    const answer = await server().post(`${PROXY}/mpu/create/x`, { path: 'f', num_parts: count })
    expect([answer.status, answer.json.error_code]).toEqual([400, 'INVALID_PARAMETER_VALUE'])
    expect(answer.json.message).toContain("'num_parts'")
  })

  test('goes away with an abort', async () => {
    const { upload_id: id, credentials } = await create('aborted', 'f', 1)
    await send(credentials[0].url, 'x')
    const message = { path: 'f', upload_id: id }
    expect(await server().post(`${PROXY}/mpu/abort/aborted`, message)).toMatchObject({ status: 200, json: {} })
    expect((await send(credentials[0].url, 'x')).status).toBe(404)
  })
})

describe('a folder as a zip file', () => {
  test('comes from the proxy and from a run', async () => {
    const { json } = await server().post(`${MLFLOW}/runs/create`, {})
    const runId: string = json.run.info.run_id
    await put(`0/${runId}/artifacts/model/MLmodel`, 'flavors')
    for (const [url, name] of [
      [`${PROXY}/archive/0/${runId}/artifacts`, 'artifacts.zip'],
      [`/get-artifact-archive?run_id=${runId}`, `run-${runId}.zip`],
      [`/get-artifact-archive?run_id=${runId}&path=model`, 'model.zip'],
    ] as const) {
      const { status, headers, text } = await server().get(url)
      expect([status, headers['content-type']]).toEqual([200, 'application/zip'])
      expect(headers['content-disposition']).toBe(`attachment; filename=${name}`)
      expect(text).toMatch(/^PK[^]*MLmodelflavors/)
    }
    const page = await server().get(`/runs/${runId}?path=model`)
    expect(page.text).toContain(`/get-artifact-archive?run_id=${runId}&amp;path=model`)
  })

  test.each(['/get-artifact-archive', `${PROXY}/archive/`, `${PROXY}/archive/%2e`])('needs a name: %s', async (url) => {
    expect((await server().get(url)).status).toBe(400)
  })

  test('of nothing is a 404', async () => {
    expect((await server().get(`${PROXY}/archive/absent`)).status).toBe(404)
  })
})

describe('without a store that has URLs of its own', () => {
  test('a presigned download says so, in words that clients know', async () => {
    await put('here', 'x')
    expect(await server().get(`${PROXY}/presigned/here`)).toMatchObject({
      status: 501,
      json: {
        error_code: 'NOT_IMPLEMENTED',
        message: 'Multipart download is not supported for the current artifact repository',
      },
    })
  })

  test('a run with proxied artifacts has no presigned URL', async () => {
    const { json } = await server().post(`${MLFLOW}/runs/create`, {})
    const ask = (message: object) => server().post(`${MLFLOW}/artifacts/presigned-download-url`, message)
    const runId: string = json.run.info.run_id
    expect((await ask({ run_id: runId, path: 'f' })).json.message).toMatch(
      /^Presigned download is not supported for runs with proxied artifact storage \(artifact URI scheme: mlflow-artifacts\)\./,
    )
    expect((await ask({ run_id: runId, path: '../f' })).json.message).toBe('Invalid path')
    expect((await ask({ run_id: runId, path: 'f', expiration: 604_801 })).json.message).toContain(
      'expiration must be between 1 and 604800 seconds',
    )
  })

  test.each(['/api/3.0/mlflow', '/ajax-api/3.0/mlflow'])('%s/server-info promises no parts', async (prefix) => {
    const expected = {
      status: 200,
      json: {
        store_type: 'SqlStore',
        workspaces_enabled: false,
        trace_archival_enabled: false,
        multipart_uploads_enabled: false,
        multipart_downloads_enabled: false,
      },
    }
    expect(await server().get(`${prefix}/server-info`)).toMatchObject(expected)
    expect(await server().request({ method: 'POST', url: `${prefix}/server-info` })).toMatchObject(expected)
  })
})
