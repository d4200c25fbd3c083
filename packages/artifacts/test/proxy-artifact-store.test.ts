import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLogger, createServerContext, type RunningServer, type ServerContext, startServer } from '@tidemill/api'
import { createProxyArtifactStore } from '@tidemill/artifacts'
import { type ArtifactStore, parseArtifactPath } from '@tidemill/core'
import { freePort } from '@tidemill/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { describeArtifactStore } from './artifact-store-suite.ts'

let directory = ''
let context: ServerContext
let running: RunningServer

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tidemill-proxy-'))
  context = await createServerContext(
    {
      host: '127.0.0.1',
      port: 0,
      backendStoreUri: join(directory, 'pg'),
      artifactsDestination: join(directory, 'artifacts'),
      dataDirectory: directory,
      allowedHosts: [],
      corsAllowedOrigins: [],
      sourcePolicy: { allowLocal: false, schemes: [] },
      isEmbedded: true,
    },
    createLogger({ level: 'silent' }),
  )
  running = await startServer(context)
})
afterAll(async () => {
  await running[Symbol.asyncDispose]()
  await context[Symbol.asyncDispose]()
  await rm(directory, { recursive: true, force: true })
})

describeArtifactStore('proxy', () => createProxyArtifactStore(running.url))

/** A server that answers as MLflow's own proxy does where it differs from ours. */
const serveLikeMlflow = async (answer: (url: string) => { status: number; body: string }) => {
  const server = createServer((request, response) => {
    const { status, body } = answer(request.url ?? '')
    response.writeHead(status).end(body)
  })
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : 0)
    })
  })
  return {
    store: createProxyArtifactStore(`http://127.0.0.1:${port}/prefix/`),
    [Symbol.dispose]: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

const readText = async (store: ArtifactStore, range?: { start: number; end: number }): Promise<string> => {
  let text = ''
  for await (const chunk of (await store.read(parseArtifactPath('f'), range)).stream)
    text += Buffer.from(chunk).toString()
  return text
}

describe('another server’s proxy', () => {
  test('may not know ranges', async () => {
    using world = await serveLikeMlflow(() => ({ status: 200, body: '0123456789' }))
    expect(await readText(world.store, { start: 2, end: 4 })).toBe('234')
  })

  test('may leave the size of an empty file out, and the list when it is empty', async () => {
    using world = await serveLikeMlflow((url) => ({
      status: 200,
      body: url.endsWith('=empty') ? '{}' : '{"files":[{"path":"a","is_dir":false}]}',
    }))
    expect(await world.store.list(parseArtifactPath('d'))).toEqual([{ path: 'd/a', isDir: false, fileSize: 0 }])
    expect(await world.store.list(parseArtifactPath('empty'))).toEqual([])
  })

  test('cannot make us leave the folder by the names that it lists', async () => {
    using world = await serveLikeMlflow(() => ({ status: 200, body: '{"files":[{"path":"../../x","is_dir":false}]}' }))
    await expect(world.store.list(parseArtifactPath('d'))).rejects.toThrow(/^Invalid path$/)
  })

  test('keeps the path prefix of the tracking URI', async () => {
    const urls: string[] = []
    using world = await serveLikeMlflow((url) => {
      urls.push(url)
      return { status: 200, body: '' }
    })
    await readText(world.store)
    expect(urls).toEqual(['/prefix/api/2.0/mlflow-artifacts/artifacts/f'])
  })

  test.each([
    [404, 'RESOURCE_DOES_NOT_EXIST'],
    [403, 'INVALID_PARAMETER_VALUE'],
    [412, 'RESOURCE_ALREADY_EXISTS'],
    [507, 'RESOURCE_EXHAUSTED'],
    [500, 'TEMPORARILY_UNAVAILABLE'],
    [503, 'TEMPORARILY_UNAVAILABLE'],
  ])('that answers %i is a %s', async (status, code) => {
    using world = await serveLikeMlflow(() => ({ status, body: 'why' }))
    await expect(world.store.read(parseArtifactPath('f'))).rejects.toMatchObject({ code })
  })

  test('that is not there is named', async () => {
    const url = `http://127.0.0.1:${await freePort()}`
    const store = createProxyArtifactStore(url)
    await expect(store.read(parseArtifactPath('f'))).rejects.toThrow(`The artifact server does not answer at ${url}/`)
  })
})
