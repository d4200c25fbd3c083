import type { AttemptEnd, ProjectEnvironment } from '@tidemill/core'
import type Dockerode from 'dockerode'
import { buildProjectImage } from '../docker/build-image.ts'
import { checkDockerPolicy, DEFAULT_USER, dockerVariables } from '../docker/docker-policy.ts'
import { openDocker } from '../docker/engine.ts'
import { ensureNetwork, findGateway } from '../docker/network.ts'
import { ensureImage, type LocalImage } from '../docker/pull-image.ts'
import { runContainer } from '../docker/run-container.ts'
import { forwardTracking, isLoopbackUri, type ReachableTracking } from '../docker/tracking-forwarder.ts'
import { type AttemptContext, enterPhase, resolveParameters, STOPPED, toCommand } from './attempt-context.ts'
import { markDockerUse } from './work-directory.ts'

type DockerEnvironment = Extract<ProjectEnvironment, { kind: 'docker' }>

const TRACKING_URI = 'MLFLOW_TRACKING_URI'

/** A docker project: its image as it is, or with the project's code on it, and the command in a container of it. */
export const runInContainer = async (attempt: AttemptContext, environment: DockerEnvironment): Promise<AttemptEnd> => {
  const { execution, observer, log, signal, executorId, docker: options } = attempt
  const { attemptId, timeoutMs } = execution
  checkDockerPolicy(environment, options)
  const projectVariables = dockerVariables(environment)
  const docker = await openDocker()
  const image = await prepareImage(docker, attempt, environment)
  await observer.onTags({
    'mlflow.project.env': 'docker',
    'mlflow.docker.image.uri': image.uri,
    'mlflow.docker.image.id': image.id,
  })
  const resolved = await resolveParameters(attempt)
  const command = toCommand(attempt, resolved)

  if (!(await enterPhase(observer, 'executing', signal))) return STOPPED
  await markDockerUse(attempt.dataDirectory)
  const network = await ensureNetwork(docker, options.network)
  await using tracking = await reachTracking(docker, network, execution.variables[TRACKING_URI])
  log.system(`Running in ${image.uri}: ${command}`)
  const handle = await runContainer(docker, {
    image,
    command,
    variables: {
      PYTHONUNBUFFERED: '1',
      ...execution.variables,
      ...(tracking === null ? {} : { [TRACKING_URI]: tracking.uri }),
      ...projectVariables,
    },
    inputs: resolved.inputs,
    volumes: environment.volumes,
    network,
    attemptId,
    executorId,
    options,
    graceMs: attempt.graceMs,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    onLine: log.line,
    signal,
  })
  // Awaited here: the forwarder goes when this function returns.
  return await handle.wait()
}

const prepareImage = async (
  docker: Dockerode,
  { execution, log, signal, dataDirectory, projectDirectory, docker: options }: AttemptContext,
  environment: DockerEnvironment,
): Promise<LocalImage> => {
  const base = await ensureImage(docker, environment.image, log.system, signal)
  if (!execution.buildImage) return base
  const { name } = execution.spec
  const { commit } = execution.source
  const build = {
    base,
    ...(name === undefined ? {} : { projectName: name }),
    ...(commit === undefined ? {} : { commit }),
    projectDirectory,
    user: options.user ?? DEFAULT_USER,
    dataDirectory,
  }
  return buildProjectImage(docker, build, log.system, signal)
}

/** Null: the container reaches the tracking server as it is. */
const reachTracking = async (
  docker: Dockerode,
  network: string,
  uri: string | undefined,
): Promise<ReachableTracking | null> =>
  uri !== undefined && isLoopbackUri(uri) && network !== 'host'
    ? forwardTracking(uri, await findGateway(docker, network))
    : null
