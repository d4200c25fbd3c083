import { mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLocalArtifactStore } from '@tidemill/artifacts'
import { parseArtifactPath } from '@tidemill/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { describeArtifactStore } from './artifact-store-suite.ts'

let base = ''
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'tidemill-artifacts-'))
})
afterAll(() => rm(base, { recursive: true, force: true }))

describeArtifactStore('local', () => createLocalArtifactStore(join(base, 'suite')))

const setup = async () => {
  const directory = await mkdtemp(join(base, 'world-'))
  const root = join(directory, 'root')
  const outside = join(directory, 'outside')
  await mkdir(join(root, 'E/R'), { recursive: true })
  await mkdir(outside)
  await writeFile(join(outside, 'secret.txt'), 'CANARY')
  await symlink(outside, join(root, 'E/R/link'))
  await symlink(join(outside, 'secret.txt'), join(root, 'E/R/file-link'))
  const content = async function* (): AsyncGenerator<Uint8Array> {
    yield Buffer.from('x')
  }
  return { root, outside, content, store: createLocalArtifactStore(root) }
}

describe('a symbolic link below the root', () => {
  test.each(['E/R/link/secret.txt', 'E/R/file-link'])('is not read: %s', async (path) => {
    const { store } = await setup()
    await expect(store.read(parseArtifactPath(path))).rejects.toMatchObject({ code: 'RESOURCE_DOES_NOT_EXIST' })
    expect(await store.stat(parseArtifactPath(path))).toBeUndefined()
  })

  test('is not listed, nor what it points to', async () => {
    const { store } = await setup()
    expect(await store.list(parseArtifactPath('E/R'))).toEqual([])
    expect(await store.list(parseArtifactPath('E/R/link'))).toEqual([])
  })

  test.each(['E/R/link/x', 'E/R/link/new/x', 'E/R/link/secret.txt'])('is not written through: %s', async (path) => {
    const { store, outside, content } = await setup()
    await expect(store.write(parseArtifactPath(path), content())).rejects.toThrow(/^Invalid path$/)
    expect(await readdir(outside)).toEqual(['secret.txt'])
    expect(await readFile(join(outside, 'secret.txt'), 'utf8')).toBe('CANARY')
  })

  test('is replaced, not followed, by a write to its name', async () => {
    const { store, outside, content } = await setup()
    await store.write(parseArtifactPath('E/R/file-link'), content())
    expect(await readFile(join(outside, 'secret.txt'), 'utf8')).toBe('CANARY')
  })

  test('is deleted without what it points to', async () => {
    const { store, root, outside } = await setup()
    await store.delete(parseArtifactPath('E/R/link/secret.txt'))
    await store.delete(parseArtifactPath('E/R/link'))
    expect(await readdir(join(root, 'E/R'))).toEqual(['file-link'])
    expect(await readdir(outside)).toEqual(['secret.txt'])
  })
})

describe('local artifact store', () => {
  test('the root may itself be a link', async () => {
    const { root, content } = await setup()
    await symlink(root, `${root}-link`)
    const store = createLocalArtifactStore(`${root}-link`)
    await store.write(parseArtifactPath('f'), content())
    expect(await store.stat(parseArtifactPath('f'))).toMatchObject({ fileSize: 1 })
  })

  test('a socket is no file', async () => {
    const { root, store } = await setup()
    const listener = createServer()
    await new Promise<void>((resolve) => {
      listener.listen(join(root, 'socket'), resolve)
    })
    expect(await store.list(parseArtifactPath(''))).toEqual([{ path: 'E', isDir: true }])
    await expect(store.read(parseArtifactPath('socket'))).rejects.toMatchObject({ code: 'RESOURCE_DOES_NOT_EXIST' })
    listener.close()
  })

  test('what a crash left of an upload is removed after a day', async () => {
    const { root, content } = await setup()
    const uploads = join(root, '.tidemill-uploads')
    await mkdir(uploads)
    await writeFile(join(uploads, 'old'), 'half')
    await writeFile(join(uploads, 'young'), 'half')
    const twoDaysAgo = new Date(Date.now() - 2 * 24 * 3600 * 1000)
    await utimes(join(uploads, 'old'), twoDaysAgo, twoDaysAgo)
    await createLocalArtifactStore(root).write(parseArtifactPath('f'), content())
    expect(await readdir(uploads)).toEqual(['young'])
  })

  test('the folder of unfinished uploads is nobody’s', async () => {
    const { store, content } = await setup()
    await store.write(parseArtifactPath('f'), content())
    expect((await store.list(parseArtifactPath(''))).map(({ path }) => path)).toEqual(['E', 'f'])
    await expect(store.list(parseArtifactPath('.tidemill-uploads'))).rejects.toThrow(/^Invalid path$/)
    await expect(store.write(parseArtifactPath('.tidemill-uploads/x'), content())).rejects.toThrow(/^Invalid path$/)
  })

  test('a failed write leaves no file behind', async () => {
    const { root, store, content } = await setup()
    await expect(store.write(parseArtifactPath('f'), content(), 2)).rejects.toThrow('2 bytes')
    expect(await readdir(join(root, '.tidemill-uploads'))).toEqual([])
  })

  test('the tag changes with the content, also within a millisecond', async () => {
    const { store, content } = await setup()
    await store.write(parseArtifactPath('f'), content())
    const before = await store.stat(parseArtifactPath('f'))
    await store.write(parseArtifactPath('f'), content())
    const after = await store.read(parseArtifactPath('f'))
    for await (const chunk of after.stream) expect(chunk.byteLength).toBe(1)
    expect(after.etag).toMatch(/^[\w-]+$/)
    expect(after.etag).not.toBe(before?.etag)
  })
})

describe('a disk that is nearly full', () => {
  const GIB = 1024 ** 3
  const openWith = async (freeBytes: number, reservedBytes?: number) => {
    const { root, content } = await setup()
    const readDiskSpace = async () => ({ totalBytes: 20 * GIB, freeBytes })
    const store = createLocalArtifactStore(root, {
      readDiskSpace,
      ...(reservedBytes === undefined ? {} : { reservedBytes }),
    })
    return { root, content, write: (size?: number) => store.write(parseArtifactPath('f'), content(), size), store }
  }

  test.each([
    ['below 5 %', GIB - 1, undefined, 1],
    ['below 5 % for an upload of unknown size', GIB - 1, undefined, undefined],
    ['by the announced size', 3 * GIB, undefined, 2 * GIB + 1],
    ['below what was asked to stay free', 9, 10, 1],
  ])('refuses an upload %s, and stores nothing', async (_, freeBytes, reservedBytes, size) => {
    const { root, write } = await openWith(freeBytes, reservedBytes)
    await expect(write(size)).rejects.toMatchObject({ name: 'StorageFullError', code: 'RESOURCE_EXHAUSTED' })
    expect((await readdir(root)).toSorted()).toEqual(['E'])
  })

  test('takes what still fits', async () => {
    const { write } = await openWith(10, 9)
    expect(await write(1)).toEqual({ size: 1 })
  })

  test('stops an upload of unknown size on its way', async () => {
    const { root } = await setup()
    let asked = 0
    const store = createLocalArtifactStore(root, {
      readDiskSpace: async () => ({ totalBytes: GIB, freeBytes: asked++ === 0 ? GIB : 0 }),
    })
    let sent = 0
    const endless = async function* (): AsyncGenerator<Uint8Array> {
      for (;;) {
        sent += 1024 * 1024
        yield Buffer.alloc(1024 * 1024)
      }
    }
    await expect(store.write(parseArtifactPath('f'), endless())).rejects.toMatchObject({ name: 'StorageFullError' })
    expect(sent).toBeLessThan(70 * 1024 * 1024)
    expect(await readdir(join(root, '.tidemill-uploads'))).toEqual([])
  })
})

describe('parts of a file', () => {
  const openMultipart = async () => {
    const { root, store } = await setup()
    const { multipart } = store
    if (multipart?.writePart === undefined) throw new Error('the local store takes parts')
    const { writePart } = multipart
    const send = (uploadId: string, partNumber: number, text: string, expectedSize?: number) =>
      writePart(
        uploadId,
        partNumber,
        (async function* () {
          yield Buffer.from(text)
        })(),
        expectedSize,
      )
    return { root, multipart, send, target: parseArtifactPath('d/big.bin') }
  }

  test('become one file in their order, whatever the order in which they came', async () => {
    const { root, multipart, send, target } = await openMultipart()
    const { uploadId } = await multipart.create(target, 3)
    const third = await send(uploadId, 3, '!')
    const [first, second] = await Promise.all([send(uploadId, 1, 'hello '), send(uploadId, 2, 'world')])
    await multipart.complete(target, uploadId, [
      { partNumber: 1, etag: first.etag },
      { partNumber: 2, etag: `"${second.etag}"` },
      { partNumber: 3, etag: third.etag },
    ])
    expect(await readFile(join(root, 'd/big.bin'), 'utf8')).toBe('hello world!')
    expect(await readdir(join(root, '.tidemill-uploads'))).toEqual([])
  })

  test('sent twice count by the tag that the completion names', async () => {
    const { root, multipart, send, target } = await openMultipart()
    const { uploadId } = await multipart.create(target, 1)
    await send(uploadId, 1, 'first')
    const { etag } = await send(uploadId, 1, 'second')
    await multipart.complete(target, uploadId, [{ partNumber: 1, etag }])
    expect(await readFile(join(root, 'd/big.bin'), 'utf8')).toBe('second')
  })

  test.each([
    ['a part that was not sent', [{ partNumber: 2, etag: 'a'.repeat(32) }]],
    ['a tag that climbs out', [{ partNumber: 1, etag: '../../E' }]],
    [
      'parts out of order',
      [
        { partNumber: 2, etag: 'a'.repeat(32) },
        { partNumber: 1, etag: 'a'.repeat(32) },
      ],
    ],
  ])('are not completed with %s', async (_, parts) => {
    const { multipart, send, target } = await openMultipart()
    const { uploadId } = await multipart.create(target, 2)
    await send(uploadId, 1, 'x')
    await expect(multipart.complete(target, uploadId, parts)).rejects.toMatchObject({
      code: 'INVALID_PARAMETER_VALUE',
    })
  })

  test.each(['../../etc', 'unknown', '00000000-0000-4000-8000-000000000000', ''])(
    'of the unknown upload %j are refused',
    async (uploadId) => {
      const { multipart, send, target } = await openMultipart()
      await expect(send(uploadId, 1, 'x')).rejects.toMatchObject({ code: 'RESOURCE_DOES_NOT_EXIST' })
      await expect(multipart.complete(target, uploadId, [{ partNumber: 1, etag: 'x' }])).rejects.toMatchObject({
        code: 'RESOURCE_DOES_NOT_EXIST',
      })
    },
  )

  test('belong to the path for which they were announced', async () => {
    const { multipart, send, target } = await openMultipart()
    const { uploadId } = await multipart.create(target, 1)
    const { etag } = await send(uploadId, 1, 'x')
    const other = parseArtifactPath('E/other')
    await expect(multipart.complete(other, uploadId, [{ partNumber: 1, etag }])).rejects.toMatchObject({
      code: 'RESOURCE_DOES_NOT_EXIST',
    })
    await multipart.abort(other, uploadId)
    await multipart.complete(target, uploadId, [{ partNumber: 1, etag }])
  })

  test('go away with an abort, which may be repeated', async () => {
    const { root, multipart, send, target } = await openMultipart()
    const { uploadId } = await multipart.create(target, 1)
    await send(uploadId, 1, 'x')
    await multipart.abort(target, uploadId)
    await multipart.abort(target, uploadId)
    expect(await readdir(join(root, '.tidemill-uploads'))).toEqual([])
  })

  test('that nobody completes are removed after a day', async () => {
    const { root, multipart, send, target } = await openMultipart()
    const { uploadId } = await multipart.create(target, 1)
    await send(uploadId, 1, 'x')
    const twoDaysAgo = new Date(Date.now() - 2 * 24 * 3600 * 1000)
    await utimes(join(root, '.tidemill-uploads', `multipart-${uploadId}`), twoDaysAgo, twoDaysAgo)
    const { uploadId: young } = await multipart.create(target, 1)
    expect(await readdir(join(root, '.tidemill-uploads'))).toEqual([`multipart-${young}`])
  })

  test('that are shorter than announced are not kept', async () => {
    const { root, multipart, send, target } = await openMultipart()
    const { uploadId } = await multipart.create(target, 1)
    await expect(send(uploadId, 1, 'x', 2)).rejects.toMatchObject({ code: 'INVALID_PARAMETER_VALUE' })
    expect(await readdir(join(root, '.tidemill-uploads', `multipart-${uploadId}`))).toEqual(['path'])
  })
})
