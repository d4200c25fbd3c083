import { createPostgresDatabase, freePort } from '@tidemill/testkit'
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest'
import { createWorld, type World } from './world.ts'

const { postgres, redis } = inject('services')

/** Nothing listens there. */
const unusedUrl = async (scheme: 'postgresql' | 'redis'): Promise<string> =>
  `${scheme}://someone:s3cret@127.0.0.1:${await freePort()}/tide`

describe('the services that the command is given', () => {
  let world: World
  beforeAll(async () => {
    world = await createWorld()
  })
  afterAll(() => world[Symbol.asyncDispose]())

  const doctor = async (...options: string[]) => {
    const { code, stdout } = await world.tidemill(['doctor', '--json', ...options])
    const { checks }: { checks: { name: string; status: string; detail: string }[] } = JSON.parse(stdout)
    return { code, find: (name: string) => checks.find((check) => check.name === name) }
  }

  test.each([
    ['up', []],
    ['server', []],
    ['worker', ['--redis-url', 'redis://127.0.0.1:1']],
  ])('%s without its Postgres ends with exit code 4 and one line without the password', async (command, options) => {
    const uri = await unusedUrl('postgresql')
    const { code, stdout, stderr } = await world.tidemill([command, '--backend-store-uri', uri, ...options])
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' })
    expect(stderr).toMatch(
      /^tidemill: Postgres at 127\.0\.0\.1:\d+, database 'tide', does not answer: .*ECONNREFUSED.*\n$/,
    )
    expect(stderr).not.toContain('s3cret')
  })

  test('doctor says which service does not answer, without its password', async () => {
    const { code, find } = await doctor(
      '--backend-store-uri',
      await unusedUrl('postgresql'),
      '--redis-url',
      await unusedUrl('redis'),
    )
    expect(code).toBe(1)
    for (const name of ['postgres', 'redis']) {
      expect(find(name)).toMatchObject({ status: 'missing', detail: expect.stringContaining('ECONNREFUSED') })
      expect(find(name)?.detail).not.toContain('s3cret')
    }
  })

  test.skipIf(!redis.isAvailable)('doctor logs in to Redis and tells its version', async () => {
    const { find } = await doctor('--redis-url', redis.isAvailable ? redis.url : '')
    expect(find('redis')).toMatchObject({ status: 'ok', detail: expect.stringMatching(/^\d+\.\d+/) })
  })

  describe.skipIf(!postgres.isAvailable)('with a Postgres', () => {
    const url = postgres.isAvailable ? postgres.url : ''

    test('doctor logs in to it and tells its version', async () => {
      const { find } = await doctor('--backend-store-uri', url)
      expect(find('postgres')).toMatchObject({ status: 'ok', detail: expect.stringMatching(/^\d+\.\d+/) })
    })

    test('a database that is not there is named, with what creates it: exit code 2', async () => {
      const uri = new URL(url)
      uri.pathname = '/nowhere_to_be_found'
      const { code, stderr } = await world.tidemill(['server', '--port', '0', '--backend-store-uri', uri.href])
      expect(code).toBe(2)
      expect(stderr).toMatch(/has no database 'nowhere_to_be_found'\. Create it with `createdb nowhere_to_be_found`/)
    })

    test('a worker starts while Redis is away, and SIGTERM ends it with exit code 0', async () => {
      const database = await createPostgresDatabase(url)
      onTestFinished(() => database.drop())
      const worker = await world.start([
        'worker',
        '--backend-store-uri',
        database.uri,
        '--redis-url',
        await unusedUrl('redis'),
      ])
      expect(worker.readyLine).toMatch(/^Tidemill worker \S+ is ready for http/)
      expect(await worker.stop()).toBe(0)
    })
  })
})
