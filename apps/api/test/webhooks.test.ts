import { createHmac } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { waitFor } from '@tidemill/testkit'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { MLFLOW, useServer } from './server-fixture.ts'

interface Received {
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** A receiver whose answer depends on the path; it remembers what came. */
const startReceiver = async (): Promise<{ url: string; received: Received[]; server: Server }> => {
  const received: Received[] = []
  const failing = new Map<string, number>()
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const path = request.url ?? ''
      received.push({ path, headers: request.headers, body: Buffer.concat(chunks).toString() })
      answer(path, response)
    })
  })
  const answer = (path: string, response: ServerResponse): void => {
    if (path.startsWith('/flaky')) {
      const failed = failing.get(path) ?? 0
      failing.set(path, failed + 1)
      response.writeHead(failed < 2 ? 503 : 200).end('x')
    } else if (path.startsWith('/refuses')) response.writeHead(410).end('gone')
    else if (path.startsWith('/redirects')) response.writeHead(302, { location: '/target' }).end()
    else if (path.startsWith('/hangs')) response.flushHeaders()
    else if (path.startsWith('/floods')) flood(response)
    else response.writeHead(200).end('thanks')
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, received, server }
}

const flood = (response: ServerResponse): void => {
  response.on('error', () => undefined)
  const push = (): void => {
    while (!response.destroyed && response.write(Buffer.alloc(65_536, 'x')));
    response.once('drain', push)
  }
  push()
}

const { postgres } = inject('services')

describe.each(['pglite', 'postgres'] as const)('webhooks on %s', (kind) => {
  describe.skipIf(kind === 'postgres' && !postgres.isAvailable)('with a server', () => {
    const server = useServer(kind === 'postgres' && postgres.isAvailable ? postgres.url : undefined, {
      webhooks: { allowedSchemes: ['https', 'http'], allowedHosts: ['127.0.0.1'], timeoutMs: 1500, concurrency: 10 },
    })
    let receiver: Awaited<ReturnType<typeof startReceiver>>
    beforeAll(async () => {
      receiver = await startReceiver()
    })
    afterAll(() => {
      receiver.server.closeAllConnections()
      receiver.server.close()
    })

    const create = (fields: Record<string, unknown>) =>
      server().post(`${MLFLOW}/webhooks`, {
        name: 'hook',
        url: `${receiver.url}/ok`,
        events: [{ entity: 'REGISTERED_MODEL', action: 'CREATED' }],
        ...fields,
      })
    const createModel = (name: string) =>
      server().post(`${MLFLOW}/registered-models/create`, { name, tags: [{ key: 'a', value: 'b' }] })
    const receivedAt = (path: string) => receiver.received.filter((each) => each.path === path)
    const remove = (id: string) => server().request({ method: 'DELETE', url: `${MLFLOW}/webhooks/${id}` })

    test.each<[string, Record<string, unknown>, string]>([
      ['a name with a space', { name: 'a b' }, "Webhook name 'a b' is invalid. It must start and end with"],
      ['a name of 64 characters', { name: 'a'.repeat(64) }, 'is invalid. It must start and end with'],
      ['another scheme', { url: 'ftp://h/x' }, "Invalid webhook URL scheme: 'ftp'. Allowed schemes are: https, http."],
      ['no host', { url: 'https:///x' }, 'Webhook URL must include a hostname'],
      ['a password', { url: 'https://u:p@h.example/x' }, 'has a user name or a password in it'],
      ['a private address', { url: 'http://10.0.0.7/x' }, "The host '10.0.0.7' of the webhook URL is not public"],
      ['the address of cloud metadata', { url: 'http://169.254.169.254/' }, 'is not public'],
      ['no event', { events: [] }, 'Webhook events must be a non-empty list of WebhookEvent objects: [].'],
      ['events left out', { events: undefined }, "Missing value for required parameter 'events'"],
      [
        'a pair that is no event',
        { events: [{ entity: 'REGISTERED_MODEL', action: 'DELETED' }] },
        "Invalid action 'deleted' for entity 'registered_model'",
      ],
      ['no name', { name: undefined }, "Missing value for required parameter 'name'"],
    ])('%s is refused', async (_, fields, text) => {
      const answer = await create(fields)
      expect(answer.status).toBe(400)
      expect(answer.json.error_code).toBe('INVALID_PARAMETER_VALUE')
      expect(answer.json.message).toContain(text)
    })

    test('a webhook is made, read, listed, changed and deleted, and never shows its secret', async () => {
      const made = await create({ name: 'crud', description: 'd', secret: 's3cret' })
      const { webhook } = made.json
      expect(webhook).toEqual({
        webhook_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        name: 'crud',
        description: 'd',
        url: `${receiver.url}/ok`,
        events: [{ entity: 'REGISTERED_MODEL', action: 'CREATED' }],
        status: 'ACTIVE',
        creation_timestamp: expect.any(Number),
        last_updated_timestamp: expect.any(Number),
      })
      const path = `${MLFLOW}/webhooks/${webhook.webhook_id}`
      expect((await server().get(path)).json.webhook).toEqual(webhook)
      const changed = await server().request({
        method: 'PATCH',
        url: path,
        headers: { 'content-type': 'application/json' },
        payload: JSON.stringify({ status: 'DISABLED', events: [{ entity: 2, action: 'CREATED' }] }),
      })
      expect(changed.json.webhook).toMatchObject({
        name: 'crud',
        description: 'd',
        status: 'DISABLED',
        events: [{ entity: 'MODEL_VERSION', action: 'CREATED' }],
      })
      expect((await remove(webhook.webhook_id)).json).toEqual({})
      const gone = await server().get(path)
      expect(gone.status).toBe(404)
      expect(gone.json.message).toBe(`Webhook with ID ${webhook.webhook_id} not found.`)
    })

    test('the list is newest first, in pages', async () => {
      const ids: string[] = []
      for (const name of ['p1', 'p2', 'p3']) ids.unshift((await create({ name })).json.webhook.webhook_id)
      const first = await server().get(`${MLFLOW}/webhooks`, { max_results: '2' })
      expect(first.json.webhooks.map((each: { webhook_id: string }) => each.webhook_id)).toEqual(ids.slice(0, 2))
      const second = await server().get(`${MLFLOW}/webhooks`, {
        max_results: '2',
        page_token: first.json.next_page_token,
      })
      expect(second.json.webhooks.map((each: { webhook_id: string }) => each.webhook_id)).toEqual(ids.slice(2))
      expect(second.json.next_page_token).toBeUndefined()
      expect((await server().get(`${MLFLOW}/webhooks`, { max_results: '1001' })).json.message).toBe(
        'max_results must be between 1 and 1000.',
      )
      for (const id of ids) await remove(id)
    })

    test('a created model is told to the receiver, signed, once', async () => {
      const { webhook } = (await create({ name: 'signed', url: `${receiver.url}/signed`, secret: 'key' })).json
      await createModel('told-model')
      await waitFor('deliveries', () => receivedAt('/signed').length === 1)
      const [delivery] = receivedAt('/signed')
      expect(JSON.parse(delivery?.body ?? '')).toMatchObject({
        entity: 'registered_model',
        action: 'created',
        timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
        data: { name: 'told-model', tags: { a: 'b' } },
      })
      const id = delivery?.headers['x-mlflow-delivery-id']
      const timestamp = delivery?.headers['x-mlflow-timestamp']
      expect(delivery?.headers['x-mlflow-signature']).toBe(
        `v1,${createHmac('sha256', 'key').update([id, timestamp, delivery?.body].join('.')).digest('base64')}`,
      )
      await remove(webhook.webhook_id)
    })

    test('a receiver that is away for a while gets each event, in order, with one delivery id', async () => {
      const { webhook } = (await create({ name: 'flaky', url: `${receiver.url}/flaky` })).json
      await createModel('flaky-1')
      await createModel('flaky-2')
      await waitFor('deliveries', () => receivedAt('/flaky').length === 4)
      const names = receivedAt('/flaky').map(({ body }) => JSON.parse(body).data.name)
      expect(names).toEqual(['flaky-1', 'flaky-1', 'flaky-1', 'flaky-2'])
      const ids = receivedAt('/flaky').map(({ headers }) => headers['x-mlflow-delivery-id'])
      expect(new Set(ids).size).toBe(2)
      await remove(webhook.webhook_id)
    })

    test('a refusal is final and does not hold up the next event', async () => {
      const { webhook } = (await create({ name: 'refuses', url: `${receiver.url}/refuses` })).json
      await createModel('refused-1')
      await createModel('refused-2')
      await waitFor('deliveries', () => receivedAt('/refuses').length === 2)
      expect(receivedAt('/refuses').map(({ body }) => JSON.parse(body).data.name)).toEqual(['refused-1', 'refused-2'])
      await remove(webhook.webhook_id)
    })

    test('runs tell when they are made and when they end, once', async () => {
      const events = ['CREATED', 'FINISHED'].map((action) => ({ entity: 'RUN', action }))
      const { webhook } = (await create({ name: 'runs', url: `${receiver.url}/runs`, events })).json
      const { run } = (await server().post(`${MLFLOW}/runs/create`, { experiment_id: '0', run_name: 'told' })).json
      const update = (status: string) =>
        server().post(`${MLFLOW}/runs/update`, { run_id: run.info.run_id, status, end_time: 5 })
      await update('FINISHED')
      await update('FINISHED')
      await waitFor('deliveries', () => receivedAt('/runs').length === 2)
      expect(receivedAt('/runs').map(({ body }) => JSON.parse(body))).toMatchObject([
        { entity: 'run', action: 'created', data: { run_id: run.info.run_id, run_name: 'told', status: 'RUNNING' } },
        { entity: 'run', action: 'finished', data: { run_id: run.info.run_id, status: 'FINISHED', end_time: 5 } },
      ])
      await remove(webhook.webhook_id)
    })

    test('a disabled webhook is told nothing, and another event neither', async () => {
      const disabled = (await create({ name: 'off', url: `${receiver.url}/off`, status: 'DISABLED' })).json.webhook
      const other = (
        await create({ name: 'other', url: `${receiver.url}/other`, events: [{ entity: 'PROMPT', action: 'CREATED' }] })
      ).json.webhook
      const wanted = (await create({ name: 'on', url: `${receiver.url}/on` })).json.webhook
      await createModel('quiet')
      await waitFor('deliveries', () => receivedAt('/on').length === 1)
      expect([...receivedAt('/off'), ...receivedAt('/other')]).toEqual([])
      for (const each of [disabled, other, wanted]) await remove(each.webhook_id)
    })

    test.each<[string, Record<string, unknown>]>([
      ['/ok', { success: true, response_status: 200, response_body: 'thanks' }],
      ['/refuses', { success: false, response_status: 410, response_body: 'gone' }],
      ['/redirects', { success: true, response_status: 302, response_body: '' }],
      ['/hangs', { success: false, error_message: expect.stringContaining('Failed to test webhook') }],
      ['/floods', { success: true, response_status: 200, response_body: 'x'.repeat(4096) }],
    ])('a test call to %s tells what came back, follows no redirect and reads little', async (path, result) => {
      const { webhook } = (await create({ name: 'probe', url: `${receiver.url}${path}`, status: 'DISABLED' })).json
      const answer = await server().post(`${MLFLOW}/webhooks/${webhook.webhook_id}/test`, {
        event: { entity: 'MODEL_VERSION', action: 'CREATED' },
      })
      expect(answer.json.result).toEqual(result)
      expect(receivedAt('/target')).toEqual([])
      expect(JSON.parse(receivedAt(path).at(-1)?.body ?? '')).toMatchObject({
        entity: 'model_version',
        data: { name: 'example_model', version: '1' },
      })
      await remove(webhook.webhook_id)
    })
  })
})
