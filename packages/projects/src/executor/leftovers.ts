import { openDocker } from '../docker/engine.ts'
import { listAttemptContainers, removeContainer } from '../docker/leftover-containers.ts'
import { ExecutionFailure } from '../execution-failure.ts'
import { killAttemptProcesses, listAttemptProcesses } from '../launch/attempt-processes.ts'
import { deleteTree, hasUsedDocker, listWorkDirectories } from './work-directory.ts'

export interface LeftoverSearch {
  readonly dataDirectory: string
  readonly executorId: string
  /** Of these attempts, the ones that somebody still runs. */
  readonly findLive: (attemptIds: readonly string[]) => Promise<ReadonlySet<string>>
}

/**
 * What killed workers left on this host. Everything is listed before `findLive` is asked, so an attempt that starts
 * meanwhile is not among it. Answers of how many attempts something was removed.
 */
export const removeLeftovers = async ({ dataDirectory, executorId, findLive }: LeftoverSearch): Promise<number> => {
  const docker = (await hasUsedDocker(dataDirectory)) ? await findDocker() : undefined
  const [processes, containers, directories] = await Promise.all([
    listAttemptProcesses(executorId),
    docker === undefined ? [] : listAttemptContainers(docker, executorId),
    listWorkDirectories(dataDirectory),
  ])
  const attemptIds = [...new Set([...processes, ...containers, ...directories].map(({ attemptId }) => attemptId))]
  if (attemptIds.length === 0) return 0
  const live = await findLive(attemptIds)
  const dead = new Set(attemptIds.filter((attemptId) => !live.has(attemptId)))
  await killAttemptProcesses(executorId, dead)
  if (docker !== undefined) {
    const dying = containers.filter(({ attemptId }) => dead.has(attemptId))
    await Promise.all(dying.map(({ containerId }) => removeContainer(docker, containerId)))
  }
  for (const { attemptId, path } of directories) if (dead.has(attemptId)) await deleteTree(path)
  return dead.size
}

/** Undefined while no engine answers: its containers wait for the next search. */
const findDocker = async () => {
  try {
    return await openDocker()
  } catch (error) {
    if (error instanceof ExecutionFailure) return undefined
    throw error
  }
}
