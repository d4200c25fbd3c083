import type { EnvironmentManager, SubmitWorkflowRunRequest } from '@tidemill/core'
import type { Environment } from '../env.ts'
import { CliError } from '../errors.ts'
import { findSetting } from '../setting-value.ts'
import type { SettingOptions } from '../settings.ts'
import { parseParameters } from './parse-parameters.ts'
import { toAbsoluteUri } from './to-absolute-uri.ts'

/** The options of `run` and `submit` that say what to run. */
export interface SubmissionOptions extends SettingOptions {
  readonly entryPoint?: string
  readonly workflow?: string
  readonly version?: string
  readonly paramList?: readonly string[]
  readonly envManager?: EnvironmentManager
  readonly runName?: string
  readonly buildImage?: boolean
  readonly backend?: string
  readonly backendConfig?: string
  readonly dockerArgs?: readonly string[]
  readonly storageDir?: string
}

/** Throws CliError for options that contradict each other, with MLflow's texts where it has one. */
export const toSubmission = (
  uri: string,
  options: SubmissionOptions,
  environment: Environment,
  workingDirectory: string,
): SubmitWorkflowRunRequest => {
  if (options.entryPoint !== undefined && options.workflow !== undefined) {
    throw new CliError("Specify only one of 'entry-point' or 'workflow' options.")
  }
  refuseUnsupported(options)
  const parameters = parseParameters(options.paramList ?? [])
  return {
    project: {
      uri: toAbsoluteUri(uri, workingDirectory),
      ...(options.version === undefined ? {} : { version: options.version }),
    },
    ...(options.entryPoint === undefined ? {} : { entry_point: options.entryPoint }),
    ...(options.workflow === undefined ? {} : { workflow: options.workflow }),
    ...(Object.keys(parameters).length === 0 ? {} : { parameters }),
    ...toExperiment(options, environment),
    ...(options.envManager === undefined ? {} : { environment_manager: options.envManager }),
    ...(options.runName === undefined ? {} : { run_name: options.runName }),
    ...(options.buildImage === true ? { backend_config: { build_image: true } } : {}),
  }
}

/** Options of `mlflow run` whose meaning would be lost: better no run than one without them. */
const refuseUnsupported = ({ backend, backendConfig, dockerArgs }: SubmissionOptions): void => {
  if (backend !== undefined && !['local', 'tidemill'].includes(backend)) {
    throw new CliError(
      `Backend '${backend}' is not supported: Tidemill runs projects itself, on its own workers. Leave -b away.`,
    )
  }
  if (backendConfig !== undefined) {
    throw new CliError(
      `--backend-config (-c) is not supported by this version. Leave it away; retries, timeouts and the order of steps are written in the workflows of the MLproject file.`,
    )
  }
  if (dockerArgs !== undefined) {
    throw new CliError(
      `--docker-args (-A) is not supported by this version. Leave it away; volumes and environment variables are written in the docker_env of the MLproject file.`,
    )
  }
}

/**
 * An option beats both variables. MLflow sees an option and the other's variable as a contradiction, which bites
 * whoever starts a run inside a run (spec/mlproject.md §9).
 */
const toExperiment = (
  options: SubmissionOptions,
  environment: Environment,
): Pick<SubmitWorkflowRunRequest, 'experiment_name' | 'experiment_id'> => {
  const hasOption = options.experimentName !== undefined || options.experimentId !== undefined
  const source: Environment = hasOption ? { ...environment, variables: new Map() } : environment
  const name = findSetting('experimentName', options, source)
  const id = findSetting('experimentId', options, source)
  if (name !== undefined && id !== undefined) {
    throw new CliError("Specify only one of 'experiment-name' or 'experiment-id' options.")
  }
  return {
    ...(name === undefined ? {} : { experiment_name: name.value }),
    ...(id === undefined ? {} : { experiment_id: id.value }),
  }
}
