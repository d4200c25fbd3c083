import type { Contender } from '../contenders/contender.ts'
import { openApi, textAt } from '../load/api.ts'
import type { Call } from '../load/job.ts'
import { runNames, seedRuns } from '../seeds/seed-runs.ts'
import { ON_POSTGRES, type Goals, type Scale, type Work } from './work.ts'

interface Search {
  readonly name: string
  readonly title: string
  readonly message: Readonly<Record<string, unknown>>
  /** The runs that must come, by number; seeded runs are found by name. */
  readonly expect?: (runs: number) => readonly number[]
  readonly goals: Goals
  readonly connections?: number
  readonly of?: (scale: Scale) => number
  readonly hasLimit?: boolean
  /** Page that many runs behind the first. */
  readonly offset?: (runs: number) => number
}

const acc = (run: number): number => (run * 7919) % 100_003
const m3 = (run: number): number => (run * 34) % 1009
const numbers = (runs: number): number[] => Array.from({ length: runs }, (_, run) => run)
const newestFirst = (runs: number): number[] => numbers(runs).toReversed()
const byAcc = (runs: number): number[] => numbers(runs).toSorted((a, b) => acc(b) - acc(a))

const FILTER = "metrics.acc > 0.5 and params.lr = '0.1'"

const SEARCHES: readonly Search[] = [
  {
    name: 'newest-100',
    title: 'newest 100 of 100k runs',
    message: { max_results: 100 },
    expect: (runs) => newestFirst(runs).slice(0, 100),
    goals: { mlflow: 40, fasttrackml: 15 },
  },
  {
    name: 'filter-order',
    title: `\`${FILTER}\`, order by metric desc, 100 of 100k`,
    message: { max_results: 100, filter: FILTER, order_by: ['metrics.acc DESC'] },
    expect: (runs) =>
      byAcc(runs)
        .filter((run) => acc(run) / 100_003 > 0.5 && run % 5 === 1)
        .slice(0, 100),
    goals: { mlflow: 20, fasttrackml: 20 },
  },
  {
    name: 'order-by-metric',
    title: 'order by metric, no filter, 100 of 100k',
    message: { max_results: 100, order_by: ['metrics.acc DESC'] },
    expect: (runs) => byAcc(runs).slice(0, 100),
    goals: {},
  },
  {
    name: 'metric-filter',
    title: 'metric filter, order by another metric, 100 of 100k',
    message: { max_results: 100, filter: 'metrics.m3 < 0.01', order_by: ['metrics.acc DESC'] },
    expect: (runs) =>
      byAcc(runs)
        .filter((run) => m3(run) / 1009 < 0.01)
        .slice(0, 100),
    goals: {},
  },
  {
    name: 'three-filters',
    title: 'param + tag + metric filter, order by metric, 100 of 100k',
    message: {
      max_results: 100,
      filter: "params.lr = '0.3' and tags.t3 = 'tag 1' and metrics.acc > 0.9",
      order_by: ['metrics.acc DESC'],
    },
    expect: (runs) =>
      byAcc(runs)
        .filter((run) => run % 5 === 3 && run % 6 === 1 && acc(run) / 100_003 > 0.9)
        .slice(0, 100),
    goals: {},
  },
  {
    name: 'deep-page',
    title: 'page of 100 behind half of 100k runs',
    message: { max_results: 100 },
    expect: (runs) => newestFirst(runs).slice(Math.floor(runs / 2), Math.floor(runs / 2) + 100),
    goals: {},
    offset: (runs) => Math.floor(runs / 2),
  },
  {
    name: 'tag-like',
    title: "`tags.t1 LIKE '%ag 2%'`, newest 100 of 100k",
    message: { max_results: 100, filter: "tags.t1 LIKE '%ag 2%'" },
    expect: (runs) =>
      newestFirst(runs)
        .filter((run) => run % 4 === 2)
        .slice(0, 100),
    goals: {},
  },
  {
    name: 'thousand-runs',
    title: '1,000 of 10k runs, 4 connections',
    message: { max_results: 1000 },
    expect: (runs) => newestFirst(runs).slice(0, 1000),
    goals: { mlflow: 100, fasttrackml: 15 },
    connections: 4,
    of: (scale) => scale.listRuns,
    hasLimit: false,
  },
]

/** Reading runs: each is checked against the runs that the seed's arithmetic says. */
export const searchWorks: readonly Work[] = SEARCHES.map((search) => ({
  name: search.name,
  title: search.title,
  connections: search.connections ?? 1,
  contenders:
    search.offset === undefined ? [...ON_POSTGRES, 'tidemill-embedded' as const] : (['mlflow', 'tidemill'] as const),
  goals: search.goals,
  ...(search.hasLimit === false ? {} : { limits: { p95Ms: 50 } }),
  hasOpenLoop: false,
  prepare: (contender, scale) => prepareSearch(search, contender, search.of?.(scale) ?? scale.searchRuns),
}))

const prepareSearch = async (search: Search, contender: Contender, runs: number): ReturnType<Work['prepare']> => {
  const experimentId = await seedRuns(contender, runs)
  const message = {
    experiment_ids: [experimentId],
    ...search.message,
    ...(search.offset === undefined
      ? {}
      : { page_token: await pageToken(contender, experimentId, search.offset(runs)) }),
  }
  const call: Call = { method: 'POST', path: '/api/2.0/mlflow/runs/search', body: JSON.stringify(message) }
  return async () => ({
    scripts: [[call]],
    check: async () => {
      await using api = openApi(contender.origin, 1)
      const names = runNames(await api.post('mlflow/runs/search', message))
      const expected = search.expect?.(runs).map((run) => `run-${run}`)
      if (expected !== undefined && JSON.stringify(names) !== JSON.stringify(expected)) {
        throw new Error(
          `${names.length} runs came, first ${String(names[0])}; ${expected.length} were due, first ${expected[0]}`,
        )
      }
    },
  })
}

const PAGE = 1000

/** MLflow's token is an offset, ours has to be walked to. */
const pageToken = async (contender: Contender, experimentId: string, offset: number): Promise<string> => {
  if (contender.name === 'mlflow') return Buffer.from(JSON.stringify({ offset })).toString('base64')
  await using api = openApi(contender.origin, 1)
  let token: string | undefined
  for (let passed = 0; passed < offset; passed += PAGE) {
    const answer = await api.post('mlflow/runs/search', {
      experiment_ids: [experimentId],
      max_results: Math.min(PAGE, offset - passed),
      ...(token === undefined ? {} : { page_token: token }),
    })
    token = textAt(answer, 'next_page_token')
  }
  if (token === undefined) throw new Error('The page must not be the first one')
  return token
}
