import type { WorkflowRunWire } from '@tidemill/core'
import { ApiError, type TidemillClient } from '@tidemill/sdk'
import { CliError } from '../errors.ts'

const SHORTEST_PREFIX = 6
/** Pages of 100 that a beginning of an id is looked for in. */
const MAX_PAGES = 20

/**
 * The workflow run with this id, or the only one whose id or MLflow run id begins with it. Throws CliError when
 * there is none or more than one.
 */
export const findWorkflowRun = async (client: TidemillClient, id: string): Promise<WorkflowRunWire> => {
  const exact = await findExact(client, id)
  if (exact !== undefined) return exact
  if (id.length < SHORTEST_PREFIX) {
    throw new CliError(`'${id}' is too short for the beginning of an id. Give at least ${SHORTEST_PREFIX} characters.`)
  }
  const found: WorkflowRunWire[] = []
  for await (const run of listWorkflowRuns(client)) {
    if (beginsWith(run, id)) found.push(run)
  }
  const [first, second] = found
  if (first === undefined) {
    throw new CliError(`There is no workflow run '${id}' on ${client.url}. \`tidemill workflows ls\` lists them.`)
  }
  if (second !== undefined) {
    const ids = found.map((run) => run.workflow_run_id).join(', ')
    throw new CliError(`'${id}' is the beginning of ${found.length} workflow runs: ${ids}. Give more of the id.`)
  }
  return first
}

/** With or without the `w-` that tells workflow runs from attempts. */
const beginsWith = (run: WorkflowRunWire, id: string): boolean =>
  [run.workflow_run_id, run.workflow_run_id.replace(/^w-/, ''), run.run_id].some((known) => known.startsWith(id))

const findExact = async (client: TidemillClient, id: string): Promise<WorkflowRunWire | undefined> => {
  try {
    return await client.getWorkflowRun(id)
  } catch (error) {
    // A beginning of an id need not have the form of an id: 400 as well as 404.
    if (error instanceof ApiError && (error.status === 404 || error.status === 400)) return undefined
    throw error
  }
}

async function* listWorkflowRuns(client: TidemillClient): AsyncGenerator<WorkflowRunWire> {
  let pageToken: string | undefined
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const answer = await client.searchWorkflowRuns({
      maxResults: 100,
      ...(pageToken === undefined ? {} : { pageToken }),
    })
    yield* answer.workflow_runs
    pageToken = answer.next_page_token
    if (pageToken === undefined) return
  }
}
