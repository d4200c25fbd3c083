/**
 * The whole way on one screen: starts the embedded server and worker, submits a project of this very repository from
 * its Git URI, shows the steps, and prints what the runs logged.
 */
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import {
  type CliContext,
  createContext,
  formatTable,
  onInterrupt,
  startOwnServer,
  watchWorkflowRun,
} from '@tidemill/cli'
import type { SubmitWorkflowRunRequest, WorkflowRunWire } from '@tidemill/core'
import type { TidemillClient } from '@tidemill/sdk'

const run = promisify(execFile)
const repository = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '')
const PROBE_LIMIT_MS = 20_000
const KEPT_PORT = '5000'
/** Characters of a run id in a table that has to fit a terminal of 100 columns. */
const SHORT_ID = 8

const main = async (): Promise<number> => {
  const { values: options } = parseArgs({
    options: {
      keep: { type: 'boolean', default: false },
      'data-dir': { type: 'string' },
      port: { type: 'string' },
      example: { type: 'string' },
    },
  })
  await using dataDirectory = await openDataDirectory(options['data-dir'], options.keep)
  const context = createContext()
  console.log(`Starting Tidemill in ${dataDirectory.path}`)
  await using server = await startOwnServer(context, {
    dataDir: dataDirectory.path,
    // The demo is embedded whatever the variables of this shell say.
    backendStoreUri: join(dataDirectory.path, 'pg'),
    artifactsDestination: join(dataDirectory.path, 'artifacts'),
    port: options.port ?? (options.keep ? KEPT_PORT : '0'),
  })
  const { client } = server
  console.log(`It is ready at ${client.url}\n`)

  const submission = await chooseSubmission(options.example)
  console.log(`Submitting ${submission.project.uri} at ${submission.project.version ?? 'its present state'}\n`)
  const { workflow_run: submitted } = await client.submitWorkflowRun(submission)
  const ended = await watchUntilEnd(context, client, submitted.workflow_run_id)
  await printResults(client, ended)
  if (ended.state !== 'SUCCEEDED') {
    console.log(`\nThe workflow run ended ${ended.state}: ${ended.reason ?? 'no reason was given'}`)
    return 1
  }
  if (options.keep) await stayUp(client.url, submitted.workflow_run_id, dataDirectory.path)
  return 0
}

const openDataDirectory = async (
  given: string | undefined,
  isKept: boolean,
): Promise<{ readonly path: string } & AsyncDisposable> => {
  const path = given === undefined ? await mkdtemp(join(tmpdir(), 'tidemill-demo-')) : resolve(given)
  return {
    path,
    [Symbol.asyncDispose]: async () => {
      if (given === undefined && !isKept) await rm(path, { recursive: true, force: true })
    },
  }
}

const chooseSubmission = async (example: string | undefined): Promise<SubmitWorkflowRunRequest> => {
  const name = example ?? ((await canInstallPythonPackages()) ? 'wine-quality' : 'hello')
  if (example === undefined && name === 'hello') {
    console.log(
      'Python packages cannot be downloaded here (no Python, or no way to PyPI): running examples/hello instead.',
    )
  }
  const commit = await headWith(`examples/${name}/MLproject`)
  return {
    project:
      commit === undefined
        ? { uri: join(repository, 'examples', name) }
        : { uri: `file://${repository}#examples/${name}`, version: commit },
    experiment_name: 'demo',
    ...(name === 'hello' ? { environment_manager: 'local' } : {}),
  }
}

/** The commit that is checked out, if it has the file: a download without Git, or work not committed, has none. */
const headWith = async (path: string): Promise<string | undefined> => {
  try {
    await run('git', ['-C', repository, 'cat-file', '-e', `HEAD:${path}`])
    const { stdout } = await run('git', ['-C', repository, 'rev-parse', 'HEAD'])
    return stdout.trim()
  } catch {
    return undefined
  }
}

/** Asks for a package as the build of an environment would, with the index and proxy that this machine is set up for. */
const canInstallPythonPackages = async (): Promise<boolean> => {
  const target = await mkdtemp(join(tmpdir(), 'tidemill-probe-'))
  const probes = [
    ['uv', 'pip', 'install', '--quiet', '--no-deps', '--target', target, 'threadpoolctl'],
    ['python3', '-m', 'pip', 'download', '--quiet', '--no-deps', '--retries', '0', '--dest', target, 'threadpoolctl'],
  ]
  try {
    for (const [program = '', ...args] of probes) {
      const isAnswered = await run(program, args, { timeout: PROBE_LIMIT_MS }).then(
        () => true,
        () => false,
      )
      if (isAnswered) return true
    }
    return false
  } finally {
    await rm(target, { recursive: true, force: true })
  }
}

/** Ctrl-C cancels the workflow run, so that nothing of it is left. */
const watchUntilEnd = async (
  context: CliContext,
  client: TidemillClient,
  workflowRunId: string,
): Promise<WorkflowRunWire> => {
  using _signals = onInterrupt(() => {
    console.log('Cancelling; press Ctrl-C again to stop at once.')
    client.cancelWorkflowRun(workflowRunId).catch(() => undefined)
  })
  return watchWorkflowRun(context, client, workflowRunId, { showsOutput: true })
}

const printResults = async (client: TidemillClient, ended: WorkflowRunWire): Promise<void> => {
  const children = await client.searchRuns({
    experimentIds: [ended.experiment_id],
    filter: `tags.mlflow.parentRunId = '${ended.run_id}'`,
    orderBy: ['attributes.start_time ASC'],
  })
  const rows = children.runs.map(({ info, data }) => [
    info.run_name,
    info.run_id.slice(0, SHORT_ID),
    info.status,
    data.params.map(({ key, value }) => `${key}=${value.length > 18 ? `${value.slice(0, 17)}…` : value}`).join('\n'),
    data.metrics.map(({ key, value }) => `${key}=${formatMetric(value)}`).join('\n'),
  ])
  console.log(`\n${formatTable(['STEP', 'RUN', 'STATUS', 'PARAMS', 'METRICS'], rows)}`)
  const files = await Promise.all(children.runs.map(({ info }) => listFiles(client, info.run_id, undefined)))
  const artifacts = children.runs.map(({ info }, index) => [info.run_name, info.run_id, files[index]?.join('\n') ?? ''])
  console.log(`\n${formatTable(['STEP', 'MLFLOW RUN', 'ARTIFACTS'], artifacts)}`)
  console.log(`\nMLflow run ${ended.run_id} in experiment ${ended.experiment_id}, on ${client.url}`)
}

const formatMetric = (value: number | string): string =>
  typeof value === 'string' || Number.isInteger(value) ? String(value) : value.toPrecision(4)

const listFiles = async (client: TidemillClient, runId: string, path: string | undefined): Promise<string[]> => {
  const { files } = await client.listArtifacts(runId, path)
  const nested = await Promise.all(
    files.map(async (file) => (file.isDir ? listFiles(client, runId, file.path) : [file.path])),
  )
  return nested.flat()
}

/** Serves until Ctrl-C and says how to look further. */
const stayUp = async (url: string, workflowRunId: string, dataDirectory: string): Promise<void> => {
  const interrupted = Promise.withResolvers<void>()
  using _signals = onInterrupt(() => interrupted.resolve())
  const lines = [
    '',
    'Still up. Point any MLflow client at it, or look with the tidemill command:',
    '',
    `  export MLFLOW_TRACKING_URI=${url}`,
    `  node_modules/.bin/tidemill workflows show ${workflowRunId}`,
    `  node_modules/.bin/tidemill logs ${workflowRunId}`,
    '  node_modules/.bin/tidemill run examples/hello --env-manager local -P name=Ada',
    '',
    `Ctrl-C stops it; what it keeps stays in ${dataDirectory}`,
  ]
  console.log(lines.join('\n'))
  await interrupted.promise
}

process.exitCode = await main()
