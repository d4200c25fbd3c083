import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  aStep,
  attemptsOf,
  cells,
  cellsOf,
  drive,
  openWorld,
  stepStates,
  storeKinds,
  SUCCEEDED,
  type World,
} from './world.ts'

const SHAPES = {
  single: { steps: [aStep('a')], ready: ['a'] },
  chain: { steps: [aStep('a'), aStep('b', { needs: ['a'] }), aStep('c', { needs: ['b'] })], ready: ['a'] },
  diamond: {
    steps: [
      aStep('join', { needs: ['left', 'right'] }),
      aStep('left', { needs: ['top'] }),
      aStep('right', { needs: ['top'] }),
      aStep('top'),
    ],
    ready: ['top'],
  },
  'fan-out': { steps: [aStep('a'), aStep('b', { needs: ['a'], matrix: cells('x', 3) })], ready: ['a'] },
  'two roots': { steps: [aStep('a'), aStep('b'), aStep('c', { needs: ['a', 'b'] })], ready: ['a', 'b'] },
  disconnected: { steps: [aStep('a'), aStep('b', { needs: ['a'] }), aStep('island')], ready: ['a', 'island'] },
}

describe.each(storeKinds())('submit on %s', (kind) => {
  let world: World
  beforeAll(async () => {
    world = await openWorld(kind)
  })
  afterAll(() => world.close())

  it.each(Object.entries(SHAPES))('queues the steps of a %s that need nothing, and only those', async (_, shape) => {
    const workflowRun = await world.submit(shape.steps)
    expect(workflowRun.state).toBe('QUEUED')
    expect(workflowRun.steps.map(({ key }) => key)).toEqual(shape.steps.map(({ key }) => key))
    const ready = workflowRun.steps.filter(({ state }) => state === 'READY').map(({ key }) => key)
    expect(ready).toEqual(shape.ready)
    expect(attemptsOf(workflowRun).map(({ state, number }) => [state, number])).toEqual(
      shape.ready.map(() => ['QUEUED', 1]),
    )
    expect((await world.takeTickets(workflowRun.workflowRunId)).map(({ attemptId }) => attemptId).toSorted()).toEqual(
      attemptsOf(workflowRun)
        .map(({ attemptId }) => attemptId)
        .toSorted(),
    )
  })

  it.each(Object.entries(SHAPES))('runs every step of a %s once when all succeed', async (_, shape) => {
    const { workflowRunId } = await world.submit(shape.steps)
    const order: string[] = []
    const ended = await drive(world, workflowRunId, ({ stepKey }) => {
      order.push(stepKey)
      return SUCCEEDED
    })
    expect(ended.state).toBe('SUCCEEDED')
    expect(new Set(Object.values(stepStates(ended)))).toEqual(new Set(['SUCCEEDED']))
    expect(attemptsOf(ended).map(({ number }) => number)).toEqual(cellsOf(ended).map(() => 1))
    for (const { key, needs } of ended.steps) {
      for (const need of needs) expect(order.lastIndexOf(need)).toBeLessThan(order.indexOf(key))
    }
    expect((await world.tracking.getRun(ended.runId)).info.status).toBe('FINISHED')
  })

  it('expands a matrix in definition order, the last name varying fastest', async () => {
    const matrix = [...cells('alpha', 2), { name: 'solver', values: ['lbfgs', 'saga'] }]
    const workflowRun = await world.submit([aStep('train', { matrix })])
    expect(cellsOf(workflowRun).map((cell) => Object.entries(cell.matrix).join(' '))).toEqual([
      'alpha,1 solver,lbfgs',
      'alpha,1 solver,saga',
      'alpha,2 solver,lbfgs',
      'alpha,2 solver,saga',
    ])
  })

  it('makes the root MLflow run with the parameters, the tags and the name', async () => {
    const { runId, workflowRunId } = await world.submit([aStep('a')], {
      runName: 'nightly',
      parameters: { rows: '1000', text: 'x'.repeat(6001) },
    })
    const { info, params, tags } = await world.tracking.getRun(runId)
    expect(info).toMatchObject({
      runName: 'nightly',
      status: 'RUNNING',
      userId: 'ada',
      experimentId: world.experimentId,
    })
    expect(Object.fromEntries(params.map(({ key, value }) => [key, value.length]))).toEqual({ rows: 4, text: 6000 })
    expect(Object.fromEntries(tags.map(({ key, value }) => [key, value]))).toEqual({
      'mlflow.runName': 'nightly',
      'mlflow.source.type': 'PROJECT',
      'tidemill.workflowRunId': workflowRunId,
    })
  })

  it('keeps the order of the parameters', async () => {
    const parameters = { zeta: '1', alpha: '2', mid: '3' }
    const { workflowRunId } = await world.submit([aStep('a')], { parameters })
    const [claimed] = await world.claimAll(workflowRunId)
    expect(Object.keys(claimed?.workflowParameters ?? {})).toEqual(['zeta', 'alpha', 'mid'])
  })

  describe('with an idempotency key', () => {
    it('answers a repeat with the first workflow run', async () => {
      const idempotency = { key: 'repeat', requestHash: 'one' }
      const first = await world.submit([aStep('a')], { idempotency })
      const second = await world.submit([aStep('a')], { idempotency })
      expect(second.workflowRunId).toBe(first.workflowRunId)
    })

    it('refuses the key for another request, and says which key', async () => {
      await world.submit([aStep('a')], { idempotency: { key: 'twice', requestHash: 'one' } })
      const other = world.submit([aStep('a')], { idempotency: { key: 'twice', requestHash: 'two' } })
      await expect(other).rejects.toMatchObject({
        code: 'RESOURCE_CONFLICT',
        message: expect.stringContaining("'twice'"),
      })
    })

    it('finds the workflow run of the key, whatever it has become', async () => {
      const idempotency = { key: 'find', requestHash: 'one' }
      expect(await world.engine.findSubmission(idempotency)).toBeUndefined()
      const { workflowRunId } = await world.submit([aStep('a')], { idempotency })
      const cancelled = await world.engine.cancelWorkflowRun(workflowRunId)
      expect(await world.engine.findSubmission(idempotency)).toEqual(cancelled)
      await expect(world.engine.findSubmission({ ...idempotency, requestHash: 'two' })).rejects.toMatchObject({
        code: 'RESOURCE_CONFLICT',
        message: expect.stringContaining(workflowRunId),
      })
    })

    it('makes one workflow run of simultaneous submissions', async () => {
      const before = (await world.engine.searchWorkflowRuns({ maxResults: 100 })).items.length
      const submissions = await Promise.all(
        Array.from({ length: 6 }, () =>
          world.submit([aStep('a')], { idempotency: { key: 'race', requestHash: 'one' } }),
        ),
      )
      expect(new Set(submissions.map(({ workflowRunId }) => workflowRunId)).size).toBe(1)
      const after = await world.engine.searchWorkflowRuns({ maxResults: 100 })
      expect(after.items.length).toBe(before + 1)
    })
  })

  it.each([
    ['an experiment that is not there', { experimentId: '999999' }, 'RESOURCE_DOES_NOT_EXIST'],
    ['an experiment id that is no number', { experimentId: 'x' }, 'RESOURCE_DOES_NOT_EXIST'],
    ['a NUL in a parameter', { parameters: { a: 'b\0c' } }, 'INVALID_PARAMETER_VALUE'],
  ])('refuses %s and stores nothing', async (_, given, code) => {
    const before = await world.db.selectFrom('workflow_run').select('id').execute()
    const outboxBefore = await world.db.selectFrom('outbox').select('id').execute()
    await expect(world.submit([aStep('a')], given)).rejects.toMatchObject({ code })
    expect(await world.db.selectFrom('workflow_run').select('id').execute()).toEqual(before)
    expect(await world.db.selectFrom('outbox').select('id').execute()).toEqual(outboxBefore)
  })

  it('refuses more than 10,000 cells', async () => {
    const steps = Array.from({ length: 11 }, (_, index) => aStep(`s${index}`, { matrix: cells('x', 1000) }))
    await expect(world.submit(steps)).rejects.toMatchObject({
      code: 'INVALID_PARAMETER_VALUE',
      message: expect.stringContaining('11000 cells'),
    })
  })

  it('says which workflow run is unknown', async () => {
    await expect(world.engine.getWorkflowRun('w-none')).rejects.toMatchObject({
      code: 'RESOURCE_DOES_NOT_EXIST',
      message: expect.stringContaining("'w-none'"),
    })
  })

  it('pages through workflow runs, newest first, by state and experiment', async () => {
    const experimentId = await world.tracking.createExperiment({ name: 'paging' })
    const submitted: string[] = []
    for (let index = 0; index < 5; index++) {
      submitted.push((await world.submit([aStep('a')], { experimentId })).workflowRunId)
    }
    await world.engine.cancelWorkflowRun(submitted[1] ?? '')
    const search = { experimentId, states: ['QUEUED' as const], maxResults: 2 }
    const first = await world.engine.searchWorkflowRuns(search)
    expect(first.items.map(({ workflowRunId }) => workflowRunId)).toEqual([submitted[4], submitted[3]])
    const pageToken = first.nextPageToken ?? ''
    const second = await world.engine.searchWorkflowRuns({ ...search, pageToken })
    expect(second.items.map(({ workflowRunId }) => workflowRunId)).toEqual([submitted[2], submitted[0]])
    expect(second.nextPageToken).toBeUndefined()
  })

  it('refuses a page token that is not its own', async () => {
    await expect(world.engine.searchWorkflowRuns({ maxResults: 1, pageToken: '%%' })).rejects.toMatchObject({
      code: 'INVALID_PARAMETER_VALUE',
    })
  })
})
