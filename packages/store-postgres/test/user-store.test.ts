import { randomUUID } from 'node:crypto'
import { ResourceAlreadyExistsError, ResourceDoesNotExistError } from '@tidemill/core'
import { createTestDatabase } from '@tidemill/testkit'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { createLoggedModelStore, createRegistryStore, createTrackingStore, createUserStore } from '../src/index.ts'
import { storeKinds } from './engine/world.ts'

const open = async (kind: 'pglite' | 'postgres') => {
  const { postgres } = inject('services')
  const { database, drop } = await createTestDatabase(kind, postgres.isAvailable ? postgres.url : undefined)
  return {
    users: createUserStore(database),
    tracking: await createTrackingStore(database, { defaultArtifactRoot: 'mlflow-artifacts:/' }),
    registry: createRegistryStore(database),
    loggedModels: createLoggedModelStore(database),
    drop,
  }
}

describe.each(storeKinds())('users on %s', (kind) => {
  let store: Awaited<ReturnType<typeof open>>
  beforeAll(async () => {
    store = await open(kind)
  })
  afterAll(() => store.drop())

  const makeUser = (isAdmin = false) =>
    store.users.createUser({ username: randomUUID(), passwordHash: 'hash', isAdmin })

  test('a name is given once, and an id never twice', async () => {
    const { username, userId } = await makeUser()
    await expect(store.users.createUser({ username, passwordHash: 'x', isAdmin: false })).rejects.toThrow(
      ResourceAlreadyExistsError,
    )
    await store.users.deleteUser(username)
    const again = await store.users.createUser({ username, passwordHash: 'x', isAdmin: false })
    expect(again.userId).toBeGreaterThan(userId)
  })

  test('every change of password or admin mark raises the version', async () => {
    const { username } = await makeUser()
    const versionOf = async () => (await store.users.findAccount(username))?.version
    expect(await versionOf()).toBe(1)
    await store.users.setPasswordHash(username, 'other')
    await store.users.setAdmin(username, true)
    expect(await store.users.findAccount(username)).toMatchObject({ version: 3, passwordHash: 'other', isAdmin: true })
  })

  test.each(['nobody', '\0', ''])('there is no user %j', async (username) => {
    expect(await store.users.findAccount(username)).toBeUndefined()
    const { setAdmin, setPasswordHash, deleteUser, getUser } = store.users
    const calls = [
      () => setAdmin(username, true),
      () => setPasswordHash(username, 'x'),
      () => deleteUser(username),
      () => getUser(username),
    ]
    for (const call of calls) await expect(call()).rejects.toThrow(ResourceDoesNotExistError)
  })

  test('who makes an experiment or a model has MANAGE, and a deletion of the user takes it along', async () => {
    const { userId, username } = await makeUser()
    const experimentId = await store.tracking.createExperiment({ name: randomUUID(), creatorId: userId })
    const { name } = await store.registry.createRegisteredModel({
      name: randomUUID(),
      description: '',
      tags: [],
      creatorId: userId,
    })
    expect(await store.users.getUser(username)).toMatchObject({
      experimentPermissions: [{ experimentId, userId, permission: 'MANAGE' }],
      registeredModelPermissions: [{ name, userId, permission: 'MANAGE' }],
    })
    expect(await store.users.findModelPermissions(userId, [name, '\0'])).toEqual(new Map([[name, 'MANAGE']]))
    await store.users.deleteUser(username)
    expect(await store.users.findExperimentPermissions(userId, [experimentId])).toEqual(new Map())
  })

  test('a permission is made once, then changed, then taken away', async () => {
    const { userId, username } = await makeUser()
    const id = await store.tracking.createExperiment({ name: randomUUID() })
    const { users } = store
    await expect(users.updateExperimentPermission(id, username, 'READ')).rejects.toThrow(ResourceDoesNotExistError)
    expect(await users.createExperimentPermission(id, username, 'READ')).toEqual({
      experimentId: id,
      userId,
      permission: 'READ',
    })
    await expect(users.createExperimentPermission(id, username, 'EDIT')).rejects.toThrow(ResourceAlreadyExistsError)
    await users.updateExperimentPermission(id, username, 'EDIT')
    expect(await users.getExperimentPermission(id, username)).toMatchObject({ permission: 'EDIT' })
    await users.deleteExperimentPermission(id, username)
    await expect(users.getExperimentPermission(id, username)).rejects.toThrow(
      `Experiment permission with experiment_id=${id} and username=${username} not found`,
    )
    await expect(users.createExperimentPermission('999999', username, 'READ')).rejects.toThrow(
      'No Experiment with id=999999 exists',
    )
  })

  test('finds the experiment of what belongs to one, and of a place that one was given', async () => {
    const place = randomUUID()
    const experimentId = await store.tracking.createExperiment({
      name: randomUUID(),
      artifactLocation: `mlflow-artifacts:/${place}//deep/`,
    })
    const { info } = await store.tracking.createRun({ experimentId, tags: [] })
    const model = await store.loggedModels.createLoggedModel({ experimentId, params: [], tags: [] })
    const { users } = store
    expect(await users.findExperimentsOf('run', [info.runId, 'unknown'])).toEqual(new Map([[info.runId, experimentId]]))
    expect(await users.findExperimentsOf('loggedModel', [model.modelId])).toEqual(
      new Map([[model.modelId, experimentId]]),
    )
    expect(await users.findExperimentAt([place, `${place}/deep`, `${place}/deep/x`])).toBe(experimentId)
    expect(await users.findExperimentAt([place, `${place}/other`])).toBeUndefined()
  })

  test('what may be read is a matter of the permission, else of the default, and never of a user who is gone', async () => {
    const [reader, admin] = [await makeUser(), await makeUser(true)]
    const experimentId = await store.tracking.createExperiment({ name: randomUUID() })
    const { info } = await store.tracking.createRun({ experimentId, tags: [] })
    const places = [
      { kind: 'run', id: info.runId },
      { kind: 'proxied', path: `${experimentId}/${info.runId}/artifacts` },
    ] as const
    const mayRead = ({ userId }: { readonly userId: number }, defaultPermission: 'READ' | 'NO_PERMISSIONS') =>
      Promise.all(places.map((place) => store.users.mayRead({ userId, defaultPermission }, place)))
    expect(await mayRead(reader, 'READ')).toEqual([true, true])
    expect(await mayRead(reader, 'NO_PERMISSIONS')).toEqual([false, false])
    await store.users.createExperimentPermission(experimentId, reader.username, 'READ')
    expect(await mayRead(reader, 'NO_PERMISSIONS')).toEqual([true, true])
    expect(await mayRead(admin, 'NO_PERMISSIONS')).toEqual([true, true])
    await store.users.deleteUser(admin.username)
    expect(await mayRead(admin, 'READ')).toEqual([false, false])
  })
})
