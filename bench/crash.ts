import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort } from '@tidemill/testkit'
import { type Contender, startContender } from './contenders/contender.ts'
import { buildTidemill, makeRecipe } from './contenders/recipes.ts'
import { openApi } from './load/api.ts'
import { runLoad } from './load/run-load.ts'
import { type PostgresCluster, startPostgresCluster } from './processes/postgres-cluster.ts'
import { openTemporaryDirectory } from './processes/temporary-directory.ts'
import type { Figure } from './report.ts'
import { checkHistory, createRun, toBatchCall } from './works/logging.ts'
import { FIRST_COUNTER } from './works/work.ts'

const CONNECTIONS = 8
const KEYS = 500
const STEPS = 2
const LOAD_MS = 12_000
const FIRST_CRASH_MS = 2_000
const BETWEEN_CRASHES_MS = 4_000

/** SIGKILL of server and Postgres under a load of batches: acknowledged points that are not there afterwards. */
export const measureCrash = async (): Promise<Figure[]> => {
  buildTidemill()
  await using directory = await openTemporaryDirectory('tidemill-bench-')
  await using cluster = await startPostgresCluster()
  const restart = (server: Contender): Promise<void> => server.kill().then(() => server.start())
  const restartPostgres = (): Promise<void> => cluster.kill().then(() => cluster.start())
  return [
    await crash('tidemill', directory.path, cluster, [restart, restartPostgres]),
    await crash('tidemill-embedded', directory.path, cluster, [restart, restart]),
  ]
}

const crash = async (
  name: 'tidemill' | 'tidemill-embedded',
  directory: string,
  cluster: PostgresCluster,
  crashes: readonly ((server: Contender) => Promise<void>)[],
): Promise<Figure> => {
  const recipe = await makeRecipe(name, { cluster, directory: join(directory, name), environment: {} })
  await using server = await startContender(recipe, await freePort(), cluster)
  await using api = openApi(server.origin)
  const runIds = await Promise.all(Array.from({ length: CONNECTIONS }, () => createRun(api)))
  let crashing: Promise<void> | undefined
  const { rounds, errors } = await runLoad(
    {
      origin: server.origin,
      // A batch without an answer is sent again as it was, so that each run's points stay countable.
      scripts: runIds.map((runId) => [toBatchCall({ keys: KEYS, steps: STEPS, params: 0 }, runId)]),
      connections: CONNECTIONS,
      warmUpMs: 0,
      measureMs: LOAD_MS,
      firstCounter: FIRST_COUNTER,
    },
    async () => {
      crashing = crashInTurn(server, crashes)
    },
  )
  await crashing
  const lost = await countBroken(server, runIds, rounds)
  const batches = rounds.reduce((sum, each) => sum + each, 0)
  if (errors === 0) throw new Error(`No request of ${batches} noticed that ${name} was killed: the load was too short`)
  return {
    name: `runs with a lost point, ${recipe.label}`,
    value: lost,
    unit: 'runs',
    goal: { kind: 'at most', value: 0 },
    how: `SIGKILL of ${name === 'tidemill' ? 'the server, then of Postgres' : 'the server, twice'}, during batches of 1000 rows on ${CONNECTIONS} connections: ${batches} acknowledged, ${errors} refused or cut off and sent again, every point of two keys of each run read back`,
  }
}

const crashInTurn = async (
  server: Contender,
  crashes: readonly ((server: Contender) => Promise<void>)[],
): Promise<void> => {
  await delay(FIRST_CRASH_MS)
  for (const each of crashes) {
    await each(server)
    await delay(BETWEEN_CRASHES_MS)
  }
}

const countBroken = async (
  server: Contender,
  runIds: readonly string[],
  rounds: readonly number[],
): Promise<number> => {
  await using api = openApi(server.origin)
  let broken = 0
  for (const [index, runId] of runIds.entries()) {
    try {
      await checkHistory(api, runId, 'metric0', rounds[index] ?? 0, STEPS)
      await checkHistory(api, runId, `metric${KEYS - 1}`, rounds[index] ?? 0, STEPS)
    } catch (error) {
      console.error(`bench: ${String(error)}`)
      broken++
    }
  }
  return broken
}
