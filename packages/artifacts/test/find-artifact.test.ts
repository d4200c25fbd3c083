import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLocalArtifactStore, findArtifact } from '@tidemill/artifacts'
import { parseArtifactPath } from '@tidemill/core'
import { afterAll, beforeAll, expect, test } from 'vitest'

let base = ''
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'tidemill-names-'))
})
afterAll(() => rm(base, { recursive: true, force: true }))

test.each([
  ['images/k%step%0%timestamp%1712%x.png', 'images/k%step%0%timestamp%1712%x.png'],
  ['images/k%timestamp%1F00.png', 'images/k%timestamp%1f00.png'],
  ['a%25b/100%25.txt', 'a%b/100%.txt'],
  ['%41.txt', 'A.txt'],
  ['plain.txt', 'plain.txt'],
])('the file %j is found as a Python client names it: %j', async (stored, asked) => {
  const store = createLocalArtifactStore(await mkdtemp(join(base, 'world-')))
  await store.write(parseArtifactPath(stored), (async function* () {})())
  expect(await findArtifact(store, parseArtifactPath(asked))).toMatchObject({ path: stored, isDir: false, fileSize: 0 })
  expect(await findArtifact(store, parseArtifactPath('absent'))).toBeUndefined()
})

test('the exact name wins over one that decodes to it', async () => {
  const store = createLocalArtifactStore(await mkdtemp(join(base, 'world-')))
  await store.write(parseArtifactPath('%41'), (async function* () {})())
  await store.write(parseArtifactPath('A'), (async function* () {})())
  expect(await findArtifact(store, parseArtifactPath('A'))).toMatchObject({ path: 'A' })
})
