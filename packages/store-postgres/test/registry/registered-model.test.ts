import { randomUUID } from 'node:crypto'
import { MODEL_STAGES } from '@tidemill/core'
import { expect, test } from 'vitest'
import { describeRegistries } from './world.ts'

const PROMPT = [{ key: 'mlflow.prompt.is_prompt', value: 'true' }]

describeRegistries('a registered model', (world) => {
  /** Makes every time old, so that a bump shows. */
  const age = async (): Promise<void> => {
    await world.database.db.updateTable('registered_model').set({ creation_time: 1, last_update_time: 1 }).execute()
    await world.database.db.updateTable('model_version').set({ creation_time: 1, last_update_time: 1 }).execute()
  }
  const isBumped = async (name: string): Promise<boolean> =>
    (await world.registry.getRegisteredModel(name)).lastUpdateTime > 1

  test('is read as it was made, of several tags with one key the last', async () => {
    const made = await world.registry.createRegisteredModel({
      name: `model ${randomUUID()}`,
      description: 'd',
      tags: [
        { key: 'b', value: '1' },
        { key: 'a', value: '2' },
        { key: 'b', value: '3' },
      ],
    })
    expect(made).toMatchObject({
      description: 'd',
      tags: [
        { key: 'a', value: '2' },
        { key: 'b', value: '3' },
      ],
      aliases: [],
      latestVersions: [],
    })
    expect(made.creationTime).toBe(made.lastUpdateTime)
    expect(await world.registry.getRegisteredModel(made.name)).toEqual(made)
  })

  test.each([
    [[], [], 'Registered Model (name=NAME) already exists.'],
    [PROMPT, PROMPT, 'Prompt (name=NAME) already exists.'],
    [
      [],
      PROMPT,
      `Tried to create a prompt with name 'NAME', but the name is already taken by a registered model. MLflow does not allow creating a model and a prompt with the same name.`,
    ],
    [
      PROMPT,
      [],
      `Tried to create a registered model with name 'NAME', but the name is already taken by a prompt. MLflow does not allow creating a model and a prompt with the same name.`,
    ],
  ])('with tags %j takes its name from one with %j', async (tags, otherTags, message) => {
    const name = await world.aModel({ tags })
    await expect(
      world.registry.createRegisteredModel({ name, description: '', tags: otherTags }),
    ).rejects.toMatchObject({ code: 'RESOURCE_ALREADY_EXISTS', message: message.replace('NAME', name) })
  })

  test('keeps its versions, tags and aliases when it is renamed', async () => {
    const { registry } = world
    const name = await world.aModel({ tags: [{ key: 'k', value: 'v' }] })
    await world.aVersion(name)
    await registry.setAlias(name, 'champion', 1)
    await age()
    const renamed = await registry.renameRegisteredModel(name, `${name} new`)
    expect(renamed).toMatchObject({
      name: `${name} new`,
      tags: [{ key: 'k', value: 'v' }],
      aliases: [{ alias: 'champion', version: 1 }],
      latestVersions: [{ name: `${name} new`, version: 1 }],
      creationTime: 1,
    })
    expect(renamed.lastUpdateTime).toBeGreaterThan(1)
    expect(renamed.latestVersions[0]?.lastUpdateTime).toBe(renamed.lastUpdateTime)
    await expect(registry.getRegisteredModel(name)).rejects.toMatchObject({
      code: 'RESOURCE_DOES_NOT_EXIST',
      message: `Registered Model with name=${name} not found`,
    })
    await expect(registry.getModelVersion(name, 1)).rejects.toMatchObject({
      message: `Model Version (name=${name}, version=1) not found`,
    })
    expect(await world.aModel({ name })).toBe(name)
    await expect(registry.renameRegisteredModel(`${name} new`, name)).rejects.toMatchObject({
      code: 'RESOURCE_ALREADY_EXISTS',
      message: expect.stringMatching(/^Registered Model \(name=.*\) already exists/),
    })
    expect((await registry.renameRegisteredModel(name, name)).name).toBe(name)
  })

  test('gets a new time from every change that MLflow counts, and from no other', async () => {
    const { registry } = world
    const name = await world.aModel()
    await world.aVersion(name)
    const changes: readonly (readonly [boolean, () => Promise<unknown>])[] = [
      [true, () => registry.updateRegisteredModel(name, '')],
      [true, () => world.aVersion(name)],
      [true, () => registry.transitionStage(name, 1, 'None', { archiveExisting: false })],
      [true, () => registry.deleteModelVersion(name, 2)],
      [false, () => registry.setAlias(name, 'a', 1)],
      [false, () => registry.deleteAlias(name, 'a')],
      [false, () => registry.setRegisteredModelTag(name, { key: 'k', value: 'v' })],
      [false, () => registry.deleteRegisteredModelTag(name, 'k')],
      [false, () => registry.setModelVersionTag(name, 1, { key: 'k', value: 'v' })],
      [false, () => registry.updateModelVersion(name, 1, 'd')],
    ]
    for (const [bumps, change] of changes) {
      await age()
      await change()
      expect([change.toString(), await isBumped(name)]).toEqual([change.toString(), bumps])
    }
    await age()
    expect((await registry.updateModelVersion(name, 1, 'd')).lastUpdateTime).toBeGreaterThan(1)
  })

  test('has the highest version of each stage, in the order of the stages', async () => {
    const { registry } = world
    const name = await world.aModel()
    for (let version = 1; version <= 6; version++) await world.aVersion(name)
    const move = (version: number, stage: (typeof MODEL_STAGES)[number]) =>
      registry.transitionStage(name, version, stage, { archiveExisting: false })
    await move(2, 'Production')
    await move(1, 'Production')
    await move(3, 'Archived')
    await move(5, 'Archived')
    await registry.deleteModelVersion(name, 6)
    const stages = (await registry.getRegisteredModel(name)).latestVersions.map((each) => [each.stage, each.version])
    expect(stages).toEqual([
      ['None', 4],
      ['Production', 2],
      ['Archived', 5],
    ])
    const latest = await registry.getLatestVersions(name, ['Archived', 'Staging', 'None'])
    expect(latest.map(({ version }) => version)).toEqual([4, 5])
    await expect(registry.getLatestVersions('none such', MODEL_STAGES)).rejects.toMatchObject({
      code: 'RESOURCE_DOES_NOT_EXIST',
    })
  })

  test('goes for good, and its name and numbers start again', async () => {
    const { registry } = world
    const name = await world.aModel()
    await world.aVersion(name, { tags: [{ key: 'k', value: 'v' }] })
    await registry.transitionStage(name, 1, 'Production', { archiveExisting: false })
    await registry.setAlias(name, 'a', 1)
    await registry.deleteRegisteredModel(name)
    await expect(registry.deleteRegisteredModel(name)).rejects.toMatchObject({ code: 'RESOURCE_DOES_NOT_EXIST' })
    await world.aModel({ name })
    expect(await world.aVersion(name)).toBe(1)
    expect(await registry.getRegisteredModel(name)).toMatchObject({ tags: [], aliases: [] })
  })

  test('of an unknown name is refused by every call', async () => {
    const { registry } = world
    const calls = [
      registry.renameRegisteredModel('no such', 'x'),
      registry.updateRegisteredModel('no such', ''),
      registry.setRegisteredModelTag('no such', { key: 'k', value: 'v' }),
      registry.deleteRegisteredModelTag('no such', 'k'),
      registry.deleteAlias('no such', 'a'),
      registry.getVersionByAlias('no such', 'a'),
      registry.getVersionByAlias('no such', 'latest'),
      world.aVersion('no such'),
    ]
    for (const result of await Promise.allSettled(calls)) {
      expect(result).toMatchObject({
        status: 'rejected',
        reason: { code: 'RESOURCE_DOES_NOT_EXIST', message: 'Registered Model with name=no such not found' },
      })
    }
  })
})
