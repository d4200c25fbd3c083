import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { isErrno } from '../errno.ts'
import { ATTEMPT_VARIABLE, EXECUTOR_VARIABLE } from './process-environment.ts'

export interface AttemptProcess {
  readonly pid: number
  readonly attemptId: string
}

/** Processes of this executor's attempts, by the environment they were started with. Empty where there is no /proc. */
export const listAttemptProcesses = async (executorId: string): Promise<AttemptProcess[]> => {
  if (process.platform !== 'linux') return []
  const pids = (await readdir('/proc')).map(Number).filter((pid) => Number.isInteger(pid) && pid !== process.pid)
  const found = await Promise.all(pids.map((pid) => readAttempt(pid, executorId)))
  return found.filter((attempt) => attempt !== undefined)
}

const KILL_LIMIT_MS = 10_000
const KILL_ROUND_MS = 10

/**
 * Kills until none is left: a process that forks while it is being killed is met in the next round. Gives up after
 * 10 s, when only processes are left that the kernel cannot end. Answers how many were met.
 */
export const killAttemptProcesses = async (executorId: string, attemptIds: ReadonlySet<string>): Promise<number> => {
  const killed = new Set<number>()
  const start = performance.now()
  while (performance.now() - start < KILL_LIMIT_MS) {
    const left = (await listAttemptProcesses(executorId)).filter(({ attemptId }) => attemptIds.has(attemptId))
    if (left.length === 0) break
    for (const { pid } of left) {
      kill(pid, 'SIGKILL')
      killed.add(pid)
    }
    await delay(KILL_ROUND_MS)
  }
  return killed.size
}

/** Sends a signal to a process, or to a group by its negative id; one that is gone is fine. */
export const kill = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if (!isErrno(error, 'ESRCH')) throw error
  }
}

const readAttempt = async (pid: number, executorId: string): Promise<AttemptProcess | undefined> => {
  try {
    const variables = (await readFile(`/proc/${pid}/environ`, 'utf8')).split('\0')
    if (!variables.includes(`${EXECUTOR_VARIABLE}=${executorId}`)) return undefined
    const prefix = `${ATTEMPT_VARIABLE}=`
    const attemptId = variables.find((variable) => variable.startsWith(prefix))?.slice(prefix.length)
    return attemptId === undefined ? undefined : { pid, attemptId }
  } catch (error) {
    // It ended meanwhile, or it is another user's, which this executor did not start.
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].some((code) => isErrno(error, code))) return undefined
    throw error
  }
}
