import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { join } from 'node:path'
import { startServer } from '@tidemill/api'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { safePaths, unsafePaths, unsafeUrlTails } from '../../../packages/core/test/path-corpus.ts'
import { ARTIFACTS, MLFLOW, useServer } from './server-fixture.ts'

const server = useServer()
const INVALID_PATH = { error_code: 'INVALID_PARAMETER_VALUE', message: 'Invalid path' }
const encodePath = (path: string): string => path.split('/').map(encodeURIComponent).join('/')

const createRun = async (): Promise<string> => (await server().post(`${MLFLOW}/runs/create`, {})).json.run.info.run_id
const put = (path: string, content: string | Buffer) =>
  server().request({ method: 'PUT', url: `${ARTIFACTS}/${encodePath(path)}`, payload: content })
const upload = (runId: string, path: string, content: string) =>
  server().request({
    method: 'POST',
    url: `/ajax-api/2.0/mlflow/upload-artifact?run_uuid=${runId}&path=${encodeURIComponent(path)}`,
    payload: content,
  })

describe('the artifact proxy', () => {
  test('a file goes up, is listed by basename, comes down and goes away', async () => {
    expect(await put('p/1/model.bin', 'weights')).toMatchObject({ status: 200, json: {} })
    await put('p/1/sub/x', '')
    expect((await server().get(ARTIFACTS, { path: 'p/1' })).json).toEqual({
      files: [
        { path: 'model.bin', is_dir: false, file_size: 7 },
        { path: 'sub', is_dir: true },
      ],
    })
    const file = await server().get(`${ARTIFACTS}/p/1/model.bin`)
    expect([file.status, file.text]).toEqual([200, 'weights'])
    expect(await server().request({ method: 'DELETE', url: `${ARTIFACTS}/p/1` })).toMatchObject({
      status: 200,
      json: {},
    })
    expect((await server().get(ARTIFACTS, { path: 'p/1' })).json).toEqual({ files: [] })
    expect(await server().request({ method: 'DELETE', url: `${ARTIFACTS}/p/1` })).toMatchObject({
      status: 200,
      json: {},
    })
  })

  test.each(['dots/.', 'dots/./sub', 'dots/sub/./.'])('lists %s as the folder that it is', async (path) => {
    await put('dots/sub/f', 'x')
    const name = path.includes('sub') ? { path: 'f', is_dir: false, file_size: 1 } : { path: 'sub', is_dir: true }
    expect((await server().get(ARTIFACTS, { path })).json).toEqual({ files: [name] })
  })

  test('listing a file, or nothing, is an empty answer', async () => {
    await put('q/f', 'x')
    expect(await server().get(ARTIFACTS, { path: 'q/f' })).toMatchObject({ status: 200, json: { files: [] } })
    expect(await server().get(ARTIFACTS, { path: 'no/such' })).toMatchObject({ status: 200, json: { files: [] } })
  })

  test.each(['no/such', 'folder'])('a missing file is a fast 404: %s', async (path) => {
    await put('folder/f', 'x')
    const answer = await server().get(`${ARTIFACTS}/${path}`)
    expect([answer.status, answer.json.error_code]).toEqual([404, 'RESOURCE_DOES_NOT_EXIST'])
  })

  test('an upload may have any content type and no announced length', async () => {
    for (const type of ['text/html', 'nonsense', 'application/json', 'multipart/form-data']) {
      const url = `${ARTIFACTS}/types/${encodeURIComponent(type)}`
      const answer = await server().request({ method: 'PUT', url, headers: { 'content-type': type }, payload: 'x' })
      expect(answer.status).toBe(200)
    }
    const empty = await server().request({
      method: 'PUT',
      url: `${ARTIFACTS}/types/empty`,
      headers: { 'transfer-encoding': 'chunked' },
      payload: '',
    })
    expect(empty.status).toBe(200)
    expect((await server().get(`${ARTIFACTS}/types/empty`)).text).toBe('')
  })

  test.each([
    ['bytes=0-3', 206, '0123', 'bytes 0-3/10'],
    ['bytes=4-', 206, '456789', 'bytes 4-9/10'],
    ['bytes=-2', 206, '89', 'bytes 8-9/10'],
    ['bytes=8-99', 206, '89', 'bytes 8-9/10'],
    ['bytes=0-1,4-5', 200, '0123456789', undefined],
    ['lines=1-2', 200, '0123456789', undefined],
    ['bytes=10-', 416, expect.stringContaining('10 bytes'), undefined],
  ])('the range %s answers %i', async (range, status, text, contentRange) => {
    await put('range/f', '0123456789')
    const answer = await server().request({ method: 'GET', url: `${ARTIFACTS}/range/f`, headers: { range } })
    expect([answer.status, answer.text, answer.headers['content-range']]).toEqual([status, text, contentRange])
  })
})

describe('artifacts of a run', () => {
  test('are listed with paths from the run’s root', async () => {
    const runId = await createRun()
    await put(`0/${runId}/artifacts/my.file`, 'x')
    await put(`0/${runId}/artifacts/dir/my.file`, 'xy')
    const list = async (path: string) => (await server().get(`${MLFLOW}/artifacts/list`, { run_id: runId, path })).json
    const rootUri = `mlflow-artifacts:/0/${runId}/artifacts`
    expect(await list('')).toEqual({
      root_uri: rootUri,
      files: [
        { path: 'dir', is_dir: true },
        { path: 'my.file', is_dir: false, file_size: 1 },
      ],
    })
    expect(await list('dir')).toEqual({
      root_uri: rootUri,
      files: [{ path: 'dir/my.file', is_dir: false, file_size: 2 }],
    })
  })

  test('go up from the browser and come down as attachments that cannot run', async () => {
    const runId = await createRun()
    expect(await upload(runId, 'page.html', '<script>alert(1)</script>')).toMatchObject({ status: 200, json: {} })
    const answer = await server().get('/get-artifact', { run_uuid: runId, path: 'page.html' })
    expect(answer.text).toBe('<script>alert(1)</script>')
    expect(answer.headers).toMatchObject({
      'content-type': 'text/plain',
      'content-disposition': 'attachment; filename=page.html',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "sandbox; default-src 'none'",
    })
  })

  test('a name with quotes and line ends cannot break the header', async () => {
    const runId = await createRun()
    await upload(runId, 'a"b%0d%0a.txt', 'x')
    const { headers } = await server().get('/get-artifact', { run_id: runId, path: 'a"b%0d%0a.txt' })
    expect(headers['content-disposition']).toBe(
      `attachment; filename=a_b%0d%0a.txt; filename*=UTF-8''a%22b%250d%250a.txt`,
    )
  })

  test.each([
    ['?path=x', 'x', 'Request must specify run_uuid.'],
    ['?run_uuid=RUN', 'x', 'Request must specify path.'],
    ['?run_uuid=RUN&path=x', '', 'Request must specify data.'],
    ['?run_uuid=RUN&path=x', 'x'.repeat(10 * 1024 * 1024 + 1), 'Artifact size is too large. Max size is 10MB.'],
  ])('an upload with %s is refused', async (query, payload, message) => {
    const runId = await createRun()
    const url = `/ajax-api/2.0/mlflow/upload-artifact${query.replace('RUN', runId)}`
    expect(await server().request({ method: 'POST', url, payload })).toMatchObject({
      status: 400,
      json: { error_code: 'INVALID_PARAMETER_VALUE', message },
    })
  })

  test('an upload to an unknown or deleted run is refused', async () => {
    expect((await upload('f'.repeat(32), 'x', 'x')).status).toBe(404)
    const runId = await createRun()
    await server().post(`${MLFLOW}/runs/delete`, { run_id: runId })
    expect((await upload(runId, 'x', 'x')).json.message).toContain(`must be in the 'active' state`)
  })

  test('a location that is not ours is never read', async () => {
    const location = { name: 'elsewhere', artifact_location: '/etc' }
    const experimentId = (await server().post(`${MLFLOW}/experiments/create`, location)).json.experiment_id
    const run = (await server().post(`${MLFLOW}/runs/create`, { experiment_id: experimentId })).json.run.info
    for (const url of [
      `${MLFLOW}/artifacts/list?run_id=${run.run_id}`,
      `/get-artifact?run_id=${run.run_id}&path=passwd`,
    ]) {
      const answer = await server().get(url)
      expect([answer.status, answer.json.error_code]).toEqual([400, 'INVALID_PARAMETER_VALUE'])
    }
  })
})

describe('paths', () => {
  /** Hash of the names and sizes of everything beside the artifacts. */
  const treeHash = async (): Promise<string> => {
    const names = await readdir(server().directory, { recursive: true })
    const outside = names.filter((name) => !name.startsWith('artifacts') && !name.startsWith('pg'))
    return createHash('sha256').update(outside.toSorted().join('\n')).digest('hex')
  }

  test.each(unsafePaths)('%j is refused by every route', async (path) => {
    const runId = await createRun()
    const before = await treeHash()
    const query = encodeURIComponent(path)
    // `inject` resolves a plain `..` itself; real sockets carry it below.
    const tail = path === '..' ? '%252e%252e' : encodeURIComponent(path)
    for (const [method, url] of [
      ['GET', `${ARTIFACTS}?path=${query}`],
      ['GET', `/ajax-api/2.0/mlflow-artifacts/artifacts?path=${query}`],
      ['GET', `${ARTIFACTS}/${tail}`],
      ['PUT', `${ARTIFACTS}/${tail}`],
      ['DELETE', `${ARTIFACTS}/${tail}`],
      ['PUT', `/ajax-api/2.0/mlflow-artifacts/artifacts/${tail}`],
      ['POST', `/api/2.0/mlflow-artifacts/mpu/create/${tail}`],
      ['POST', `/api/2.0/mlflow-artifacts/mpu/complete/${tail}`],
      ['POST', `/api/2.0/mlflow-artifacts/mpu/abort/${tail}`],
      ['PUT', `/api/2.0/mlflow-artifacts/mpu/part/${tail}`],
      ['GET', `/api/2.0/mlflow-artifacts/archive/${tail}`],
      ['GET', `/get-artifact-archive?run_id=${runId}&path=${query}`],
      ['GET', `/api/2.0/mlflow-artifacts/presigned/${tail}`],
      ['GET', `${MLFLOW}/artifacts/list?run_id=${runId}&path=${query}`],
      ['GET', `/get-artifact?run_id=${runId}&path=${query}`],
      ['GET', `/get-artifact?run_uuid=${runId}&path=${query}`],
      ['POST', `/ajax-api/2.0/mlflow/upload-artifact?run_uuid=${runId}&path=${query}`],
    ] as const) {
      const answer = await server().request({ method, url, ...(method === 'GET' ? {} : { payload: 'x' }) })
      expect({ method, url, status: answer.status, json: answer.json }).toEqual({
        method,
        url,
        status: 400,
        json: INVALID_PATH,
      })
    }
    expect(await treeHash()).toBe(before)
    expect((await server().get('/health')).text).toBe('OK')
  })

  test.each(['', '.', '%2e'])('the root cannot be deleted or overwritten as %j', async (tail) => {
    await put('kept', 'x')
    for (const method of ['DELETE', 'PUT'] as const) {
      const answer = await server().request({ method, url: `${ARTIFACTS}/${tail}` })
      expect(answer.status).toBeGreaterThanOrEqual(400)
      expect(answer.status).toBeLessThan(500)
    }
    expect((await server().get(`${ARTIFACTS}/kept`)).text).toBe('x')
  })

  test.each(safePaths)('%j keeps its bytes and its name', async (path) => {
    const runId = await createRun()
    const inRun = `0/${runId}/artifacts/${path}`
    expect((await put(inRun, path)).status).toBe(200)
    expect((await server().get(`${ARTIFACTS}/${encodePath(inRun)}`)).text).toBe(path)
    expect((await server().get(`/get-artifact?run_id=${runId}&path=${encodeURIComponent(path)}`)).text).toBe(path)
    const folder = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : ''
    const { json } = await server().get(`${MLFLOW}/artifacts/list?run_id=${runId}&path=${encodeURIComponent(folder)}`)
    expect(json.files).toEqual([{ path, is_dir: false, file_size: Buffer.byteLength(path) }])
  })

  test('links inside the root are not followed', async () => {
    const { directory } = server()
    await mkdir(join(directory, 'canary'), { recursive: true })
    await writeFile(join(directory, 'canary/secret.txt'), 'CANARY')
    await put('links/f', 'x')
    await symlink(join(directory, 'canary'), join(directory, 'artifacts/links/l'))
    await symlink(join(directory, 'canary/secret.txt'), join(directory, 'artifacts/links/file'))
    expect((await server().get(`${ARTIFACTS}/links/l/secret.txt`)).status).toBe(404)
    expect((await server().get(`${ARTIFACTS}/links/file`)).status).toBe(404)
    expect((await server().get(ARTIFACTS, { path: 'links/l' })).json).toEqual({ files: [] })
    expect(await put('links/l/x', 'x')).toMatchObject({ status: 400, json: INVALID_PATH })
    expect((await server().request({ method: 'DELETE', url: `${ARTIFACTS}/links/l` })).status).toBe(200)
    expect(await readFile(join(directory, 'canary/secret.txt'), 'utf8')).toBe('CANARY')
  })
})

describe('URLs that no HTTP library would send', () => {
  let running: Awaited<ReturnType<typeof startServer>>
  beforeAll(async () => {
    running = await startServer(server().context)
  })
  afterAll(() => running[Symbol.asyncDispose]())

  const rawRequest = (method: string, path: string): Promise<{ status: number; text: string }> =>
    new Promise((resolve, reject) => {
      const { port } = new URL(running.url)
      const request = httpRequest({ host: '127.0.0.1', port, method, path }, (response) => {
        let text = ''
        response.on('data', (chunk: Buffer) => (text += chunk.toString()))
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
      })
      request.on('error', reject)
      request.end(method === 'PUT' ? 'x' : undefined)
    })

  test.each(unsafeUrlTails)('%j is an invalid path', async (tail) => {
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const answer = await rawRequest(method, `${ARTIFACTS}/${tail}`)
      expect({ method, status: answer.status, body: JSON.parse(answer.text) }).toEqual({
        method,
        status: 400,
        body: INVALID_PATH,
      })
    }
  })
})
