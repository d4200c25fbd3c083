import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { describeRegistries, type World } from './world.ts'

const TAG = 'mlflow.modelVersions'

/** A logged model with its files in a place of its own; answers its id and where the files are. */
const aLoggedModel = async ({ tracking, database }: World): Promise<{ modelId: string; artifactUri: string }> => {
  const modelId = `m-${randomUUID().replaceAll('-', '')}`
  const artifactUri = `/srv/models/${modelId}/artifacts`
  const experimentId = await tracking.createExperiment({ name: randomUUID() })
  await database.db
    .insertInto('logged_model')
    .values({
      model_id: modelId,
      experiment_id: Number(experimentId),
      name: 'm',
      artifact_uri: artifactUri,
      status: 'READY',
      source_run_id: 'run of the model',
      lifecycle_stage: 'active',
      creation_time: 1,
      last_update_time: 1,
      status_message: null,
      model_type: null,
    })
    .execute()
  return { modelId, artifactUri }
}

describeRegistries('a version of a logged model', (world) => {
  const tagOf = async (modelId: string): Promise<string | undefined> => {
    const row = await world.database.db
      .selectFrom('logged_model_tag')
      .innerJoin('logged_model', 'logged_model.id', 'logged_model_tag.model_id')
      .select('value')
      .where('logged_model.model_id', '=', modelId)
      .where('key', '=', TAG)
      .executeTakeFirst()
    return row?.value
  }
  const setTag = async (modelId: string, value: string): Promise<void> => {
    const { id } = await world.database.db
      .selectFrom('logged_model')
      .select('id')
      .where('model_id', '=', modelId)
      .executeTakeFirstOrThrow()
    await world.database.db
      .insertInto('logged_model_tag')
      .values({ model_id: id, key: TAG, value })
      .onConflict((conflict) => conflict.columns(['model_id', 'key']).doUpdateSet({ value }))
      .execute()
  }

  test('has its files and its run, and is noted in its tag', async () => {
    const name = await world.aModel()
    const { modelId, artifactUri } = await aLoggedModel(world)
    const made = await world.registry.createModelVersion({
      name,
      source: `models:/${modelId}`,
      runId: '',
      runLink: '',
      description: '',
      tags: [],
      modelId,
    })
    expect(made).toMatchObject({
      source: `models:/${modelId}`,
      storageLocation: artifactUri,
      runId: 'run of the model',
    })
    await world.aVersion(name, { source: `${artifactUri}/sub`, modelId })
    expect(await tagOf(modelId)).toBe(`[{"name": "${name}", "version": 1}, {"name": "${name}", "version": 2}]`)
    expect(await world.registry.getModelLocation({ kind: 'logged_model', modelId })).toBe(artifactUri)
  })

  test('leaves what a client put into the tag as it is', async () => {
    const name = await world.aModel()
    const { modelId } = await aLoggedModel(world)
    const add = () => world.aVersion(name, { source: `models:/${modelId}`, modelId })
    await setTag(modelId, `[ {"version":"1",  "name": "${name}"} ]`)
    await add()
    expect(await tagOf(modelId)).toBe(`[ {"version":"1",  "name": "${name}"}, {"name": "${name}", "version": 1}]`)
    await setTag(modelId, 'no list')
    await add()
    expect(await tagOf(modelId)).toBe('no list')
    await setTag(modelId, `[{"name": "${name}", "version": 3}]`)
    await add()
    expect(await tagOf(modelId)).toBe(`[{"name": "${name}", "version": 3}]`)
  })

  test('is noted once for each of many at a time', async () => {
    const names = await Promise.all(Array.from({ length: 4 }, () => world.aModel()))
    const { modelId } = await aLoggedModel(world)
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        world.aVersion(names[index % names.length] ?? '', { source: `models:/${modelId}`, modelId }),
      ),
    )
    const list: { name: string; version: number }[] = JSON.parse((await tagOf(modelId)) ?? '')
    const texts = list.map(({ name, version }) => `${name} ${version}`)
    expect(texts.toSorted()).toEqual(names.flatMap((name) => [1, 2, 3, 4, 5].map((n) => `${name} ${n}`)).toSorted())
  })

  test.each([
    ['/etc', 'INVALID_PARAMETER_VALUE', 'the model_id request parameter has to be specified'],
    ['models:/m-other', 'INVALID_PARAMETER_VALUE', 'The model_id request parameter must identify'],
    ['runs:/r/model', 'INVALID_PARAMETER_VALUE', 'The model_id request parameter must identify'],
  ])('is not made from %s', async (source, code, text) => {
    const { modelId } = await aLoggedModel(world)
    const failed = world.aVersion(await world.aModel(), { source, modelId })
    await expect(failed).rejects.toMatchObject({ code, message: expect.stringContaining(text) })
    expect(await tagOf(modelId)).toBeUndefined()
  })

  test('is not made from an unknown one', async () => {
    const name = await world.aModel()
    await expect(world.aVersion(name, { modelId: 'm-none' })).rejects.toMatchObject({
      code: 'RESOURCE_DOES_NOT_EXIST',
      message: "Logged model with ID 'm-none' not found.",
    })
    await expect(world.aVersion(name, { source: '/x', modelId: 'm-none' })).rejects.toMatchObject({
      code: 'INVALID_PARAMETER_VALUE',
    })
  })
})
