import { type Experiment, InvalidParameterValueError, type Tag } from '@tidemill/core'
import type { ArtifactFolder } from '../artifacts/artifact-folder.ts'
import { toExperiment, UnreadableError } from '../source/entities.ts'
import { findInteger, textOf } from '../source/fields.ts'
import type { ArtifactOwner, ImportSource, ReportFinding, SourceRun } from '../source/import-source.ts'
import { readLoggedModels } from './logged-models.ts'
import { readRegisteredModels } from './registered-models.ts'
import { readRuns } from './runs.ts'
import { toTag } from './rows.ts'
import type { SqlReader } from './sql-reader.ts'

const ROWS_PER_PAGE = 100
/** Tables of what this version does not take over. */
const LEFT_OUT = new Map([
  ['traces', 'trace_info'],
  ['assessments', 'assessments'],
  ['evaluation datasets', 'evaluation_datasets'],
  ['scorers', 'scorers'],
  ['webhooks', 'webhooks'],
])

/** MLflow's schema, from 1.x on: tables and columns that an older version lacks are taken as empty. */
export const createDatabaseSource = async (
  reader: SqlReader,
  options: {
    readonly description: string
    readonly report: ReportFinding
    readonly findArtifacts: (owner: ArtifactOwner) => Promise<ArtifactFolder | undefined>
  },
): Promise<ImportSource> => {
  const { description, report } = options
  if (!(await reader.columnsOf('experiments')).has('experiment_id')) {
    throw new InvalidParameterValueError(`${description} has no table 'experiments' of MLflow.`)
  }
  await refuseWorkspaces(reader, description)
  return {
    description,
    countRuns: async () => findInteger((await reader.all('select count(*) as n from runs', []))[0]?.n),
    listExperiments: () => readExperiments(reader, report),
    listRuns: (experimentId) => paged((after) => readRuns(reader, experimentId, after, ROWS_PER_PAGE, report)),
    listLoggedModels: (experimentId) => readLoggedModels(reader, experimentId, report),
    listRegisteredModels: () => readRegisteredModels(reader, report),
    countLeftOut: () => countLeftOut(reader),
    findArtifacts: options.findArtifacts,
    [Symbol.asyncDispose]: async () => {
      await reader[Symbol.asyncDispose]()
    },
  }
}

/** Names are unique in a workspace only: two workspaces do not fit into one store. */
const refuseWorkspaces = async (reader: SqlReader, description: string): Promise<void> => {
  if (!(await reader.columnsOf('experiments')).has('workspace')) return
  const rows = await reader.all('select distinct workspace from experiments order by workspace limit 5', [])
  if (rows.length > 1) {
    throw new InvalidParameterValueError(
      `${description} has several workspaces (${rows.map(({ workspace }) => textOf(workspace)).join(', ')}). There are none here: import stores of one workspace.`,
    )
  }
}

async function* readExperiments(reader: SqlReader, report: ReportFinding): AsyncGenerator<Experiment> {
  const columns = await reader.columnsOf('experiments')
  const hasTags = (await reader.columnsOf('experiment_tags')).size > 0
  const times = columns.has('creation_time')
    ? 'creation_time, last_update_time'
    : 'null as creation_time, null as last_update_time'
  const rows = await reader.all(
    `select cast(experiment_id as varchar(20)) as experiment_id, name, artifact_location, lifecycle_stage, ${times}
    from experiments order by experiments.experiment_id`,
    [],
  )
  for (const row of rows) {
    const tags = hasTags ? await readTags(reader, row.experiment_id) : []
    try {
      yield toExperiment(row, tags)
    } catch (error) {
      if (!(error instanceof UnreadableError)) throw error
      report({ where: `experiments ${textOf(row.experiment_id)}`, message: error.message })
    }
  }
}

const readTags = async (reader: SqlReader, experimentId: unknown): Promise<Tag[]> =>
  (
    await reader.all(
      `select "key", "value" from experiment_tags where experiment_id = cast(? as bigint) order by "key"`,
      [textOf(experimentId)],
    )
  ).map(toTag)

async function* paged(
  read: (after: string) => Promise<{ readonly runs: readonly SourceRun[]; readonly last: string | undefined }>,
): AsyncGenerator<readonly SourceRun[]> {
  let after = ''
  for (;;) {
    const { runs, last } = await read(after)
    if (runs.length > 0) yield runs
    if (last === undefined) return
    after = last
  }
}

const countLeftOut = async (reader: SqlReader): Promise<ReadonlyMap<string, number>> => {
  const counts = new Map<string, number>()
  for (const [what, table] of LEFT_OUT) {
    if ((await reader.columnsOf(table)).size === 0) continue
    const rows = await reader.all(`select count(*) as n from ${table}`, [])
    counts.set(what, findInteger(rows[0]?.n) ?? 0)
  }
  return counts
}
