import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createLocalArtifactStore, listFilesBelow, zipFiles } from '@tidemill/artifacts'
import { ARTIFACT_ROOT, parseArtifactPath } from '@tidemill/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { safePaths } from '../../core/test/path-corpus.ts'

const run = promisify(execFile)

let base = ''
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'tidemill-zip-'))
})
afterAll(() => rm(base, { recursive: true, force: true }))

const setup = async (files: Readonly<Record<string, string>>) => {
  const directory = await mkdtemp(join(base, 'world-'))
  const store = createLocalArtifactStore(join(directory, 'root'))
  for (const [path, text] of Object.entries(files)) {
    await store.write(
      parseArtifactPath(path),
      (async function* () {
        yield Buffer.from(text)
      })(),
    )
  }
  return { directory, store }
}

const unzip = async (directory: string, zip: AsyncIterable<Uint8Array>): Promise<string> => {
  await writeFile(join(directory, 'all.zip'), zip)
  const target = join(directory, 'unzipped')
  // Python reads any name, checks every CRC and is stricter than unzip.
  const script =
    'import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; z.extractall(sys.argv[2])'
  await run('python3', ['-c', script, join(directory, 'all.zip'), target], { env: { PYTHONUTF8: '1' } })
  return target
}

describe('a folder as a zip file', () => {
  test('has its files with their names and bytes', async () => {
    const files = Object.fromEntries(safePaths.filter((path) => path.length < 200).map((path) => [`f/${path}`, path]))
    const { directory, store } = await setup({ ...files, 'f/deep/er/empty': '', other: 'x' })
    const folder = parseArtifactPath('f')
    const target = await unzip(directory, zipFiles(store, folder, await listFilesBelow(store, folder)))
    for (const [path, text] of Object.entries(files)) {
      expect(await readFile(join(target, path.slice(2)), 'utf8')).toBe(text)
    }
    expect(await readFile(join(target, 'deep/er/empty'), 'utf8')).toBe('')
    expect(await readdir(target)).not.toContain('other')
  })

  test('may be the whole store', async () => {
    const { directory, store } = await setup({ a: '1', 'b/c': '2' })
    const target = await unzip(directory, zipFiles(store, ARTIFACT_ROOT, await listFilesBelow(store, ARTIFACT_ROOT)))
    expect((await readdir(target)).toSorted()).toEqual(['a', 'b'])
  })

  test('of too many files is refused before the first byte', async () => {
    const { store } = await setup({ 'f/1': '', 'f/d/2': '', 'f/3': '' })
    await expect(listFilesBelow(store, parseArtifactPath('f'), 2)).rejects.toThrow('more than 2 files')
    expect(await listFilesBelow(store, parseArtifactPath('f'), 3)).toHaveLength(3)
  })

  test('of nothing is absent', async () => {
    const { store } = await setup({ 'f/1': '' })
    for (const path of ['absent', 'f/1']) {
      await expect(listFilesBelow(store, parseArtifactPath(path))).rejects.toMatchObject({
        code: 'RESOURCE_DOES_NOT_EXIST',
      })
    }
  })

  test('that nobody reads to its end leaves no file open', async () => {
    const { store } = await setup({ f: 'x'.repeat(10_000_000) })
    const zip = zipFiles(store, ARTIFACT_ROOT, await listFilesBelow(store, ARTIFACT_ROOT))
    let size = 0
    for await (const chunk of zip) {
      size += chunk.byteLength
      if (size > 1_000_000) break
    }
    await expect.poll(() => openFiles(base)).toEqual([])
  })
})

/** Files below the directory that this process has open. */
const openFiles = async (directory: string): Promise<string[]> => {
  const links = await Promise.all(
    (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')),
  )
  return links.filter((link) => link.startsWith(directory))
}
