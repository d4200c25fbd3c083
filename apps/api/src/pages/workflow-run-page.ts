import type { Attempt, StepCell, StepRun, WorkflowRun } from '@tidemill/core'
import { type Html, html, type Part } from './html.ts'
import { page } from './page.ts'
import { pathParameter } from './path-parameter.ts'
import { durationOf, facts, plural, stateBadge, table, timeOf } from './parts.ts'

/** Cells of a step on the page; the JSON has them all. */
const SHOWN_CELLS = 200

/** One workflow run: its steps, cells and attempts, why they ended, and what they wrote. */
export const workflowRunPage = page({
  path: '/workflow-runs/:workflow_run_id',
  access: { workflowRun: 'READ' },
  render: async (request, { engine }) => {
    const workflowRunId = pathParameter(request, 'workflow_run_id')
    request.logFields = { workflowRunId }
    const run = await engine.getWorkflowRun(workflowRunId)
    return {
      title: `${run.name} ${run.workflowRunId.slice(0, 10)}`,
      body: html`<div id="live" ${run.endedAt === undefined ? html`data-refresh="3"` : undefined}>
        <p class="crumbs"><a href="/">Workflow runs</a> / <span class="id">${run.workflowRunId}</span></p>
        <div class="title">
          <h1>${run.name}</h1>
          ${stateBadge(run.state)}
        </div>
        ${run.reason === undefined ? undefined : html`<p class="alert">${run.reason}</p>`} ${renderFacts(run)}
        ${renderParameters(run.parameters)} ${run.steps.map(renderStep)}
      </div>`,
    }
  },
})

const renderFacts = (run: WorkflowRun): Html =>
  html`<section class="card">
    ${facts({
      Project: run.source.uri,
      Version: run.source.version,
      Commit: run.source.commit === undefined ? undefined : html`<span class="id">${run.source.commit}</span>`,
      'MLflow run': runLink(run.runId),
      Experiment: run.experimentId,
      Created: timeOf(run.createdAt),
      Started: timeOf(run.startedAt),
      Ended: timeOf(run.endedAt),
      Duration: durationOf(run),
      JSON: html`<a href="/api/tidemill/v1/workflow-runs/${encodeURIComponent(run.workflowRunId)}"
        >as the API has it</a
      >`,
    })}
  </section>`

const renderParameters = (parameters: Readonly<Record<string, string>>): Html | undefined => {
  const entries = Object.entries(parameters)
  if (entries.length === 0) return undefined
  return html`<section class="card">
    <h2>Parameters</h2>
    ${table(
      ['Name', 'Value'],
      entries.map(([name, value]) => [name, html`<code>${value}</code>`]),
    )}
  </section>`
}

const renderStep = (step: StepRun): Html => {
  const isMatrix = step.cells.some(({ matrix }) => Object.keys(matrix).length > 0)
  const rows = step.cells.slice(0, SHOWN_CELLS).flatMap((cell) => renderCell(cell, isMatrix))
  const hidden = step.cells.length - SHOWN_CELLS
  return html`<section class="card">
    <div class="head">
      <div class="title">
        <h3>${step.key}</h3>
        ${stateBadge(step.state)}
      </div>
      <span class="soft">${describeStep(step, isMatrix)}</span>
    </div>
    ${step.reason === undefined ? undefined : html`<div class="why">${step.reason}</div>`}
    ${
      rows.length === 0
        ? undefined
        : table([...(isMatrix ? ['Cell'] : []), 'Attempt', 'State', 'Worker', 'MLflow run', 'Duration', 'Output'], rows)
    }
    ${hidden > 0 ? html`<p class="soft">and ${plural(hidden, 'more cell')}</p>` : undefined}
  </section>`
}

const describeStep = ({ needs, cells }: StepRun, isMatrix: boolean): string =>
  [
    ...(needs.length === 0 ? [] : [`after ${needs.join(', ')}`]),
    ...(isMatrix
      ? [`${cells.filter(({ state }) => state === 'SUCCEEDED').length} of ${plural(cells.length, 'cell')} succeeded`]
      : []),
  ].join(' · ')

/** A row per attempt; a cell that waits for its first one is a row of its own where there are several cells. */
const renderCell = (cell: StepCell, isMatrix: boolean): Part[][] => {
  const name = Object.entries(cell.matrix)
    .map(([key, value]) => `${key}=${value}`)
    .join(' ')
  if (cell.attempts.length === 0) return isMatrix ? [[name, '', stateBadge(cell.state)]] : []
  return cell.attempts.map((attempt) => [...(isMatrix ? [name] : []), ...renderAttempt(attempt)])
}

const renderAttempt = (attempt: Attempt): Part[] => {
  const follow = attempt.endedAt === undefined ? '?follow=true' : ''
  return [
    html`<span class="number">${attempt.number}</span>`,
    html`${stateBadge(attempt.state)}${
      attempt.reason === undefined ? undefined : html`<div class="why">${attempt.reason}</div>`
    }`,
    attempt.workerId,
    attempt.runId === undefined ? undefined : runLink(attempt.runId),
    html`<span class="fixed number">${durationOf(attempt)}</span>`,
    html`<a href="/attempts/${encodeURIComponent(attempt.attemptId)}/log${follow}">log</a>`,
  ]
}

const runLink = (runId: string): Html =>
  html`<a class="id" href="/runs/${encodeURIComponent(runId)}" title="${runId}">${runId.slice(0, 12)}</a>`
