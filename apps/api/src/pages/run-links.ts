import type { LoggedModel, LoggedModelStore, Run } from '@tidemill/core'
import { type Html, html } from './html.ts'
import { card, stateBadge, table, timeOf } from './parts.ts'

const SHOWN_MODELS = 100

/** Models that name the run as their source; the run's id is checked. */
export const searchModelsOf = async (
  loggedModels: Pick<LoggedModelStore, 'searchLoggedModels'>,
  { info: { runId, experimentId } }: Run,
): Promise<readonly LoggedModel[]> =>
  (
    await loggedModels.searchLoggedModels({
      experimentIds: [experimentId],
      filter: `source_run_id = '${runId}'`,
      datasets: [],
      orderBy: [{ fieldName: 'creation_timestamp', ascending: true }],
      maxResults: SHOWN_MODELS,
    })
  ).items

/** Empty without inputs. */
export const renderInputs = ({ inputs: { datasets, modelIds } }: Run): Html | undefined =>
  datasets.length + modelIds.length === 0
    ? undefined
    : card(
        'Inputs',
        table(
          ['Kind', 'Name', 'Digest', 'Context'],
          [
            ...datasets.map(({ dataset, tags }) => [
              'dataset',
              dataset.name,
              html`<span class="id">${dataset.digest}</span>`,
              tags.find(({ key }) => key === 'mlflow.data.context')?.value,
            ]),
            ...modelIds.map((modelId) => ['model', html`<span class="id">${modelId}</span>`, undefined, undefined]),
          ],
        ),
      )

/** The models that the run made, and those that it names as outputs without being their source. */
export const renderModels = ({ modelOutputs }: Run, models: readonly LoggedModel[]): Html | undefined => {
  const steps = new Map(modelOutputs.map(({ modelId, step }) => [modelId, step]))
  const known = new Set(models.map(({ modelId }) => modelId))
  const rows = [
    ...models.map(({ modelId, name, status, modelType, creationTime }) => [
      stateBadge(status),
      name,
      html`<span class="id">${modelId}</span>`,
      modelType,
      steps.get(modelId),
      timeOf(creationTime),
    ]),
    ...modelOutputs
      .filter(({ modelId }) => !known.has(modelId))
      .map(({ modelId, step }) => [
        undefined,
        undefined,
        html`<span class="id">${modelId}</span>`,
        undefined,
        step,
        undefined,
      ]),
  ]
  return rows.length === 0
    ? undefined
    : card('Logged models', table(['Status', 'Name', 'Model id', 'Type', 'Step', 'Created'], rows))
}
