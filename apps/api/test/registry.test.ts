import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { type Answer, describeServer, MLFLOW } from './server-fixture.ts'

const PROMPT = { key: 'mlflow.prompt.is_prompt', value: 'true' }

describeServer('the registry', (server) => {
  const call = (method: 'POST' | 'PATCH' | 'DELETE', path: string, body: object): Promise<Answer> =>
    server().request({
      method,
      url: `${MLFLOW}/${path}`,
      headers: { 'content-type': 'application/json' },
      payload: JSON.stringify(body),
    })
  const read = (path: string, query: Readonly<Record<string, string>>): Promise<Answer> =>
    server().get(`${MLFLOW}/${path}`, query)
  const aModel = async (body: object = {}): Promise<string> => {
    const name = `model ${randomUUID()}`
    expect((await call('POST', 'registered-models/create', { name, ...body })).status).toBe(200)
    return name
  }
  const aVersion = async (name: string, body: object = {}): Promise<string> => {
    const answer = await call('POST', 'model-versions/create', { name, source: 's3://b/x', ...body })
    expect(answer).toMatchObject({ status: 200 })
    return answer.json.model_version.version
  }

  test('answers with the fields that MLflow sends, and without empty ones', async () => {
    const name = await aModel()
    const times = { creation_timestamp: expect.any(Number), last_updated_timestamp: expect.any(Number) }
    const bare = await read('registered-models/get', { name })
    expect(bare.json).toEqual({ registered_model: { name, ...times } })
    const made = await call('POST', 'model-versions/create', {
      name,
      source: 's3://b/x',
      tags: [{ key: 'k', value: 'v' }],
    })
    const version = {
      name,
      version: '1',
      ...times,
      current_stage: 'None',
      description: '',
      source: 's3://b/x',
      run_id: '',
      run_link: '',
      status: 'READY',
      tags: [{ key: 'k', value: 'v' }],
    }
    expect(made.json).toEqual({ model_version: version })
    await call('POST', 'registered-models/alias', { name, alias: 'champion', version: 1 })
    const full = await read('registered-models/get', { name })
    expect(full.json.registered_model).toEqual({
      name,
      ...times,
      aliases: [{ alias: 'champion', version: '1' }],
      latest_versions: [{ ...version, aliases: ['champion'] }],
    })
    const byAlias = await read('registered-models/alias', { name, alias: 'champion' })
    expect(byAlias.json).toEqual({ model_version: { ...version, aliases: ['champion'] } })
    expect((await read('model-versions/search', { filter: `name = 'none'` })).json).toEqual({})
    expect((await read('registered-models/search', { filter: `name = 'none'` })).json).toEqual({})
  })

  test('lives through every call', async () => {
    const name = await aModel({ description: 'd', tags: [{ key: 'a' }] })
    await aVersion(name)
    await aVersion(name)
    const empty = { status: 200, json: {} }
    expect(
      (await call('PATCH', 'registered-models/update', { name, description: 'new' })).json.registered_model.description,
    ).toBe('new')
    expect((await call('PATCH', 'registered-models/update', { name })).json.registered_model).not.toHaveProperty(
      'description',
    )
    expect(await call('POST', 'registered-models/set-tag', { name, key: 't', value: '1' })).toMatchObject(empty)
    expect(await call('DELETE', 'registered-models/delete-tag', { name, key: 'a' })).toMatchObject(empty)
    expect(await call('DELETE', 'registered-models/delete-tag', { name, key: 'a' })).toMatchObject(empty)
    expect((await read('registered-models/get', { name })).json.registered_model.tags).toEqual([
      { key: 't', value: '1' },
    ])
    const updated = await call('PATCH', 'model-versions/update', { name, version: 2, description: 'x' })
    expect(updated.json.model_version).toMatchObject({ version: '2', description: 'x' })
    expect(await call('POST', 'model-versions/set-tag', { name, version: '2', key: 't' })).toMatchObject(empty)
    expect((await read('model-versions/get', { name, version: '2' })).json.model_version.tags).toEqual([
      { key: 't', value: '' },
    ])
    expect(await call('DELETE', 'model-versions/delete-tag', { name, version: 2, key: 't' })).toMatchObject(empty)
    await call('POST', 'model-versions/transition-stage', { name, version: '1', stage: 'production' })
    const moved = await call('POST', 'model-versions/transition-stage', {
      name,
      version: '2',
      stage: 'Production',
      archive_existing_versions: true,
    })
    expect(moved.json.model_version.current_stage).toBe('Production')
    for (const latest of [
      await call('POST', 'registered-models/get-latest-versions', { name }),
      await server().get(
        `${MLFLOW}/registered-models/get-latest-versions?name=${name}&stages=archived&stages=Production`,
      ),
    ]) {
      expect(latest.json.model_versions.map((each: { version: string }) => each.version)).toEqual(['2', '1'])
    }
    expect((await read('model-versions/get-download-uri', { name, version: '1' })).json).toEqual({
      artifact_uri: 's3://b/x',
    })
    expect(await call('DELETE', 'model-versions/delete', { name, version: '2' })).toMatchObject(empty)
    expect(await aVersion(name)).toBe('3')
    const renamed = await call('POST', 'registered-models/rename', { name, new_name: `${name} new` })
    expect(renamed.json.registered_model.name).toBe(`${name} new`)
    expect(await call('DELETE', 'registered-models/delete', { name: `${name} new` })).toMatchObject(empty)
    expect((await read('registered-models/get', { name: `${name} new` })).status).toBe(404)
  })

  // Annex A of spec/rest-api.md, A-20 to.
  test.each([
    [
      'POST',
      'registered-models/create',
      { name: 'NAME' },
      400,
      'RESOURCE_ALREADY_EXISTS',
      'Registered Model (name=NAME) already exists.',
    ],
    [
      'POST',
      'registered-models/create',
      { name: 'NAME', tags: [PROMPT] },
      400,
      'RESOURCE_ALREADY_EXISTS',
      `Tried to create a prompt with name 'NAME', but the name is already taken by a registered model. MLflow does not allow creating a model and a prompt with the same name.`,
    ],
    [
      'POST',
      'registered-models/create',
      {},
      400,
      'INVALID_PARAMETER_VALUE',
      `Missing value for required parameter 'name'. See the API docs for more information about request parameters.`,
    ],
    [
      'POST',
      'registered-models/create',
      { name: 'x', tags: '5' },
      400,
      'INVALID_PARAMETER_VALUE',
      expect.stringMatching(/^Invalid value "5" for parameter 'tags' supplied/),
    ],
    [
      'POST',
      'registered-models/create',
      { name: 'a/b' },
      400,
      'INVALID_PARAMETER_VALUE',
      `Invalid model name 'a/b'. Names cannot contain '/' or ':'.`,
    ],
    [
      'POST',
      'registered-models/create',
      { name: 'x', description: 'x'.repeat(5001) },
      400,
      'INVALID_PARAMETER_VALUE',
      `'description' exceeds the maximum length of 5000 characters`,
    ],
    [
      'POST',
      'registered-models/rename',
      { name: 'NAME' },
      400,
      'INVALID_PARAMETER_VALUE',
      expect.stringMatching(/^Missing value for required parameter 'new_name'/),
    ],
    [
      'POST',
      'registered-models/rename',
      { name: 'none', new_name: 'x' },
      404,
      'RESOURCE_DOES_NOT_EXIST',
      'Registered Model with name=none not found',
    ],
    [
      'POST',
      'registered-models/get-latest-versions',
      { name: 'NAME', stages: ['bogus'] },
      400,
      'INVALID_PARAMETER_VALUE',
      'Invalid Model Version stage: bogus. Value must be one of None, Staging, Production, Archived.',
    ],
    [
      'POST',
      'registered-models/alias',
      { name: 'NAME', alias: 'latest', version: '1' },
      400,
      'INVALID_PARAMETER_VALUE',
      `'latest' alias name (case insensitive) is reserved.`,
    ],
    [
      'POST',
      'registered-models/alias',
      { name: 'NAME', alias: 'v1', version: '1' },
      400,
      'INVALID_PARAMETER_VALUE',
      `Version alias name 'v1' is reserved.`,
    ],
    [
      'POST',
      'registered-models/alias',
      { name: 'NAME', alias: 'a b', version: '1' },
      400,
      'INVALID_PARAMETER_VALUE',
      `Invalid alias name: 'a b'. Names may only contain alphanumerics, underscores (_), and dashes (-).`,
    ],
    [
      'POST',
      'registered-models/alias',
      { name: 'NAME', alias: 'a', version: '9' },
      404,
      'RESOURCE_DOES_NOT_EXIST',
      'Model Version (name=NAME, version=9) not found',
    ],
    [
      'DELETE',
      'registered-models/delete',
      {},
      400,
      'INVALID_PARAMETER_VALUE',
      expect.stringMatching(/^Missing value for required parameter 'name'/),
    ],
    [
      'POST',
      'model-versions/create',
      { name: 'NAME' },
      400,
      'INVALID_PARAMETER_VALUE',
      expect.stringMatching(/^Missing value for required parameter 'source'/),
    ],
    [
      'POST',
      'model-versions/create',
      { name: 'none', source: 's3://b/x' },
      404,
      'RESOURCE_DOES_NOT_EXIST',
      'Registered Model with name=none not found',
    ],
    [
      'POST',
      'model-versions/create',
      { name: 'NAME', source: '/tmp' },
      400,
      'INVALID_PARAMETER_VALUE',
      expect.stringMatching(/^Invalid model version source: '\/tmp'\. To use a local path as a model version/),
    ],
    [
      'POST',
      'model-versions/create',
      { name: 'NAME', source: 'mlflow-artifacts://h/m/..%2f..%2fx' },
      400,
      'INVALID_PARAMETER_VALUE',
      expect.stringMatching(/If supplying a source as an http, https,/),
    ],
    [
      'POST',
      'model-versions/create',
      { name: 'NAME', source: 'runs:/other/x', run_id: 'r' },
      400,
      'INVALID_PARAMETER_VALUE',
      expect.stringMatching(/The run_id request parameter must identify the resource that contains the source\.$/),
    ],
    [
      'POST',
      'model-versions/create',
      { name: 'NAME', source: '/etc', tags: [PROMPT] },
      400,
      'INVALID_PARAMETER_VALUE',
      `Invalid prompt source: '/etc'. Prompt sources must use an MLflow placeholder.`,
    ],
    [
      'POST',
      'model-versions/create',
      { name: 'NAME', source: `s3://b/${'x'.repeat(4096)}` },
      400,
      'INVALID_PARAMETER_VALUE',
      `'source' exceeds the maximum length of 4096 characters`,
    ],
    [
      'POST',
      'model-versions/transition-stage',
      { name: 'NAME', version: '1', stage: 'none', archive_existing_versions: true },
      400,
      'INVALID_PARAMETER_VALUE',
      expect.stringMatching(/cannot archive existing model versions because 'none' is not an Active stage/),
    ],
    [
      'POST',
      'model-versions/transition-stage',
      { name: 'NAME', version: '9', stage: 'Staging' },
      404,
      'RESOURCE_DOES_NOT_EXIST',
      'Model Version (name=NAME, version=9) not found',
    ],
    [
      'PATCH',
      'model-versions/update',
      { name: 'NAME', version: 'x' },
      400,
      'INVALID_PARAMETER_VALUE',
      `Parameter 'version' must be an integer, got 'x'.`,
    ],
    [
      'POST',
      'model-versions/set-tag',
      { name: 'NAME', version: '1', key: '../x' },
      400,
      'INVALID_PARAMETER_VALUE',
      expect.stringMatching(/^Invalid value "\.\.\/x" for parameter 'key' supplied/),
    ],
    [
      'DELETE',
      'model-versions/delete',
      { name: 'NAME', version: 99 },
      404,
      'RESOURCE_DOES_NOT_EXIST',
      'Model Version (name=NAME, version=99) not found',
    ],
  ] as const)('refuses %s %s %j', async (method, path, body, status, code, message) => {
    const name = await aModel()
    await aVersion(name)
    const answer = await call(method, path, JSON.parse(JSON.stringify(body).replaceAll('NAME', name)))
    const expected = typeof message === 'string' ? message.replaceAll('NAME', name) : message
    expect([answer.status, answer.json]).toEqual([status, { error_code: code, message: expected }])
  })

  test.each([
    ['registered-models/get', { name: 'none' }, 404, 'Registered Model with name=none not found'],
    ['registered-models/alias', { name: 'NAME', alias: 'none' }, 400, 'Registered model alias none not found.'],
    ['registered-models/alias', { name: 'NAME', alias: 'latest' }, 404, 'Latest version not found for model NAME.'],
    [
      'registered-models/search',
      { max_results: '1001' },
      400,
      'Invalid value for request parameter max_results. It must be at most 1000, but got value 1001',
    ],
    [
      'registered-models/search',
      { order_by: 'foo' },
      400,
      `Invalid order by key 'foo' specified. Valid keys are '{'name', 'timestamp'}'`,
    ],
    ['registered-models/search', { filter: `name > 'a'` }, 400, 'Invalid comparator for attribute: >'],
    ['model-versions/get', { name: 'NAME', version: '1' }, 404, 'Model Version (name=NAME, version=1) not found'],
    ['model-versions/get', { name: 'NAME', version: 'x' }, 400, `Parameter 'version' must be an integer, got 'x'.`],
    [
      'model-versions/get',
      { name: 'NAME', version: '99999999999999999999' },
      404,
      'Model Version (name=NAME, version=100000000000000000000) not found',
    ],
    [
      'model-versions/search',
      { max_results: '0' },
      400,
      'Invalid value for max_results. It must be a positive integer, but got 0',
    ],
    [
      'model-versions/search',
      { max_results: '200001' },
      400,
      'Invalid value for request parameter max_results. It must be at most 200000, but got value 200001',
    ],
    ['model-versions/search', { page_token: '!' }, 400, 'Invalid page token, could not base64-decode'],
  ])('refuses GET %s %j', async (path, query, status, message) => {
    const name = await aModel()
    const answer = await read(path, JSON.parse(JSON.stringify(query).replaceAll('NAME', name)))
    expect([answer.status, answer.json.message]).toEqual([status, message.replaceAll('NAME', name)])
  })

  test('serves the files of a version, found through its run or its copy', async () => {
    const { json } = await server().post(`${MLFLOW}/runs/create`, { experiment_id: '0' })
    const { run_id: runId, artifact_uri: root } = json.run.info
    const put = await server().request({
      method: 'PUT',
      url: `/api/2.0/mlflow-artifacts/artifacts/${root.replace('mlflow-artifacts:/', '')}/model/MLmodel`,
      payload: 'flavors',
    })
    expect(put.status).toBe(200)
    const name = await aModel()
    await aVersion(name, { source: `${root}/model`, run_id: runId })
    await aVersion(name, { source: `runs:/${runId}/model`, run_id: runId })
    await aVersion(name, { source: `models:/${name}/2` })
    await aVersion(name, { source: 's3://elsewhere/x' })
    const file = (version: string, path: string) =>
      server().get('/model-versions/get-artifact', { name, version, path })
    for (const version of ['1', '2', '3']) {
      expect(await file(version, 'MLmodel')).toMatchObject({ status: 200, text: 'flavors' })
      expect((await file(version, 'absent')).status).toBe(404)
      expect(await file(version, '../MLmodel')).toMatchObject({
        status: 400,
        json: { error_code: 'INVALID_PARAMETER_VALUE', message: 'Invalid path' },
      })
    }
    expect((await file('4', 'MLmodel')).status).toBe(400)
    expect((await file('9', 'passwd')).status).toBe(404)
    expect((await server().get('/model-versions/get-artifact', { path: 'x' })).json.message).toBe(
      'Request must specify name.',
    )
  })

  test('keeps prompts apart from models', async () => {
    const model = await aModel()
    const prompt = await aModel({ tags: [PROMPT] })
    const text = { key: 'mlflow.prompt.text', value: 'Hi {{x}}' }
    await aVersion(prompt, { source: 'dummy-source', tags: [PROMPT, text] })
    const names = async (filter: string) =>
      (await read('registered-models/search', { filter, max_results: '1000' })).json.registered_models.map(
        (each: { name: string }) => each.name,
      )
    expect(await names('')).toContain(model)
    expect(await names('')).not.toContain(prompt)
    expect(await names(`tags.\`mlflow.prompt.is_prompt\` = 'true'`)).toContain(prompt)
    const latest = await read('registered-models/alias', { name: prompt, alias: 'latest' })
    expect(latest.json.model_version.tags).toEqual([PROMPT, text])
  })
})
