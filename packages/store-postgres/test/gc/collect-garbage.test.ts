import { type Kysely, sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { collectGarbage, createLoggedModelStore, type Database, type PurgeSelection } from '../../src/index.ts'
import { aBatch, aMetric, describeStores } from '../tracking/world.ts'

const HOUR = 3_600_000
const DATA_TABLES = ['run_param', 'run_tag', 'run_metric', 'metric_chunk', 'run_document', 'run_unsettled'] as const

describeStores('collectGarbage', (world) => {
  const collect = async (selection: PurgeSelection, deleteArtifacts = async (_uri: string): Promise<void> => {}) => {
    const purged: string[] = []
    const kept: string[] = []
    const run = collectGarbage(world.database, selection, deleteArtifacts, {
      purged: (kind, id) => void purged.push(`${kind} ${id}`),
      kept: (kind, id, reason) => void kept.push(`${kind} ${id}: ${reason}`),
    })
    const error = await run.then(
      () => undefined,
      (reason: unknown) => reason,
    )
    return { purged, kept, error }
  }
  const aDeletedRun = async (experimentId?: string): Promise<string> => {
    const runId = await world.aRun(experimentId === undefined ? {} : { experimentId })
    await world.store.logBatch(
      runId,
      aBatch({ params: [{ key: 'p', value: '1' }], tags: [{ key: 't', value: '2' }], metrics: [aMetric('m', 1)] }),
    )
    await world.store.deleteRun(runId)
    return runId
  }
  const ageRun = (runId: string, ms: number) =>
    sql`update run set deleted_time = deleted_time - ${ms}::bigint where run_id = ${runId}`.execute(world.database.db)
  const keyOf = async (runId: string) => {
    const { id } = await world.database.db
      .selectFrom('run')
      .select('id')
      .where('run_id', '=', runId)
      .executeTakeFirstOrThrow()
    return id
  }

  test('removes a deleted run with every row of its data, and asks for its artifacts first', async () => {
    const runId = await aDeletedRun()
    const key = await keyOf(runId)
    const asked: string[] = []
    const { purged } = await collect({ runIds: [runId] }, async (uri) => void asked.push(uri))
    expect(purged).toEqual([`run ${runId}`])
    expect(asked).toEqual([expect.stringContaining(runId)])
    expect(await countRows(world.database.db, key)).toBe(0)
    await expect(world.store.getRun(runId)).rejects.toThrow('not found')
  })

  test('leaves active runs and all that is theirs', async () => {
    const experimentId = await world.anExperiment()
    const active = await world.aRun({ experimentId })
    await world.store.logBatch(active, aBatch({ metrics: [aMetric('m', 1)] }))
    await aDeletedRun(experimentId)
    await collect({})
    expect((await world.store.getRun(active)).metrics).toHaveLength(1)
  })

  test('takes nothing that was deleted later than the limit', async () => {
    const [young, old] = [await aDeletedRun(), await aDeletedRun()]
    await ageRun(old, 2 * HOUR)
    const { purged } = await collect({ olderThanMs: HOUR })
    expect(purged).toContain(`run ${old}`)
    expect(purged).not.toContain(`run ${young}`)
    await expect(world.store.getRun(young)).resolves.toBeDefined()
  })

  describe('ids that cannot go', () => {
    test.each<[string, () => Promise<PurgeSelection>, RegExp]>([
      ['an unknown run', async () => ({ runIds: ['absent'] }), /Run with ID absent does not exist/],
      ['an active run', async () => ({ runIds: [await world.aRun()] }), /is not in `deleted` lifecycle stage/],
      [
        'a young run',
        async () => ({ runIds: [await aDeletedRun()], olderThanMs: HOUR }),
        /not older than the required/,
      ],
      [
        'an active experiment',
        async () => ({ experimentIds: [await world.anExperiment()] }),
        /is not in `deleted` lifecycle stage/,
      ],
      ['an unknown experiment', async () => ({ experimentIds: ['2000000000'] }), /does not exist/],
      ['an unknown logged model', async () => ({ loggedModelIds: ['m-0'] }), /Logged model with ID m-0 does not exist/],
    ])('%s stops everything before it begins', async (_case, select, message) => {
      const bystander = await aDeletedRun()
      const selection = await select()
      const { purged, error } = await collect({ ...selection, runIds: [bystander, ...(selection.runIds ?? [])] })
      expect(purged).toEqual([])
      expect(String(error)).toMatch(message)
    })
  })

  test('an artifact that cannot be deleted stops it; what went before is gone for good, and a repeat goes on', async () => {
    const experimentId = await world.anExperiment()
    const runs = [await aDeletedRun(experimentId), await aDeletedRun(experimentId), await aDeletedRun(experimentId)]
    let calls = 0
    const first = await collect({ runIds: runs }, async () => {
      calls += 1
      if (calls === 2) throw new Error('the disk is away')
    })
    expect(String(first.error)).toContain('the disk is away')
    expect(first.purged).toHaveLength(1)
    const left = runs.filter((runId) => !first.purged.includes(`run ${runId}`))
    const second = await collect({ runIds: left })
    expect(second.purged.toSorted()).toEqual(left.map((runId) => `run ${runId}`).toSorted())
  })

  test('more runs than one transaction takes all go', async () => {
    const experimentId = await world.anExperiment()
    const runs = await Promise.all(Array.from({ length: 230 }, () => world.aRun({ experimentId })))
    await world.store.deleteExperiment(experimentId)
    const { purged } = await collect({ experimentIds: [experimentId] })
    expect(purged).toHaveLength(runs.length + 1)
    expect(purged.at(-1)).toBe(`experiment ${experimentId}`)
  })

  test('an experiment goes with its runs and its logged models, whatever their stage', async () => {
    const experimentId = await world.anExperiment()
    const models = createLoggedModelStore(world.database)
    const model = await models.createLoggedModel({ experimentId, name: 'm', params: [], tags: [] })
    const runId = await aDeletedRun(experimentId)
    await world.store.deleteExperiment(experimentId)
    const asked: string[] = []
    const { purged } = await collect({ experimentIds: [experimentId] }, async (uri) => void asked.push(uri))
    expect(purged).toEqual([`run ${runId}`, `logged model ${model.modelId}`, `experiment ${experimentId}`])
    expect(asked).toHaveLength(2)
    await expect(world.store.getExperiment(experimentId)).rejects.toThrow('No Experiment with id')
  })

  test('an experiment with an active run in it stays', async () => {
    const experimentId = await world.anExperiment()
    const runId = await world.aRun({ experimentId })
    await world.store.deleteExperiment(experimentId)
    await sql`update run set lifecycle_stage = 'active', deleted_time = null where run_id = ${runId}`.execute(
      world.database.db,
    )
    const { purged, kept } = await collect({ experimentIds: [experimentId] })
    expect(purged).toEqual([])
    expect(kept).toEqual([`experiment ${experimentId}: run ${runId} is still in it`])
  })
})

const countRows = async (db: Kysely<Database>, runKey: number): Promise<number> => {
  const counts = await Promise.all(
    DATA_TABLES.map(async (table) => {
      const { rows } = await sql<{ n: number }>`
        select count(*)::int as n from ${sql.table(table)} where run_id = ${runKey}`.execute(db)
      return rows[0]?.n ?? 0
    }),
  )
  return counts.reduce((sum, count) => sum + count, 0)
}
