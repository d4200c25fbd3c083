import type { Experiment, Run, WorkflowRun } from '@tidemill/core'
import type { FastifyRequest } from 'fastify'
import { shownTo } from '../auth/shown-to.ts'
import { type Html, html } from './html.ts'
import { page } from './page.ts'
import { copyable, durationOf, plural, stateBadge, table, timeOf } from './parts.ts'

const SHOWN_RUNS = 25
const SHOWN_STEPS = 24
const SHOWN_TRACKED_RUNS = 10
/** Whose runs are looked at for the newest. */
const SEARCHED_EXPERIMENTS = 100

/** What this is, how to point a client at it, and what ran last; for people who open the URL. */
export const homePage = page({
  path: '/',
  access: { workflowRun: 'READ' },
  needs: () => [],
  render: async (request, { engine, guard, tracking }) => {
    const [{ items }, workers, queue, { items: experiments }] = await Promise.all([
      engine.searchWorkflowRuns({ maxResults: SHOWN_RUNS, ...shownTo(guard, request) }),
      engine.listWorkers(),
      engine.getQueue(),
      tracking.searchExperiments({
        filter: '',
        orderBy: ['last_update_time DESC'],
        maxResults: SEARCHED_EXPERIMENTS,
        viewType: 'ACTIVE_ONLY',
        ...shownTo(guard, request),
      }),
    ])
    const { items: tracked } = await tracking.searchRuns({
      experimentIds: experiments.map(({ experimentId }) => experimentId),
      filter: '',
      orderBy: [],
      maxResults: SHOWN_TRACKED_RUNS,
      viewType: 'ACTIVE_ONLY',
    })
    const alive = workers.filter(({ isAlive }) => isAlive).length
    return {
      title: 'Tidemill',
      body: html`<h1>MLflow projects, run and tracked</h1>
        <p class="lead">
          Tidemill takes an MLflow project from Git or a folder, builds its environment, runs its steps on workers, and
          keeps params, metrics, artifacts and models behind the REST API that every MLflow client speaks.
        </p>
        ${renderStart(addressOf(request))}
        <section class="card" id="live" data-refresh="3">
          <div class="head">
            <h2>Workflow runs</h2>
            <span class="soft">${plural(alive, 'worker')} alive, ${plural(queue.depth, 'attempt')} waiting</span>
          </div>
          ${items.length === 0 ? renderEmpty() : renderRuns(items)}
          ${tracked.length === 0 ? undefined : renderTracked(tracked, experiments)}
        </section>`,
    }
  },
})

/** The address that the browser used, so that the shown lines work where they are copied to. */
const addressOf = (request: FastifyRequest): string => {
  const { host = 'localhost', 'x-forwarded-proto': forwarded } = request.headers
  return `${forwarded === 'https' ? 'https' : 'http'}://${host}`
}

const renderStart = (url: string): Html =>
  html`<div class="columns">
    <section class="card">
      <h2>Track from your own code</h2>
      <p class="soft">Any MLflow client works, once it knows the address:</p>
      ${copyable(`export MLFLOW_TRACKING_URI=${url}`)}
      <p class="soft">or, in Python:</p>
      ${copyable(`mlflow.set_tracking_uri("${url}")`)}
    </section>
    <section class="card">
      <h2>Run a project here</h2>
      <p class="soft">From a Git URI or a folder:</p>
      ${copyable(`tidemill submit https://github.com/mlflow/mlflow-example -P alpha=0.5 --tracking-uri ${url} --wait`)}
      <p class="soft">or over HTTP:</p>
      ${copyable(
        `curl ${url}/api/tidemill/v1/workflow-runs -H 'Content-Type: application/json' -d '{"project": {"uri": "https://github.com/mlflow/mlflow-example"}}'`,
      )}
    </section>
  </div>`

const renderEmpty = (): Html =>
  html`<p class="empty">Nothing has run yet. Submit a project with one of the lines above, and it shows up here.</p>`

const renderRuns = (runs: readonly WorkflowRun[]): Html =>
  table(['State', 'Workflow', 'Project', 'Steps', 'Started', 'Duration'], runs.map(renderRun))

const renderRun = (run: WorkflowRun) => [
  stateBadge(run.state),
  html`<a href="/workflow-runs/${encodeURIComponent(run.workflowRunId)}"><b>${run.name}</b></a>
    <small class="id">${run.workflowRunId.slice(0, 14)}</small>
    ${run.reason === undefined ? undefined : html`<div class="why">${shorten(run.reason, 160)}</div>`}`,
  html`${run.source.uri}${
    run.source.commit === undefined ? undefined : html`<small class="id">${run.source.commit.slice(0, 12)}</small>`
  }`,
  renderProgress(run),
  timeOf(run.startedAt ?? run.createdAt),
  html`<span class="fixed number">${durationOf(run)}</span>`,
]

const renderProgress = ({ steps }: WorkflowRun): Html => {
  const done = steps.filter(({ state }) => state === 'SUCCEEDED').length
  return html`<span class="fixed">${done} of ${steps.length}</span>
    <span class="progress">
      ${steps.slice(0, SHOWN_STEPS).map(({ key, state }) => html`<i class="${state.toLowerCase()}" title="${key}"></i>`)}
    </span>`
}

const renderTracked = (runs: readonly Run[], experiments: readonly Experiment[]): Html => {
  const names = new Map(experiments.map(({ experimentId, name }) => [experimentId, name]))
  return html`<h2>Tracked last</h2>
    ${table(
      ['Status', 'Run', 'Experiment', 'User', 'Started', 'Duration'],
      runs.map(({ info }) => [
        stateBadge(info.status),
        html`<a href="/runs/${encodeURIComponent(info.runId)}"><b>${info.runName}</b></a>
          <small class="id">${info.runId.slice(0, 12)}</small>`,
        names.get(info.experimentId) ?? info.experimentId,
        info.userId,
        timeOf(info.startTime),
        html`<span class="fixed number"
          >${durationOf({
            startedAt: info.startTime,
            ...(info.endTime === undefined ? {} : { endedAt: info.endTime }),
          })}</span
        >`,
      ]),
    )}`
}

const shorten = (text: string, limit: number): string =>
  text.length <= limit ? text : `${text.slice(0, limit - 1).trimEnd()}…`
