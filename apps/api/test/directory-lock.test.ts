import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { acquireDirectoryLock, findRunningServer } from '@tidemill/api'
import { afterAll, beforeAll, expect, test } from 'vitest'

let base = ''
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'tidemill-lock-'))
})
afterAll(() => rm(base, { recursive: true, force: true }))

const setup = () => mkdtemp(join(base, 'world-'))

test('a directory has one holder at a time', async () => {
  const directory = await setup()
  const lock = await acquireDirectoryLock(directory)
  await expect(acquireDirectoryLock(directory)).rejects.toThrow(`is in use by process ${process.pid}.`)
  await lock[Symbol.asyncDispose]()
  await using again = await acquireDirectoryLock(directory)
  expect(again).toBeDefined()
})

test('of many that come at once one gets it', async () => {
  const directory = await setup()
  const results = await Promise.allSettled(Array.from({ length: 20 }, () => acquireDirectoryLock(directory)))
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
})

test('of many that come at once to the lock of a dead process one gets it', async () => {
  const directory = await setup()
  await writeFile(join(directory, 'tidemill.lock'), JSON.stringify({ pid: 2 ** 22 + 1, started: '1' }))
  const results = await Promise.allSettled(Array.from({ length: 20 }, () => acquireDirectoryLock(directory)))
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
})

test('a server is found once it listens and until it ends', async () => {
  const directory = await setup()
  expect(await findRunningServer(directory)).toBeUndefined()
  const lock = await acquireDirectoryLock(directory)
  expect(await findRunningServer(directory)).toBeUndefined()
  await lock.publishUrl('http://127.0.0.1:5000')
  expect(await findRunningServer(directory)).toEqual({ url: 'http://127.0.0.1:5000', pid: process.pid })
  await expect(acquireDirectoryLock(directory)).rejects.toThrow('at http://127.0.0.1:5000')
  await lock[Symbol.asyncDispose]()
  expect(await findRunningServer(directory)).toBeUndefined()
})

test.each(['', '{"pid":', 'null', '{"pid":-1,"started":""}'])(
  'a lock file cut short by a crash does not hold: %j',
  async (content) => {
    const directory = await setup()
    await writeFile(join(directory, 'tidemill.lock'), content)
    await using lock = await acquireDirectoryLock(directory)
    expect(lock).toBeDefined()
  },
)

test('a lock of a dead process does not hold', async () => {
  const directory = await setup()
  const child = spawn(process.execPath, ['-e', ''])
  await once(child, 'exit')
  await writeFile(join(directory, 'tidemill.lock'), JSON.stringify({ pid: child.pid, started: '1', url: 'http://x' }))
  expect(await findRunningServer(directory)).toBeUndefined()
  await using lock = await acquireDirectoryLock(directory)
  expect(lock).toBeDefined()
})

test('a lock whose process id was given to another process does not hold', async () => {
  const directory = await setup()
  await writeFile(join(directory, 'tidemill.lock'), JSON.stringify({ pid: process.pid, started: '1', url: 'http://x' }))
  expect(await findRunningServer(directory)).toBeUndefined()
  await using lock = await acquireDirectoryLock(directory)
  const content: unknown = JSON.parse(await readFile(join(directory, 'tidemill.lock'), 'utf8'))
  expect(content).toMatchObject({ pid: process.pid, started: expect.not.stringMatching(/^1$/) })
  expect(lock).toBeDefined()
})
