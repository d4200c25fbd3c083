import { request } from 'node:http'
import { openFrontDoor, serveThrough } from '@tidemill/api'
import { describe, expect, test } from 'vitest'
import { MLFLOW, useServer } from './server-fixture.ts'

const HOST = '127.0.0.1'

describe('the front door', () => {
  const server = useServer()

  test('answers probes at once and keeps other requests until the application is there', async () => {
    await using door = await openFrontDoor({ host: HOST, port: 0 })
    expect(await (await fetch(`${door.url}/health`)).text()).toBe('OK')
    const ready = await fetch(`${door.url}/ready`)
    expect([ready.status, await ready.json()]).toEqual([
      503,
      { status: 'unavailable', parts: { database: { status: 'opening' } } },
    ])
    const arrived = new Promise((resolve) => door.server.once('request', resolve))
    const early = fetch(`${door.url}${MLFLOW}/experiments/create`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'early' }),
    })
    await arrived
    await using _app = await serveThrough(door, server().context)
    expect((await early).status).toBe(200)
    expect((await fetch(`${door.url}/ready`)).status).toBe(200)
  })

  test('refuses with 503 and Retry-After what has waited too long', async () => {
    await using door = await openFrontDoor({ host: HOST, port: 0, openingLimitMs: 20 })
    const answer = await fetch(`${door.url}${MLFLOW}/experiments/get?experiment_id=0`)
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '2'])
    expect(await answer.json()).toMatchObject({ error_code: 'TEMPORARILY_UNAVAILABLE' })
  })

  test('that closes refuses who waits', async () => {
    const door = await openFrontDoor({ host: HOST, port: 0 })
    const arrived = new Promise((resolve) => door.server.once('request', resolve))
    const waiting = fetch(`${door.url}/`)
    await arrived
    await door[Symbol.asyncDispose]()
    expect((await waiting).status).toBe(503)
  })

  test('forgets who goes away before the application is there', async () => {
    await using door = await openFrontDoor({ host: HOST, port: 0 })
    const arrived = new Promise<{ once(event: 'close', listener: (value: unknown) => void): void }>((resolve) =>
      door.server.once('request', (incoming) => resolve(incoming)),
    )
    const going = request(`${door.url}/late`)
    going.on('error', () => undefined)
    going.end()
    const incoming = await arrived
    const closed = new Promise((resolve) => incoming.once('close', resolve))
    going.destroy()
    await closed
    const handled: unknown[] = []
    door.open((received) => handled.push(received.url))
    expect(handled).toEqual([])
  })

  test('on localhost listens on both of its addresses', async () => {
    await using door = await openFrontDoor({ host: 'localhost', port: 0 })
    const { port } = new URL(door.url)
    expect((await fetch(`http://127.0.0.1:${port}/health`)).status).toBe(200)
    const ipv6 = await fetch(`http://[::1]:${port}/health`).then(
      ({ status }) => status,
      (error: Error) => String(error.cause),
    )
    expect(String(ipv6)).toMatch(/^200$|EADDRNOTAVAIL|ECONNREFUSED|EAFNOSUPPORT/)
    expect(door.isPublic).toBe(false)
  })
})
