import { WORKFLOW_RUN_STATES, type WorkflowRunState, type WorkflowRunWire } from '@tidemill/core'
import type { TidemillClient } from '@tidemill/sdk'
import { type CliContext, writeJson, writeLine } from '../context.ts'
import { CliError } from '../errors.ts'
import { durationOf, formatDuration, formatTime } from '../output/duration.ts'
import { toSafeText } from '../output/safe-text.ts'
import { colorOf } from '../output/state-color.ts'
import { formatTable } from '../output/table.ts'
import { connect } from '../server/find-server.ts'
import { parseInteger } from '../setting-value.ts'
import type { SettingOptions } from '../settings.ts'

export interface WorkflowsLsOptions extends SettingOptions {
  readonly state?: string
  readonly limit: string
  readonly json?: boolean
}

const MAX_PAGE = 100

export const listWorkflowRuns = async (context: CliContext, options: WorkflowsLsOptions): Promise<void> => {
  const limit = parseInteger({ value: options.limit, origin: '--limit' }, 1, 1000)
  const states = parseStates(options.state)
  const runs = await fetchRuns(await connect(context, options), limit, {
    ...(states === undefined ? {} : { states }),
    ...(options.experimentId === undefined ? {} : { experimentId: options.experimentId }),
  })
  if (options.json === true) {
    writeJson(context.stdout, { workflow_runs: runs })
    return
  }
  if (runs.length === 0) {
    writeLine(context.stderr, 'No workflow runs. `tidemill submit` hands in a project.')
    return
  }
  writeLine(context.stdout, formatTable(['ID', 'NAME', 'STATE', 'STARTED', 'DURATION', 'PROJECT'], runs.map(toRow)))
}

const parseStates = (text: string | undefined): readonly WorkflowRunState[] | undefined =>
  text?.split(',').map((name) => {
    const state = WORKFLOW_RUN_STATES.find((candidate) => candidate === name.trim().toUpperCase())
    if (state !== undefined) return state
    throw new CliError(`--state has '${name}'. Choose among ${WORKFLOW_RUN_STATES.join(', ')}.`)
  })

const fetchRuns = async (
  client: TidemillClient,
  limit: number,
  search: { readonly states?: readonly WorkflowRunState[]; readonly experimentId?: string },
): Promise<readonly WorkflowRunWire[]> => {
  const runs: WorkflowRunWire[] = []
  let pageToken: string | undefined
  do {
    const page = await client.searchWorkflowRuns({
      ...search,
      maxResults: Math.min(MAX_PAGE, limit - runs.length),
      ...(pageToken === undefined ? {} : { pageToken }),
    })
    runs.push(...page.workflow_runs)
    pageToken = page.next_page_token
  } while (pageToken !== undefined && runs.length < limit)
  return runs
}

const toRow = (run: WorkflowRunWire): readonly string[] => {
  const duration = durationOf(run, Date.now())
  return [
    run.workflow_run_id,
    toSafeText(run.name),
    colorOf(run.state)(run.state),
    run.started_at === undefined ? '-' : formatTime(run.started_at),
    duration === undefined ? '-' : formatDuration(duration),
    toSafeText(
      run.project.commit === undefined ? run.project.uri : `${run.project.uri} @${run.project.commit.slice(0, 7)}`,
    ),
  ]
}
