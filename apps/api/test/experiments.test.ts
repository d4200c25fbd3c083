import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { describeServer, MLFLOW } from './server-fixture.ts'

describeServer('experiments', (server) => {
  const create = async (body: object = {}): Promise<{ id: string; name: string }> => {
    const name = `experiment ${randomUUID()}`
    const { status, json } = await server().post(`${MLFLOW}/experiments/create`, { name, ...body })
    expect(status).toBe(200)
    return { id: json.experiment_id, name }
  }

  test('the Default experiment is there with id 0', async () => {
    const { json } = await server().get(`${MLFLOW}/experiments/get`, { experiment_id: '0' })
    expect(json.experiment).toMatchObject({ experiment_id: '0', name: 'Default', lifecycle_stage: 'active' })
  })

  test('a made experiment is read by id and by name', async () => {
    const { id, name } = await create({ tags: [{ key: 'team', value: 'a' }] })
    const expected = {
      experiment_id: id,
      name,
      artifact_location: `mlflow-artifacts:/${id}`,
      lifecycle_stage: 'active',
      tags: [{ key: 'team', value: 'a' }],
    }
    expect((await server().get(`${MLFLOW}/experiments/get`, { experiment_id: id })).json.experiment).toMatchObject(
      expected,
    )
    const byName = await server().get(`${MLFLOW}/experiments/get-by-name`, { experiment_name: name })
    expect(byName.json.experiment).toMatchObject(expected)
  })

  test('a taken name is a 400 RESOURCE_ALREADY_EXISTS', async () => {
    const { name } = await create()
    const { status, json } = await server().post(`${MLFLOW}/experiments/create`, { name })
    expect([status, json.error_code]).toEqual([400, 'RESOURCE_ALREADY_EXISTS'])
    expect(json.message).toContain('already exists')
  })

  test('delete, restore, rename and tags take effect', async () => {
    const { id, name } = await create()
    const stage = async () =>
      (await server().get(`${MLFLOW}/experiments/get`, { experiment_id: id })).json.experiment.lifecycle_stage
    expect(await server().post(`${MLFLOW}/experiments/delete`, { experiment_id: id })).toMatchObject({
      status: 200,
      json: {},
    })
    expect(await stage()).toBe('deleted')
    const onDeleted = await server().post(`${MLFLOW}/experiments/set-experiment-tag`, {
      experiment_id: id,
      key: 'k',
      value: 'v',
    })
    expect(onDeleted).toMatchObject({ status: 400, json: { error_code: 'INVALID_PARAMETER_VALUE' } })
    expect(onDeleted.json.message).toContain(`must be in the 'active' state`)
    await server().post(`${MLFLOW}/experiments/restore`, { experiment_id: id })
    expect(await stage()).toBe('active')
    await server().post(`${MLFLOW}/experiments/update`, { experiment_id: Number(id), new_name: `${name} new` })
    await server().post(`${MLFLOW}/experiments/set-experiment-tag`, { experiment_id: id, key: 'k', value: 'v' })
    const { json } = await server().get(`${MLFLOW}/experiments/get`, { experiment_id: id })
    expect(json.experiment).toMatchObject({ name: `${name} new`, tags: [{ key: 'k', value: 'v' }] })
    await server().post(`${MLFLOW}/experiments/delete-experiment-tag`, { experiment_id: id, key: 'k' })
    const again = await server().post(`${MLFLOW}/experiments/delete-experiment-tag`, { experiment_id: id, key: 'k' })
    expect(again).toMatchObject({ status: 404, json: { error_code: 'RESOURCE_DOES_NOT_EXIST' } })
  })

  test.each(['999999', '-1', '99999999999999999999'])('an unknown id is a 404: %s', async (id) => {
    const { status, json } = await server().get(`${MLFLOW}/experiments/get`, { experiment_id: id })
    expect([status, json]).toEqual([
      404,
      { error_code: 'RESOURCE_DOES_NOT_EXIST', message: expect.stringContaining(id) },
    ])
  })

  test('an id that is no integer is refused', async () => {
    const { status, json } = await server().get(`${MLFLOW}/experiments/get`, { experiment_id: 'abc' })
    expect([status, json]).toEqual([
      400,
      {
        error_code: 'INVALID_PARAMETER_VALUE',
        message: "Invalid experiment ID 'abc'. Experiment ID must be a valid integer.",
      },
    ])
  })

  test('a relative location is made absolute', async () => {
    const { json } = await server().post(`${MLFLOW}/experiments/create`, {
      name: randomUUID(),
      artifact_location: 'my_location',
    })
    const found = await server().get(`${MLFLOW}/experiments/get`, { experiment_id: json.experiment_id })
    expect(found.json.experiment.artifact_location).toBe(`${process.cwd()}/my_location`)
  })

  test('a name is unknown with the text that clients look for', async () => {
    const { status, json } = await server().get(`${MLFLOW}/experiments/get-by-name`, { experiment_name: 'no such' })
    expect([status, json]).toEqual([
      404,
      { error_code: 'RESOURCE_DOES_NOT_EXIST', message: `Could not find experiment with name 'no such'` },
    ])
  })

  test('a search pages by GET and by POST', async () => {
    const marker = randomUUID()
    const ids = [await create(), await create(), await create()].map(({ id }) => id)
    for (const id of ids) {
      await server().post(`${MLFLOW}/experiments/set-experiment-tag`, {
        experiment_id: id,
        key: 'marker',
        value: marker,
      })
    }
    const search = { filter: `tags.marker = '${marker}'`, max_results: 2, order_by: ['experiment_id ASC'] }
    const first = await server().post(`${MLFLOW}/experiments/search`, search)
    expect(first.json.experiments.map((each: { experiment_id: string }) => each.experiment_id)).toEqual(ids.slice(0, 2))
    const second = await server().get(
      `/ajax-api/2.0/mlflow/experiments/search?${new URLSearchParams({
        ...search,
        max_results: '2',
        order_by: 'experiment_id ASC',
        page_token: first.json.next_page_token,
      })}`,
    )
    expect(second.json.experiments.map((each: { experiment_id: string }) => each.experiment_id)).toEqual(ids.slice(2))
    expect(second.json).not.toHaveProperty('next_page_token')
  })

  test.each([0, -1, 50_001])('max_results %i is refused', async (maxResults) => {
    const { status, json } = await server().post(`${MLFLOW}/experiments/search`, { max_results: maxResults })
    expect([status, json.error_code]).toEqual([400, 'INVALID_PARAMETER_VALUE'])
    expect(json.message).toContain(`Invalid value ${maxResults} for parameter 'max_results'`)
  })

  test.each([
    '/x#../../etc',
    'http:///#/../../../../etc/',
    'http://h/a?/../../../etc/',
    'http://h/;..%2F..%2Fetc',
    'file:///etc/?x=',
    'runs:/abc/x',
  ])('the artifact location %j is refused', async (location) => {
    const body = { name: randomUUID(), artifact_location: location }
    const { status, json } = await server().post(`${MLFLOW}/experiments/create`, body)
    expect([status, json.error_code]).toEqual([400, 'INVALID_PARAMETER_VALUE'])
  })
})
