import type Dockerode from 'dockerode'
import type { LocalImage } from './pull-image.ts'
import { DEFAULT_USER, type DockerOptions } from './docker-policy.ts'

/** What one container is to be. */
export interface ContainerSpec {
  readonly image: LocalImage
  /** Shell text, run by the image's bash, or sh where it has none. */
  readonly command: string
  readonly variables: Readonly<Record<string, string>>
  /** Host paths that the container sees read-only at the same place. */
  readonly inputs: readonly string[]
  /** Entries of `docker_env.volumes` that the policy let through. */
  readonly volumes: readonly string[]
  readonly network: string
  readonly attemptId: string
  readonly executorId: string
  readonly options: DockerOptions
}

export const ATTEMPT_LABEL = 'tidemill.attempt_id'
export const EXECUTOR_LABEL = 'tidemill.executor_id'

const RUN_IN_SHELL = 'if command -v bash >/dev/null 2>&1; then exec bash -c "$0"; else exec sh -c "$0"; fi'
const PIDS_LIMIT = 512
const OPEN_FILES = 4096
const TMP_OPTIONS = 'rw,nosuid,nodev,exec,size=1g,mode=1777'

/** The hardening of spec/security.md §4.3; the image's ENTRYPOINT and WORKDIR stay, as in MLflow. */
export const toCreateOptions = (spec: ContainerSpec): Dockerode.ContainerCreateOptions => {
  const { image, options, variables } = spec
  // A volume takes the image's files at its place and is removed with the container; `/` cannot be one.
  const hasVolume = image.workingDirectory !== '' && image.workingDirectory !== '/'
  const memory = options.memoryBytes
  return {
    Image: image.id,
    Cmd: ['sh', '-c', RUN_IN_SHELL, spec.command],
    // HOME first: the project may set another one.
    Env: Object.entries({ HOME: '/tmp', ...variables }).map(([name, value]) => `${name}=${value}`),
    User: options.user ?? DEFAULT_USER,
    Hostname: spec.attemptId.slice(0, 63),
    Labels: {
      [ATTEMPT_LABEL]: spec.attemptId,
      [EXECUTOR_LABEL]: spec.executorId,
      ...(variables['MLFLOW_RUN_ID'] === undefined ? {} : { 'tidemill.run_id': variables['MLFLOW_RUN_ID'] }),
    },
    AttachStdout: true,
    AttachStderr: true,
    ...(hasVolume ? { Volumes: { [image.workingDirectory]: {} } } : {}),
    HostConfig: {
      ReadonlyRootfs: true,
      Tmpfs: { '/tmp': TMP_OPTIONS },
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      PidsLimit: PIDS_LIMIT,
      Ulimits: [
        { Name: 'nofile', Soft: OPEN_FILES, Hard: OPEN_FILES },
        { Name: 'core', Soft: 0, Hard: 0 },
      ],
      ...(memory === undefined ? {} : { Memory: memory, MemorySwap: memory }),
      ...(options.cpus === undefined ? {} : { NanoCpus: Math.round(options.cpus * 1e9) }),
      Init: true,
      NetworkMode: spec.network,
      RestartPolicy: { Name: 'no' },
      // The attached stream is the log; the engine need not keep another.
      LogConfig: { Type: 'none', Config: {} },
      Binds: [...spec.volumes],
      Mounts: spec.inputs.map((path) => ({ Type: 'bind', Source: path, Target: path, ReadOnly: true })),
    },
  }
}
