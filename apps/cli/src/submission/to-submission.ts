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
  if (options.backend !== undefined && !['local', 'tidemill'].includes(options.backend)) {
    throw new CliError(
      `Backend '${options.backend}' is not supported: Tidemill runs projects itself. Leave -b away, or give local.`,
    )
  }
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
