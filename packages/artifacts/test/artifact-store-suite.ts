import { randomUUID } from 'node:crypto'
import { type ArtifactStore, joinArtifactPath, parseArtifactPath } from '@tidemill/core'
import { describe, expect, test } from 'vitest'
import { safePaths } from '../../core/test/path-corpus.ts'

const bytes = async function* (...chunks: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield Buffer.from(chunk)
}

const readText = async (
  store: ArtifactStore,
  path: string,
  range?: { start: number; end: number },
): Promise<string> => {
  const { stream } = await store.read(parseArtifactPath(path), range)
  const chunks: Uint8Array[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

/** What the port ArtifactStore means: every adapter passes it. Each test keeps to a folder of its own. */
export const describeArtifactStore = (name: 'local' | 'proxy' | 's3', open: () => ArtifactStore): void => {
  const setup = () => {
    const store = open()
    const root = randomUUID()
    const at = (path: string) => joinArtifactPath(parseArtifactPath(root), path)
    const write = (path: string, ...chunks: readonly string[]) => store.write(at(path), bytes(...chunks))
    return { store, at, write }
  }

  describe(`${name} artifact store`, () => {
    test('a written file reads back, whole and by range', async () => {
      const { store, at, write } = setup()
      expect(await write('a/b.txt', 'hello ', 'world')).toEqual({ size: 11 })
      expect(await readText(store, at('a/b.txt'))).toBe('hello world')
      expect(await readText(store, at('a/b.txt'), { start: 3, end: 7 })).toBe('lo wo')
      expect(await readText(store, at('a/b.txt'), { start: 10, end: 10 })).toBe('d')
    })

    test('the size is the whole file’s, of a range too', async () => {
      const { store, at, write } = setup()
      await write('f', 'hello world')
      const { size, stream } = await store.read(at('f'), { start: 0, end: 0 })
      for await (const chunk of stream) expect(chunk.byteLength).toBe(1)
      expect(size).toBe(11)
    })

    test('an empty file is a file', async () => {
      const { store, at, write } = setup()
      await write('empty')
      expect(await store.stat(at('empty'))).toMatchObject({ path: at('empty'), isDir: false, fileSize: 0 })
      expect(await readText(store, at('empty'))).toBe('')
    })

    test('writing again replaces the whole file', async () => {
      const { store, at, write } = setup()
      await write('f', 'a longer first text')
      await write('f', 'short')
      expect(await readText(store, at('f'))).toBe('short')
    })

    test('a name that is taken is refused when it must be new', async () => {
      const { store, at } = setup()
      const conditions = { mustBeAbsent: true }
      expect(await store.write(at('f'), bytes('first'), undefined, conditions)).toEqual({ size: 5 })
      await expect(store.write(at('f'), bytes('second'), undefined, conditions)).rejects.toMatchObject({
        code: 'RESOURCE_ALREADY_EXISTS',
      })
      expect(await readText(store, at('f'))).toBe('first')
    })

    test('a listing has the direct children, sorted, with sizes of files only', async () => {
      const { store, at, write } = setup()
      await write('d/z.txt', 'zz')
      await write('d/a/deep.txt', 'x')
      await write('d/B', 'xyz')
      await write('other', 'x')
      expect(await store.list(at('d'))).toEqual([
        { path: at('d/B'), isDir: false, fileSize: 3 },
        { path: at('d/a'), isDir: true },
        { path: at('d/z.txt'), isDir: false, fileSize: 2 },
      ])
    })

    test('listing a file or nothing is empty', async () => {
      const { store, at, write } = setup()
      await write('f', 'x')
      expect(await store.list(at('f'))).toEqual([])
      expect(await store.list(at('absent'))).toEqual([])
      expect(await store.list(at('f/below'))).toEqual([])
    })

    test('what is absent or a folder cannot be read', async () => {
      const { store, at, write } = setup()
      await write('d/f', 'x')
      expect(await store.stat(at('absent'))).toBeUndefined()
      await expect(store.read(at('absent'))).rejects.toMatchObject({ code: 'RESOURCE_DOES_NOT_EXIST' })
      await expect(store.read(at('d'))).rejects.toMatchObject({ code: 'RESOURCE_DOES_NOT_EXIST' })
    })

    test('deleting takes a file or a whole folder, and nothing when absent', async () => {
      const { store, at, write } = setup()
      await write('d/x/1', 'x')
      await write('d/2', 'x')
      await store.delete(at('d/2'))
      expect((await store.list(at('d'))).map(({ path }) => path)).toEqual([at('d/x')])
      await store.delete(at('d'))
      expect(await store.list(at('d'))).toEqual([])
      await expect(store.delete(at('absent'))).resolves.toBeUndefined()
    })

    test('the root cannot be written or deleted', async () => {
      const { store, at, write } = setup()
      await write('f', 'x')
      await expect(store.delete(parseArtifactPath(''))).rejects.toMatchObject({ code: 'INVALID_PARAMETER_VALUE' })
      await expect(store.write(parseArtifactPath(''), bytes('x'))).rejects.toMatchObject({
        code: 'INVALID_PARAMETER_VALUE',
      })
      expect(await store.stat(at('f'))).toBeDefined()
    })

    test.each([
      ['fewer', 12],
      ['more', 3],
    ])('%s bytes than announced store nothing', async (_, expectedSize) => {
      const { store, at, write } = setup()
      await write('f', 'old')
      await expect(store.write(at('f'), bytes('hello', 'world'), expectedSize)).rejects.toMatchObject({
        code: 'INVALID_PARAMETER_VALUE',
      })
      expect(await readText(store, at('f'))).toBe('old')
    })

    test('a stream that breaks stores nothing', async () => {
      const { store, at } = setup()
      const broken = async function* (): AsyncGenerator<Uint8Array> {
        yield Buffer.from('half')
        throw new Error('the disk of the sender is gone')
      }
      await expect(store.write(at('f'), broken())).rejects.toThrow(/sender is gone|does not answer/)
      expect(await store.stat(at('f'))).toBeUndefined()
      expect(await store.list(at(''))).toEqual([])
    })

    test('a folder is not replaced by a file, nor a file by a folder', async () => {
      const { write } = setup()
      await write('d/f', 'x')
      await expect(write('d', 'x')).rejects.toMatchObject({ code: 'INVALID_PARAMETER_VALUE' })
      await expect(write('d/f/below', 'x')).rejects.toMatchObject({ code: 'INVALID_PARAMETER_VALUE' })
    })

    test.each([...safePaths, '%41.txt'])('the name %j survives', async (path) => {
      const { store, at, write } = setup()
      await write(path, path)
      expect(await readText(store, at(path))).toBe(path)
      const parent = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : ''
      expect((await store.list(at(parent))).map((file) => file.path)).toContain(at(path))
    })

    test('ten megabytes pass through', async () => {
      const { store, at } = setup()
      const chunk = Buffer.alloc(64 * 1024, 7)
      const many = async function* (): AsyncGenerator<Uint8Array> {
        for (let index = 0; index < 160; index++) yield chunk
      }
      expect(await store.write(at('big'), many(), 160 * chunk.byteLength)).toEqual({ size: 10_485_760 })
      let size = 0
      for await (const part of (await store.read(at('big'))).stream) size += part.byteLength
      expect(size).toBe(10_485_760)
    })

    test('more than a thousand files are listed and deleted', async () => {
      const { store, at, write } = setup()
      const names = Array.from({ length: 1005 }, (_, index) => `f${String(index).padStart(4, '0')}`)
      for (let start = 0; start < names.length; start += 50) {
        await Promise.all(names.slice(start, start + 50).map((name) => write(`many/${name}`, 'x')))
      }
      expect((await store.list(at('many'))).map(({ path }) => path)).toEqual(names.map((name) => at(`many/${name}`)))
      await store.delete(at('many'))
      expect(await store.list(at('many'))).toEqual([])
      expect(await store.stat(at('many/f1004'))).toBeUndefined()
    })

    test('a large stream that breaks stores nothing', async () => {
      const { store, at } = setup()
      const broken = async function* (): AsyncGenerator<Uint8Array> {
        for (let index = 0; index < 30; index++) yield Buffer.alloc(1024 * 1024)
        throw new Error('the disk of the sender is gone')
      }
      await expect(store.write(at('f'), broken())).rejects.toThrow(/sender is gone|does not answer/)
      expect(await store.stat(at('f'))).toBeUndefined()
    })

    test('readers during writes see whole files only', async () => {
      const { store, at, write } = setup()
      await write('f', 'a'.repeat(1000))
      const writes = (async () => {
        for (let round = 0; round < 20; round++) await write('f', (round % 2 === 0 ? 'b' : 'a').repeat(1000))
      })()
      for (let round = 0; round < 20; round++) {
        expect(await readText(store, at('f'))).toMatch(/^(a{1000}|b{1000})$/)
      }
      await writes
    })
  })
}
