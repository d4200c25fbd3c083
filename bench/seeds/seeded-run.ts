/** The runs of the search works: 10 metrics, 20 params, 5 tags, all from the run's number, the same in TypeScript and in SQL. */
const METRICS = 10
const PARAMS = 20
const TAGS = 5

const FIRST_START = 1_700_000_000_000
const END_AFTER_MS = 60_000

/** The log-batch message without its run, and the create-run message without its experiment. */
export const toSeededRun = (run: number) => ({
  create: {
    run_name: `run-${run}`,
    start_time: FIRST_START + run * 1000,
    tags: Array.from({ length: TAGS }, (_, tag) => ({ key: `t${tag}`, value: `tag ${run % (tag + 3)}` })),
  },
  batch: {
    metrics: Array.from({ length: METRICS }, (_, metric) => ({
      key: metric === 0 ? 'acc' : `m${metric}`,
      value: metric === 0 ? ((run * 7919) % 100_003) / 100_003 : ((run * (metric + 31)) % 1009) / 1009,
      timestamp: FIRST_START + run * 1000,
      step: 0,
    })),
    params: Array.from({ length: PARAMS }, (_, param) =>
      param === 0 ? { key: 'lr', value: `0.${run % 5}` } : { key: `p${param}`, value: `value ${run % (param + 7)}` },
    ),
  },
  end: { status: 'FINISHED', end_time: FIRST_START + run * 1000 + END_AFTER_MS },
})

/**
 * The same runs for a peer that keeps MLflow's tables: set-based, because its API would take hours. Histories are left
 * out, which only makes its tables smaller.
 */
export const seedRunsInSql = (dialect: 'mlflow' | 'fasttrackml', experimentId: string, runs: number): string => {
  const isMlflow = dialect === 'mlflow'
  const uuid = `md5('${experimentId}-' || i)`
  const series = `generate_series(0, ${runs - 1}) i`
  const start = `${FIRST_START} + i::bigint * 1000`
  return `
insert into runs (run_uuid, name, source_type, source_name, entry_point_name, user_id, status, start_time, end_time,
    source_version, lifecycle_stage, artifact_uri, experiment_id, deleted_time${isMlflow ? '' : ', row_num'})
  select ${uuid}, 'run-' || i, 'UNKNOWN', '', '', '', 'FINISHED', ${start}, ${start} + ${END_AFTER_MS},
    '', 'active', 'mlflow-artifacts:/${experimentId}/' || ${uuid} || '/artifacts', ${experimentId}, null
    ${isMlflow ? '' : ', (select coalesce(max(row_num) + 1, 0) from runs) + i'}
  from ${series};
insert into latest_metrics (key, value, timestamp, step, is_nan, run_uuid${isMlflow ? '' : ', last_iter, context_id'})
  select case k when 0 then 'acc' else 'm' || k end,
    case k when 0 then ((i::bigint * 7919) % 100003)::float8 / 100003
      else ((i::bigint * (k + 31)) % 1009)::float8 / 1009 end,
    ${start}, 0, false, ${uuid}${isMlflow ? '' : ', 1, 1'}
  from ${series}, generate_series(0, ${METRICS - 1}) k;
insert into params (key, ${isMlflow ? 'value' : 'value_str'}, run_uuid)
  select case k when 0 then 'lr' else 'p' || k end,
    case k when 0 then '0.' || i % 5 else 'value ' || i % (k + 7) end, ${uuid}
  from ${series}, generate_series(0, ${PARAMS - 1}) k;
insert into tags (key, value, run_uuid)
  select 't' || k, 'tag ' || i % (k + 3), ${uuid} from ${series}, generate_series(0, ${TAGS - 1}) k
  union all
  select 'mlflow.runName', 'run-' || i, ${uuid} from ${series};
`
}
