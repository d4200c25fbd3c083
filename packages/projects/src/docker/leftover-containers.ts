import type Dockerode from 'dockerode'
import { statusOf } from './engine.ts'
import { ATTEMPT_LABEL, EXECUTOR_LABEL } from './container-options.ts'

export interface AttemptContainer {
  readonly containerId: string
  readonly attemptId: string
}

/** Containers of this executor's attempts, stopped ones too. */
export const listAttemptContainers = async (docker: Dockerode, executorId: string): Promise<AttemptContainer[]> => {
  const containers = await docker.listContainers({
    all: true,
    filters: { label: [`${EXECUTOR_LABEL}=${executorId}`] },
  })
  return containers.flatMap(({ Id, Labels }) => {
    const attemptId = Labels[ATTEMPT_LABEL]
    return attemptId === undefined ? [] : [{ containerId: Id, attemptId }]
  })
}

/** Kills and removes a container with its anonymous volume; one that is gone is fine. */
export const removeContainer = async (docker: Dockerode, containerId: string): Promise<void> => {
  try {
    await docker.getContainer(containerId).remove({ force: true, v: true })
  } catch (error) {
    if (statusOf(error) !== 404 && statusOf(error) !== 409) throw error
  }
}
