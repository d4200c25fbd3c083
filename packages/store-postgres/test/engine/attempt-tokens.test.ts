import { createHash, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createUserStore } from '../../src/index.ts'
import { aStep, openWorld, runAttempt, storeKinds, SUCCEEDED, type World } from './world.ts'

const hashOf = (token: string): Buffer => createHash('sha256').update(token).digest()

describe.each(storeKinds())('the tokens of attempts on %s', (kind) => {
  let world: World
  beforeAll(async () => {
    world = await openWorld(kind)
  })
  afterAll(() => world.close())

  const setup = async () => {
    const users = createUserStore(world.database)
    const user = await users.createUser({ username: randomUUID(), passwordHash: 'x', isAdmin: false })
    const submitter = { userId: user.userId, defaultPermission: 'READ' } as const
    const { workflowRunId } = await world.submit([aStep('one')], { submitter })
    const [claimed] = await world.claimAll(workflowRunId)
    if (claimed === undefined) throw new Error('nothing was claimed')
    const token = hashOf(randomUUID())
    return { users, user, submitter, claimed, token, workflowRunId }
  }

  test('are of the submitter and the experiment, until the attempt has ended', async () => {
    const { users, user, submitter, claimed, token } = await setup()
    expect(claimed.submitter).toEqual(submitter)
    expect(await users.saveAttemptToken(claimed.lease, token)).toBe(true)
    expect(await users.findAttemptToken(token)).toEqual({ user, experimentId: claimed.experimentId })
    expect(await users.findAttemptToken(hashOf('another'))).toBeUndefined()
    await runAttempt(world, claimed, SUCCEEDED)
    expect(await users.findAttemptToken(token)).toBeUndefined()
    expect(await users.saveAttemptToken(claimed.lease, hashOf('late'))).toBe(false)
  })

  test('end when the worker is lost', async () => {
    const { users, claimed, token } = await setup()
    await users.saveAttemptToken(claimed.lease, token)
    await world.loseWorkerOf(claimed)
    expect(await users.findAttemptToken(token)).toBeUndefined()
  })

  test('end with the account of the submitter, whose steps then may read nothing', async () => {
    const { users, user, claimed, token } = await setup()
    await users.saveAttemptToken(claimed.lease, token)
    await users.deleteUser(user.username)
    expect(await users.findAttemptToken(token)).toBeUndefined()
    expect(await users.mayRead({ userId: 0, defaultPermission: 'READ' }, { kind: 'run', id: 'x' })).toBe(false)
  })

  test('that have ended are swept by the next one', async () => {
    const { users, claimed, token } = await setup()
    await users.saveAttemptToken(claimed.lease, token)
    await runAttempt(world, claimed, SUCCEEDED)
    const next = await setup()
    await users.saveAttemptToken(next.claimed.lease, next.token)
    const left = await world.db.selectFrom('attempt_token').select('token_hash').execute()
    expect(left.map(({ token_hash: hash }) => Buffer.from(hash).toString('hex'))).not.toContain(token.toString('hex'))
  })
})
