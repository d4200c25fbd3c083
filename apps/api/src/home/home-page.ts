import type { WorkflowRun } from '@tidemill/core'
import type { FastifyRequest } from 'fastify'
import { rawEndpoint } from '../http/endpoint.ts'
import { PAGE_HEADERS } from '../http/security-headers.ts'
import { type Html, html } from './html.ts'

const SHOWN_RUNS = 20

/** What this is, how to point a client at it, and what ran last; for people who open the URL. */
export const homePage = rawEndpoint({
  id: 'N14',
  method: 'GET',
  path: '/',
  access: 'public',
  isHeadable: true,
  handle: async (request, reply, { engine }) => {
    const [runs, workers, queue] = await Promise.all([
      engine.searchWorkflowRuns({ maxResults: SHOWN_RUNS }),
      engine.listWorkers(),
      engine.getQueue(),
    ])
    const alive = workers.filter(({ isAlive }) => isAlive).length
    const page = renderPage(addressOf(request), runs.items, { workers: alive, queued: queue.depth })
    return reply.headers({ ...PAGE_HEADERS, 'content-type': 'text/html; charset=utf-8' }).send(page.markup)
  },
})

/** The address that the browser used, so that the shown lines work where they are copied to. */
const addressOf = (request: FastifyRequest): string => {
  const { host = 'localhost', 'x-forwarded-proto': forwarded } = request.headers
  return `${forwarded === 'https' ? 'https' : 'http'}://${host}`
}

const renderPage = (
  url: string,
  runs: readonly WorkflowRun[],
  counts: { readonly workers: number; readonly queued: number },
): Html =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>Tidemill</title>
        <link rel="stylesheet" href="/home.css" />
        <script src="/home.js" defer></script>
        <noscript><meta http-equiv="refresh" content="5" /></noscript>
      </head>
      <body>
        <main>
          <header>
            <h1>Tidemill</h1>
            <p>Queues, builds, runs and tracks MLflow projects, behind the REST API that every MLflow client speaks.</p>
          </header>
          <section>
            <h2>Use it</h2>
            <p>Point any MLflow client at this server:</p>
            <pre>export MLFLOW_TRACKING_URI=${url}</pre>
            <p>Or give it a project to run:</p>
            <pre>tidemill submit https://github.com/mlflow/mlflow-example -P alpha=0.5 --wait</pre>
          </section>
          <section id="live">
            <h2>Workflow runs</h2>
            <p class="counts">${plural(counts.workers, 'worker')} alive, ${plural(counts.queued, 'attempt')} waiting</p>
            ${runs.length === 0 ? html`<p class="empty">Nothing has run yet.</p>` : renderRuns(runs)}
          </section>
          <footer>
            <a href="/api/tidemill/v1/workflow-runs">Workflow runs as JSON</a>
            <a href="/api/tidemill/v1/workers">Workers</a>
            <a href="/api/tidemill/v1/queue">Queue</a>
            <a href="/ready">Readiness</a>
          </footer>
        </main>
      </body>
    </html> `

const renderRuns = (runs: readonly WorkflowRun[]): Html =>
  html`<div class="scroll">
    <table>
      <thead>
        <tr>
          <th>State</th>
          <th>Workflow</th>
          <th>Project</th>
          <th>Started</th>
          <th>Duration</th>
          <th>Workflow run</th>
        </tr>
      </thead>
      <tbody>
        ${runs.map(renderRun)}
      </tbody>
    </table>
  </div>`

const renderRun = (run: WorkflowRun): Html =>
  html`<tr>
    <td><span class="state ${run.state.toLowerCase()}">${run.state}</span></td>
    <td>${run.name}${run.reason === undefined ? '' : html`<small>${run.reason.slice(0, 200)}</small>`}</td>
    <td>
      ${run.source.uri}${run.source.commit === undefined ? '' : html`<small>${run.source.commit.slice(0, 12)}</small>`}
    </td>
    <td>${formatTime(run.startedAt ?? run.createdAt)}</td>
    <td>${formatDuration(run)}</td>
    <td><a href="/api/tidemill/v1/workflow-runs/${encodeURIComponent(run.workflowRunId)}">${run.workflowRunId}</a></td>
  </tr> `

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`

/** UTC, because the server does not know where the reader is. */
const formatTime = (time: number): string => `${new Date(time).toISOString().slice(0, 19).replace('T', ' ')} UTC`

const formatDuration = ({ startedAt, endedAt }: WorkflowRun): string => {
  if (startedAt === undefined) return ''
  const seconds = Math.max(0, Math.round(((endedAt ?? Date.now()) - startedAt) / 1000))
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)]
  if (hours > 0) return `${hours} h ${minutes} min`
  return minutes > 0 ? `${minutes} min ${seconds % 60} s` : `${seconds} s`
}
