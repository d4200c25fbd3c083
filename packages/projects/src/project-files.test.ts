import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { folderProjectFiles, MAX_PROJECT_FILE_BYTES } from './project-files.ts'

const setup = async () => {
  const parent = await mkdtemp(join(tmpdir(), 'tidemill-files-'))
  onTestFinished(() => rm(parent, { recursive: true, force: true }))
  const root = join(parent, 'project')
  await mkdir(join(root, 'env'), { recursive: true })
  await writeFile(join(parent, 'outside.txt'), 'secret')
  await writeFile(join(root, 'MLproject'), 'name: é\n')
  await writeFile(join(root, 'env', 'p.yaml'), '{}')
  return { root, files: folderProjectFiles(root) }
}

test('lists the root and reads texts below it', async () => {
  const { files } = await setup()
  expect(await files.list()).toEqual(['MLproject', 'env'])
  expect(await files.read('MLproject')).toBe('name: é\n')
  expect(await files.read('env/p.yaml')).toBe('{}')
  expect(await files.exists('env/p.yaml')).toBe(true)
})

test('has no file outside of the folder, by path or by link', async () => {
  const { root, files } = await setup()
  await symlink('../outside.txt', join(root, 'link'))
  await symlink('loop', join(root, 'loop'))
  for (const path of [
    '../outside.txt',
    join(root, 'MLproject'),
    'link',
    'loop',
    'env',
    '',
    'nope',
    'MLproject/x',
    'a\0',
  ]) {
    expect([path, await files.read(path), await files.exists(path)]).toEqual([path, undefined, false])
  }
})

test('refuses a file above the limit and one that is not UTF-8', async () => {
  const { root, files } = await setup()
  await writeFile(join(root, 'limit'), 'x'.repeat(MAX_PROJECT_FILE_BYTES))
  await writeFile(join(root, 'large'), 'x'.repeat(MAX_PROJECT_FILE_BYTES + 1))
  await writeFile(join(root, 'latin'), Buffer.from([0x6e, 0xe9]))
  expect(await files.read('limit')).toHaveLength(MAX_PROJECT_FILE_BYTES)
  await expect(files.read('large')).rejects.toThrow('large: has more than 256 KB')
  await expect(files.read('latin')).rejects.toThrow('latin: is not UTF-8 text')
})
