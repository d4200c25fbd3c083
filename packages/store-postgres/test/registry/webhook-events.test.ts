import { randomUUID } from 'node:crypto'
import { WEBHOOK_EVENTS } from '@tidemill/core'
import { beforeAll, expect, test } from 'vitest'
import { aNewVersion, describeRegistries } from './world.ts'

const PROMPT = { key: 'mlflow.prompt.is_prompt', value: 'true' }

describeRegistries('the registry', (world) => {
  beforeAll(async () => {
    await world.database.db
      .insertInto('webhook')
      .values({
        webhook_id: randomUUID(),
        name: 'all',
        url: 'https://receiver.example/',
        events: [...WEBHOOK_EVENTS],
        creation_time: 1,
        last_update_time: 1,
      })
      .execute()
  })

  /** Event and data of what the work put into the outbox. */
  const eventsOf = async (work: () => Promise<unknown>): Promise<[string, unknown][]> => {
    await world.database.db.deleteFrom('webhook_delivery').execute()
    await work()
    const rows = await world.database.db
      .selectFrom('webhook_delivery')
      .select(['event', 'payload'])
      .orderBy('id')
      .execute()
    return rows.map(({ event, payload }) => {
      const { entity, action, timestamp, data } = JSON.parse(payload)
      expect([`${entity}.${action}`, new Date(timestamp).toISOString()]).toEqual([event, timestamp])
      return [event, data]
    })
  }

  test('tells receivers what happens to models and their versions', async () => {
    const { registry } = world
    const name = `na"me ${randomUUID()}`
    expect(
      await eventsOf(() =>
        registry.createRegisteredModel({ name, description: 'd', tags: [{ key: 'k', value: 'v' }] }),
      ),
    ).toEqual([['registered_model.created', { name, tags: { k: 'v' }, description: 'd' }]])
    expect(
      await eventsOf(async () => {
        await registry.createModelVersion(aNewVersion(name, { tags: [{ key: 'k', value: '"\n' }] }))
        await registry.createModelVersion(aNewVersion(name, { runId: 'r', description: 'd' }))
      }),
    ).toEqual([
      [
        'model_version.created',
        { name, version: '1', source: 's3://bucket/model', run_id: null, tags: { k: '"\n' }, description: null },
      ],
      [
        'model_version.created',
        { name, version: '2', source: 's3://bucket/model', run_id: 'r', tags: {}, description: 'd' },
      ],
    ])
    expect(
      await eventsOf(async () => {
        await registry.setAlias(name, 'a', 1)
        await registry.setModelVersionTag(name, 1, { key: 'x', value: 'y' })
        await registry.deleteModelVersionTag(name, 1, 'x')
        await registry.deleteModelVersionTag(name, 1, 'x')
        await registry.deleteAlias(name, 'a')
        await registry.deleteAlias(name, 'a')
        await registry.setRegisteredModelTag(name, { key: 'x', value: 'y' })
      }),
    ).toEqual([
      ['model_version_alias.created', { name, alias: 'a', version: '1' }],
      ['model_version_tag.set', { name, version: '1', key: 'x', value: 'y' }],
      ['model_version_tag.deleted', { name, version: '1', key: 'x' }],
      ['model_version_alias.deleted', { name, alias: 'a' }],
    ])
  })

  test('tells them of prompts by events of their own', async () => {
    const { registry } = world
    const name = randomUUID()
    const text = { key: 'mlflow.prompt.text', value: 'Hi {{x}}' }
    const type = { key: '_mlflow_prompt_type', value: 'text' }
    const events = await eventsOf(async () => {
      await registry.createRegisteredModel({ name, description: 'd', tags: [PROMPT, { key: 'k', value: 'v' }] })
      await registry.createModelVersion(
        aNewVersion(name, { source: 'dummy-source', tags: [PROMPT, text, type, { key: 'k', value: 'v' }] }),
      )
      await registry.setRegisteredModelTag(name, { key: 'x', value: 'y' })
      await registry.deleteRegisteredModelTag(name, 'x')
      await registry.setModelVersionTag(name, 1, { key: 'x', value: 'y' })
      await registry.deleteModelVersionTag(name, 1, 'x')
      await registry.setAlias(name, 'a', 1)
      await registry.deleteAlias(name, 'a')
    })
    expect(events).toEqual([
      ['prompt.created', { name, tags: { k: 'v' }, description: 'd' }],
      ['prompt_version.created', { name, version: '1', template: 'Hi {{x}}', tags: { k: 'v' }, description: null }],
      ['prompt_tag.set', { name, key: 'x', value: 'y' }],
      ['prompt_tag.deleted', { name, key: 'x' }],
      ['prompt_version_tag.set', { name, version: '1', key: 'x', value: 'y' }],
      ['prompt_version_tag.deleted', { name, version: '1', key: 'x' }],
      ['prompt_alias.created', { name, alias: 'a', version: '1' }],
      ['prompt_alias.deleted', { name, alias: 'a' }],
    ])
  })

  test('says nothing of what was refused', async () => {
    const { registry } = world
    const name = await world.aModel()
    const refused = await eventsOf(() =>
      Promise.allSettled([
        registry.createRegisteredModel({ name, description: '', tags: [] }),
        registry.setAlias(name, 'a', 7),
        world.aVersion('no such'),
      ]),
    )
    expect(refused).toEqual([])
  })
})
