import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { waitFor } from '@tidemill/testkit'
import { expect, test } from 'vitest'
import { acquireHostLock } from '../src/host-lock.ts'

const setup = async () => {
  const directory = await mkdtemp(join(tmpdir(), 'tidemill-lock-'))
  return {
    directory,
    path: join(directory, 'below', 'x.lock'),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true }),
  }
}

test('one holder at a time, and nothing is left after the last', async () => {
  await using world = await setup()
  let holders = 0
  let most = 0
  const hold = async () => {
    await using _lock = await acquireHostLock(world.path)
    most = Math.max(most, ++holders)
    await new Promise((resolve) => setImmediate(resolve))
    holders--
  }
  await Promise.all(Array.from({ length: 8 }, hold))
  expect(most).toBe(1)
  expect(await readdir(join(world.directory, 'below'))).toEqual([])
})

test('the lock of a process that was killed is taken over', async () => {
  await using world = await setup()
  const script = join(world.directory, 'hold.ts')
  const module = fileURLToPath(new URL('../src/host-lock.ts', import.meta.url))
  await writeFile(
    script,
    `import { acquireHostLock } from ${JSON.stringify(module)}
     await acquireHostLock(${JSON.stringify(world.path)})
     process.stdout.write('held')
     setInterval(() => {}, 1000)`,
  )
  const holder = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(holder.stdout, 'data')
  const impatient = acquireHostLock(world.path, AbortSignal.timeout(200))
  await expect(impatient).rejects.toThrow(/abort|timeout/i)
  const exit = once(holder, 'exit')
  holder.kill('SIGKILL')
  await exit
  await using lock = await acquireHostLock(world.path, AbortSignal.timeout(5_000))
  expect(lock).toBeDefined()
})

test('an unreadable lock goes by its age', async () => {
  await using world = await setup()
  await using _first = await acquireHostLock(join(world.directory, 'below', 'other'))
  await writeFile(world.path, '')
  await expect(acquireHostLock(world.path, AbortSignal.timeout(200))).rejects.toThrow(/abort|timeout/i)
  const long = new Date(Date.now() - 120_000)
  await utimes(world.path, long, long)
  await using lock = await acquireHostLock(world.path, AbortSignal.timeout(5_000))
  expect(lock).toBeDefined()
})

test('several waiters for a dead owner’s lock get it one after the other', async () => {
  await using world = await setup()
  await using _other = await acquireHostLock(join(world.directory, 'below', 'other'))
  await writeFile(world.path, '')
  const long = new Date(Date.now() - 120_000)
  await utimes(world.path, long, long)
  let holders = 0
  const hold = async () => {
    await using _lock = await acquireHostLock(world.path)
    expect(++holders).toBe(1)
    await waitFor('a turn of the loop', () => true)
    holders--
  }
  await Promise.all(Array.from({ length: 6 }, hold))
})
