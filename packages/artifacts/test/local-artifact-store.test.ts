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
})
