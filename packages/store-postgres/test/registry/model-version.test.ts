import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { aNewVersion, aSearch, describeRegistries } from './world.ts'

describeRegistries('a model version', (world) => {
  test('is read as it was made', async () => {
    const name = await world.aModel()
    const made = await world.registry.createModelVersion(
      aNewVersion(name, {
        source: 's3://bucket/a+b//c/',
        runId: 'r',
        runLink: 'l',
        description: 'd',
        tags: [
          { key: 'b', value: '1' },
          { key: 'a', value: '' },
          { key: 'b', value: '2' },
        ],
      }),
    )
    expect(made).toMatchObject({
      version: 1,
      stage: 'None',
      source: 's3://bucket/a+b//c/',
      storageLocation: 's3://bucket/a+b//c/',
      tags: [
        { key: 'a', value: '' },
        { key: 'b', value: '2' },
      ],
    })
    expect(await world.registry.getModelVersion(name, 1)).toEqual(made)
    expect((await world.registry.getRegisteredModel(name)).lastUpdateTime).toBe(made.creationTime)
  })

  test('keeps its number from others after it was deleted, and shows nowhere', async () => {
    const { registry, database } = world
    const name = await world.aModel()
    await world.aVersion(name)
    await world.aVersion(name, { runId: 'r2', description: 'secret' })
    await registry.setAlias(name, 'champion', 2)
    await registry.deleteModelVersion(name, 2)
    expect(await world.aVersion(name)).toBe(3)
    const calls = [
      registry.getModelVersion(name, 2),
      registry.deleteModelVersion(name, 2),
      registry.updateModelVersion(name, 2, 'x'),
      registry.transitionStage(name, 2, 'Staging', { archiveExisting: true }),
      registry.setModelVersionTag(name, 2, { key: 'k', value: 'v' }),
      registry.deleteModelVersionTag(name, 2, 'k'),
      registry.setAlias(name, 'a', 2),
      registry.getDownloadUri(name, 2),
      registry.getModelVersion(name, 2 ** 40),
    ]
    for (const result of await Promise.allSettled(calls)) {
      expect(result).toMatchObject({
        status: 'rejected',
        reason: {
          code: 'RESOURCE_DOES_NOT_EXIST',
          message: expect.stringMatching(/^Model Version \(name=.*, version=(2|1099511627776)\) not found$/),
        },
      })
    }
    await expect(registry.getVersionByAlias(name, 'champion')).rejects.toMatchObject({
      code: 'INVALID_PARAMETER_VALUE',
      message: 'Registered model alias champion not found.',
    })
    const { items } = await registry.searchModelVersions(aSearch({ filter: `name = '${name}'` }))
    expect(items.map(({ version }) => version)).toEqual([3, 1])
    const row = await database.db
      .selectFrom('model_version')
      .select(['source', 'storage_location', 'run_id', 'run_link', 'description', 'stage'])
      .where('run_id', '=', 'REDACTED-RUN-ID')
      .executeTakeFirst()
    expect(row).toEqual({
      source: 'REDACTED-SOURCE-PATH',
      storage_location: 'REDACTED-SOURCE-PATH',
      run_id: 'REDACTED-RUN-ID',
      run_link: 'REDACTED-RUN-LINK',
      description: '',
      stage: 'Deleted_Internal',
    })
  })

  test('that enters a stage archives the others there only when asked to', async () => {
    const { registry } = world
    const name = await world.aModel()
    for (let version = 1; version <= 4; version++) await world.aVersion(name)
    const move = (version: number, archiveExisting: boolean) =>
      registry.transitionStage(name, version, 'Production', { archiveExisting })
    const stages = async () =>
      (
        await registry.searchModelVersions(aSearch({ filter: `name = '${name}'`, orderBy: ['version_number'] }))
      ).items.map(({ stage }) => stage)
    await move(1, false)
    await move(2, false)
    expect(await stages()).toEqual(['Production', 'Production', 'None', 'None'])
    expect(await move(3, true)).toMatchObject({ version: 3, stage: 'Production' })
    expect(await stages()).toEqual(['Archived', 'Archived', 'Production', 'None'])
    await move(3, true)
    expect(await stages()).toEqual(['Archived', 'Archived', 'Production', 'None'])
  })

  test('is found by its aliases, which move and are its own model’s', async () => {
    const { registry } = world
    const [name, other] = [await world.aModel(), await world.aModel()]
    await world.aVersion(name)
    await world.aVersion(name)
    await world.aVersion(other)
    await registry.setAlias(name, 'b', 1)
    await registry.setAlias(name, 'a', 1)
    await registry.setAlias(other, 'a', 1)
    expect((await registry.getModelVersion(name, 1)).aliases).toEqual(['a', 'b'])
    await registry.setAlias(name, 'a', 2)
    expect((await registry.getVersionByAlias(name, 'a')).version).toBe(2)
    expect((await registry.getRegisteredModel(name)).aliases).toEqual([
      { alias: 'a', version: 2 },
      { alias: 'b', version: 1 },
    ])
    await registry.deleteAlias(name, 'a')
    await registry.deleteAlias(name, 'a')
    await expect(registry.getVersionByAlias(name, 'A')).rejects.toMatchObject({ code: 'INVALID_PARAMETER_VALUE' })
    expect((await registry.getVersionByAlias(other, 'a')).name).toBe(other)
  })

  test('is the latest by its number, whatever the stages', async () => {
    const { registry } = world
    const name = await world.aModel()
    await expect(registry.getVersionByAlias(name, 'latest')).rejects.toMatchObject({
      code: 'RESOURCE_DOES_NOT_EXIST',
      message: `Latest version not found for model ${name}.`,
    })
    for (let version = 1; version <= 3; version++) await world.aVersion(name)
    await registry.transitionStage(name, 3, 'Archived', { archiveExisting: false })
    expect((await registry.getVersionByAlias(name, 'LaTest')).version).toBe(3)
    await registry.deleteModelVersion(name, 3)
    expect((await registry.getVersionByAlias(name, 'latest')).version).toBe(2)
  })

  test('made from another keeps the files of that one, along every chain', async () => {
    const { registry } = world
    const [name, copy] = [await world.aModel(), await world.aModel()]
    await world.aVersion(name, { source: 's3://bucket/original', runId: 'r1' })
    await registry.setAlias(name, 'champion', 1)
    await registry.transitionStage(name, 1, 'Staging', { archiveExisting: false })
    const sources = [
      `models:/${name}/1`,
      `models:/${name}@champion`,
      `models:/${name}/staging`,
      `models:/${name}/Latest`,
    ]
    for (const source of sources) {
      expect(await registry.createModelVersion(aNewVersion(copy, { source }))).toMatchObject({
        source: `models:/${name}/1`,
        storageLocation: 's3://bucket/original',
        runId: 'r1',
      })
    }
    await registry.deleteModelVersion(name, 1)
    const version = await world.aVersion(copy, { source: `models:/${copy}/4`, runId: 'r1' })
    expect(await registry.getDownloadUri(copy, version)).toBe('s3://bucket/original')
    expect(await registry.getModelLocation({ kind: 'latest', name: copy })).toBe('s3://bucket/original')
    await expect(world.aVersion(copy, { source: `models:/${copy}/4`, runId: 'other' })).rejects.toMatchObject({
      code: 'INVALID_PARAMETER_VALUE',
      message: `Invalid model version source: 'models:/${copy}/4'. The run_id and model_id request parameters must match the referenced model version.`,
    })
  })

  test.each([
    ['models:/NAME/9', 'RESOURCE_DOES_NOT_EXIST', 'Model Version (name=NAME, version=9) not found'],
    ['models:/no such/1', 'RESOURCE_DOES_NOT_EXIST', 'Registered Model with name=no such not found'],
    ['models:/NAME@none', 'INVALID_PARAMETER_VALUE', 'Registered model alias none not found.'],
    [
      'models:/NAME/Staging',
      'RESOURCE_DOES_NOT_EXIST',
      "No versions of model with name 'NAME' and stage 'Staging' found",
    ],
    [
      'models:/NAME/bogus',
      'INVALID_PARAMETER_VALUE',
      'Invalid Model Version stage: bogus. Value must be one of None, Staging, Production, Archived.',
    ],
  ])('is not made from %s', async (source, code, message) => {
    const name = await world.aModel()
    const given = source.replace('NAME', name)
    await expect(world.aVersion(name, { source: given })).rejects.toMatchObject({
      code,
      message: message.replace('NAME', name),
    })
  })

  test('is not made from a prompt', async () => {
    const prompt = await world.aModel({ tags: [{ key: 'mlflow.prompt.is_prompt', value: 'true' }] })
    await world.aVersion(prompt, { source: 'dummy-source', tags: [{ key: 'mlflow.prompt.is_prompt', value: 'true' }] })
    await expect(world.aVersion(await world.aModel(), { source: `models:/${prompt}/1` })).rejects.toMatchObject({
      code: 'INVALID_PARAMETER_VALUE',
      message: expect.stringContaining('Prompt versions cannot be used as model version sources.'),
    })
  })

  test('of a local path must lie inside the artifacts of its run', async () => {
    const { tracking } = world
    const name = await world.aModel()
    const experimentId = await tracking.createExperiment({ name: randomUUID() })
    const { runId, artifactUri } = (await tracking.createRun({ experimentId })).info
    for (const source of [
      artifactUri,
      `${artifactUri}/model`,
      `file://${artifactUri}/model/.`,
      `${artifactUri}/m/..`,
    ]) {
      expect(await world.aVersion(name, { source, runId })).toBeGreaterThan(0)
    }
    for (const source of ['/tmp', `${artifactUri}/..`, `${artifactUri}x`, `file://host${artifactUri}`, 'relative']) {
      await expect(world.aVersion(name, { source, runId })).rejects.toMatchObject({
        code: 'INVALID_PARAMETER_VALUE',
        message: expect.stringContaining('To use a local path as a model version source, the run_id'),
      })
    }
    await expect(world.aVersion(name, { source: artifactUri, runId: 'unknown' })).rejects.toMatchObject({
      message: `Invalid model version source: '${artifactUri}'. The run_id request parameter must identify the resource that contains the source.`,
    })
    const remote = await tracking.createExperiment({ name: randomUUID(), artifactLocation: 's3://bucket/x' })
    const other = (await tracking.createRun({ experimentId: remote })).info.runId
    await expect(world.aVersion(name, { source: artifactUri, runId: other })).rejects.toThrow('To use a local path')
  })
})
