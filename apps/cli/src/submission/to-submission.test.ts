import { describe, expect, test } from 'vitest'
import type { Environment } from '../env.ts'
import { CliError } from '../errors.ts'
import { type SubmissionOptions, toSubmission } from './to-submission.ts'

const environmentOf = (variables: Record<string, string>): Environment => ({
  variables: new Map(Object.entries(variables)),
  defaultDataDirectory: '/data',
  artifactVariables: {},
})
const submit = (options: SubmissionOptions, variables: Record<string, string> = {}) =>
  toSubmission('git@host:repo', options, environmentOf(variables), '/')

describe('toSubmission', () => {
  test('puts every option where the API expects it', () => {
    const request = submit({
      entryPoint: 'train',
      version: 'v1',
      paramList: ['alpha=0.5'],
      experimentName: 'wine',
      envManager: 'uv',
      runName: 'try',
      buildImage: true,
      backend: 'local',
    })
    expect(request).toEqual({
      project: { uri: 'git@host:repo', version: 'v1' },
      entry_point: 'train',
      parameters: { alpha: '0.5' },
      experiment_name: 'wine',
      environment_manager: 'uv',
      run_name: 'try',
      backend_config: { build_image: true },
    })
  })

  test('says nothing about what was not given', () => {
    expect(submit({})).toEqual({ project: { uri: 'git@host:repo' } })
  })

  test.each<[SubmissionOptions, Record<string, string>, object]>([
    [{}, { MLFLOW_EXPERIMENT_NAME: 'env' }, { experiment_name: 'env' }],
    [{}, { MLFLOW_EXPERIMENT_ID: '7' }, { experiment_id: '7' }],
    [{ experimentName: 'option' }, { MLFLOW_EXPERIMENT_ID: '7' }, { experiment_name: 'option' }],
    [{ experimentId: '3' }, { MLFLOW_EXPERIMENT_NAME: 'env', MLFLOW_EXPERIMENT_ID: '7' }, { experiment_id: '3' }],
  ])('with options %j and environment %j the experiment is %j', (options, variables, experiment) => {
    const { project: _project, ...rest } = submit(options, variables)
    expect(rest).toEqual(experiment)
  })

  test.each<[SubmissionOptions, Record<string, string>, string]>([
    [
      { experimentName: 'a', experimentId: '1' },
      {},
      "Specify only one of 'experiment-name' or 'experiment-id' options.",
    ],
    [
      {},
      { MLFLOW_EXPERIMENT_NAME: 'a', MLFLOW_EXPERIMENT_ID: '1' },
      "Specify only one of 'experiment-name' or 'experiment-id' options.",
    ],
    [{ entryPoint: 'a', workflow: 'b' }, {}, "Specify only one of 'entry-point' or 'workflow' options."],
    [
      { backend: 'kubernetes' },
      {},
      "Backend 'kubernetes' is not supported: Tidemill runs projects itself, on its own workers. Leave -b away.",
    ],
    [
      { backendConfig: 'cluster.json' },
      {},
      '--backend-config (-c) is not supported by this version. Leave it away; retries, timeouts and the order of steps are written in the workflows of the MLproject file.',
    ],
    [
      { dockerArgs: ['gpus=all'] },
      {},
      '--docker-args (-A) is not supported by this version. Leave it away; volumes and environment variables are written in the docker_env of the MLproject file.',
    ],
  ])('refuses %j with %j', (options, variables, message) => {
    expect(() => submit(options, variables)).toThrow(new CliError(message))
  })
})
