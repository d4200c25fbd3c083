import { parseArtifactPath, type Run, type TrackingStore, validateRunId } from '@tidemill/core'
import { queryParameter } from '../http/proxied-path.ts'
import { type Html, html } from './html.ts'
import { page } from './page.ts'
import { pathParameter } from './path-parameter.ts'
import { card, durationOf, facts, stateBadge, table, timeOf } from './parts.ts'
import { listFolder, renderArtifacts } from './run-artifacts.ts'
import { renderInputs, renderModels, searchModelsOf } from './run-links.ts'

const SHOWN_CHILDREN = 100

/** One MLflow run, where the links lead that MLflow's clients print; `?path=` shows a folder of its artifacts. */
export const runPage = page({
  path: '/runs/:run_id',
  access: { run: 'READ' },
  render: async (request, { tracking, loggedModels, repository }) => {
    const runId = pathParameter(request, 'run_id')
    validateRunId(runId)
    request.logFields = { runId }
    const folder = parseArtifactPath(queryParameter(request, 'path') ?? '')
    const run = await tracking.getRun(runId)
    const [children, models, files] = await Promise.all([
      searchChildren(tracking, run),
      searchModelsOf(loggedModels, run),
      listFolder(repository, run.info.artifactUri, folder),
    ])
    const tag = (key: string) => run.tags.find((each) => each.key === key)?.value
    const { runName, status } = run.info
    const reason = tag('tidemill.reason')
    return {
      title: runName,
      body: html`<div id="live" ${status === 'RUNNING' || status === 'SCHEDULED' ? html`data-refresh="3"` : undefined}>
        ${renderCrumbs(run, tag('tidemill.workflowRunId'), tag('mlflow.parentRunId'))}
        <div class="title">
          <h1>${runName}</h1>
          ${stateBadge(status)}
        </div>
        ${reason === undefined ? undefined : html`<p class="alert">${reason}</p>`} ${renderFacts(run)}
        <div class="columns">${renderMetrics(run)} ${renderParams(run)}</div>
        ${renderInputs(run)} ${renderModels(run, models)} ${renderChildren(children)}
        ${renderArtifacts(runId, folder, files)} ${renderTags(run)}
      </div>`,
    }
  },
})

const searchChildren = async (
  tracking: Pick<TrackingStore, 'searchRuns'>,
  { info: { runId, experimentId } }: Run,
): Promise<readonly Run[]> =>
  (
    await tracking.searchRuns({
      experimentIds: [experimentId],
      filter: `tags.mlflow.parentRunId = '${runId}'`,
      orderBy: ['attributes.start_time ASC'],
      maxResults: SHOWN_CHILDREN,
      viewType: 'ACTIVE_ONLY',
    })
  ).items

const renderCrumbs = (run: Run, workflowRunId: string | undefined, parentRunId: string | undefined): Html =>
  html`<p class="crumbs">
    <a href="/">Workflow runs</a>
    ${
      workflowRunId === undefined
        ? undefined
        : html`/
            <a class="id" href="/workflow-runs/${encodeURIComponent(workflowRunId)}">${workflowRunId.slice(0, 14)}</a>`
    }
    ${
      parentRunId === undefined
        ? undefined
        : html`/ <a class="id" href="/runs/${encodeURIComponent(parentRunId)}">${parentRunId.slice(0, 12)}</a>`
    }
    / <span class="id">${run.info.runId}</span>
  </p>`

const renderFacts = ({ info }: Run): Html =>
  html`<section class="card">
    ${facts({
      Experiment: info.experimentId,
      User: info.userId,
      Started: timeOf(info.startTime),
      Ended: timeOf(info.endTime),
      Duration: durationOf({
        startedAt: info.startTime,
        ...(info.endTime === undefined ? {} : { endedAt: info.endTime }),
      }),
      'Lifecycle stage': info.lifecycleStage === 'active' ? undefined : info.lifecycleStage,
      'Artifact URI': html`<span class="id">${info.artifactUri}</span>`,
    })}
  </section>`

const renderMetrics = ({ metrics }: Run): Html =>
  card(
    'Metrics',
    metrics.length === 0
      ? html`<p class="empty">No metric was logged.</p>`
      : table(
          ['Metric', 'Latest', 'Step'],
          metrics.map(({ key, value, step }) => [
            key,
            html`<code title="${value}">${formatNumber(value)}</code>`,
            html`<span class="number">${step}</span>`,
          ]),
        ),
  )

const renderParams = ({ params }: Run): Html =>
  card(
    'Params',
    params.length === 0
      ? html`<p class="empty">No param was logged.</p>`
      : table(
          ['Param', 'Value'],
          params.map(({ key, value }) => [key, html`<code>${value}</code>`]),
        ),
  )

const renderChildren = (children: readonly Run[]): Html | undefined =>
  children.length === 0
    ? undefined
    : card(
        'Child runs',
        table(
          ['Status', 'Run', 'Params', 'Metrics', 'Duration'],
          children.map(({ info, params, metrics }) => [
            stateBadge(info.status),
            html`<a href="/runs/${encodeURIComponent(info.runId)}">${info.runName}</a>`,
            params
              .slice(0, 4)
              .map(({ key, value }) => `${key}=${value.slice(0, 60)}`)
              .join(' '),
            metrics
              .slice(0, 4)
              .map(({ key, value }) => `${key}=${formatNumber(value)}`)
              .join(' '),
            durationOf({
              startedAt: info.startTime,
              ...(info.endTime === undefined ? {} : { endedAt: info.endTime }),
            }),
          ]),
        ),
      )

const renderTags = ({ tags }: Run): Html | undefined =>
  tags.length === 0
    ? undefined
    : html`<section class="card">
        <details>
          <summary>Tags (${tags.length})</summary>
          ${table(
            ['Tag', 'Value'],
            tags.map(({ key, value }) => [key, value]),
          )}
        </details>
      </section>`

/** Six digits; the whole number is in the title. */
const formatNumber = (value: number): string =>
  Number.isFinite(value) ? String(Number(value.toPrecision(6))) : String(value)
