import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startTidemill, type TidemillProcess, waitFor } from '@tidemill/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  findPostgresBinaries,
  type PrivatePostgres,
  startPrivatePostgres,
} from '../../apps/api/test/private-postgres.ts'

const WRITERS = 12
const MIN_ACKNOWLEDGED = 300

/** Steps that the server said it has, by run. */
type Acknowledged = ReadonlyMap<string, number[]>

describe.skipIf(findPostgresBinaries() === undefined)('acknowledged writes', () => {
  let postgres: PrivatePostgres
  let directory: string

  beforeAll(async () => {
    postgres = await startPrivatePostgres()
    directory = await mkdtemp(join(tmpdir(), 'tidemill-acknowledged-'))
  })
  afterAll(async () => {
    await postgres?.[Symbol.asyncDispose]()
    await rm(directory, { recursive: true, force: true })
  })

  const startServer = (): Promise<TidemillProcess> =>
    startTidemill(
      ['server', '--port', '0', '--backend-store-uri', postgres.uri, '--artifacts-destination', join(directory, 'a')],
      { TIDEMILL_HOME: directory },
    )

  test('survive a kill -9 of the server under load', async () => {
    const server = await startServer()
    const load = await startLoad(server.url)
    await waitFor('enough points', () => countOf(load.acknowledged) >= MIN_ACKNOWLEDGED)
    await server.kill()
    await load.stop()
    const next = await startServer()
    expect(await findLost(next.url, load.acknowledged)).toEqual([])
    await next.stop()
  })

  test('survive a kill -9 of Postgres under load, and the server goes on by itself', async () => {
    const server = await startServer()
    const load = await startLoad(server.url)
    await waitFor('enough points', () => countOf(load.acknowledged) >= MIN_ACKNOWLEDGED)
    await postgres.kill()
    await postgres.start()
    const before = countOf(load.acknowledged)
    await waitFor('points after the restart', () => countOf(load.acknowledged) >= before + MIN_ACKNOWLEDGED)
    await load.stop()
    expect(await findLost(server.url, load.acknowledged)).toEqual([])
    await server.stop()
  })
})

const countOf = (acknowledged: Acknowledged): number =>
  [...acknowledged.values()].reduce((sum, steps) => sum + steps.length, 0)

/** Writers of a run each, and one run that all of them write to; a refused or broken call is not acknowledged. */
const startLoad = async (url: string): Promise<{ readonly acknowledged: Acknowledged; stop(): Promise<void> }> => {
  const shared = await createRun(url)
  const acknowledged = new Map<string, number[]>([[shared, []]])
  let isStopped = false
  const write = async (runId: string, step: number): Promise<void> => {
    const metrics = [{ key: 'm', value: step, timestamp: step, step }]
    try {
      await post(url, 'runs/log-batch', { run_id: runId, metrics })
    } catch {
      return
    }
    acknowledged.get(runId)?.push(step)
  }
  const writers = Array.from({ length: WRITERS }, async (_, writer) => {
    const own = await createRun(url)
    acknowledged.set(own, [])
    for (let step = 0; !isStopped; step++) {
      await write(own, step)
      await write(shared, step * WRITERS + writer)
    }
  })
  return {
    acknowledged,
    stop: async () => {
      isStopped = true
      await Promise.all(writers)
    },
  }
}

const createRun = async (url: string): Promise<string> => {
  const answer: { run: { info: { run_id: string } } } = JSON.parse(
    await post(url, 'runs/create', { experiment_id: '0', start_time: 0 }),
  )
  return answer.run.info.run_id
}

const post = async (url: string, path: string, body: unknown): Promise<string> => {
  const response = await fetch(`${url}/api/2.0/mlflow/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${response.status}: ${text}`)
  return text
}

/** Acknowledged steps that are not there; steps whose answer was lost may be there too. */
const findLost = async (url: string, acknowledged: Acknowledged): Promise<number[]> => {
  const lost: number[] = []
  for (const [runId, steps] of acknowledged) {
    const response = await fetch(`${url}/api/2.0/mlflow/metrics/get-history?run_id=${runId}&metric_key=m`)
    const { metrics }: { metrics?: { step: number }[] } = JSON.parse(await response.text())
    const stored = new Set(metrics?.map(({ step }) => step))
    lost.push(...steps.filter((step) => !stored.has(step)))
  }
  return lost
}
