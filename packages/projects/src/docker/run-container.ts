import { constants } from 'node:os'
import { Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { setTimeout as delay } from 'node:timers/promises'
import type { AttemptEnd } from '@tidemill/core'
import type Dockerode from 'dockerode'
import { ExecutionFailure } from '../execution-failure.ts'
import { startDeadline } from '../launch/deadline.ts'
import { createLineSplitter } from '../launch/line-splitter.ts'
import { exited, type LaunchHandle, type StopCause, timedOut } from '../launch/process-launcher.ts'
import { type ContainerSpec, toCreateOptions } from './container-options.ts'
import { messageOf, statusOf } from './engine.ts'

export interface ContainerLaunch extends ContainerSpec {
  readonly timeoutMs?: number
  /** ms between SIGTERM and SIGKILL. */
  readonly graceMs: number
  readonly onLine: (stream: 'stdout' | 'stderr', text: string) => void
  readonly signal: AbortSignal
}

const LAST_OUTPUT_MS = 2_000

/** Creates and starts a container; whatever happens then, it is removed. Throws ExecutionFailure when it cannot start. */
export const runContainer = async (docker: Dockerode, launch: ContainerLaunch): Promise<LaunchHandle> => {
  const container = await create(docker, launch)
  try {
    const stream = await container.attach({ stream: true, stdout: true, stderr: true })
    const drained = drain(docker, stream, launch.onLine)
    await container.start()
    return supervise(container, launch, drained)
  } catch (error) {
    await remove(container)
    throw startFailure(launch, error)
  }
}

const create = async (docker: Dockerode, launch: ContainerLaunch): Promise<Dockerode.Container> => {
  try {
    return await docker.createContainer(toCreateOptions(launch))
  } catch (error) {
    throw startFailure(launch, error)
  }
}

const supervise = (container: Dockerode.Container, launch: ContainerLaunch, drained: Promise<void>): LaunchHandle => {
  let cause: StopCause | undefined
  const exit = waitForExit(container)

  const stop = async (why: StopCause): Promise<void> => {
    if (cause !== undefined) return
    cause = why
    await kill(container, 'SIGTERM')
    const isGone = await Promise.race([exit.then(() => true), delay(launch.graceMs, false)])
    if (!isGone) await kill(container, 'SIGKILL')
  }
  // A kill that the engine refuses leaves the container to its removal by force, below.
  const stopQuietly = (why: StopCause) => void stop(why).catch(() => undefined)
  const onAbort = () => stopQuietly('cancelled')
  const deadline = startDeadline(launch.timeoutMs, () => stopQuietly('timeout'))
  launch.signal.addEventListener('abort', onAbort, { once: true })
  if (launch.signal.aborted) onAbort()

  const ended = (async (): Promise<AttemptEnd> => {
    const end = await exit
    deadline[Symbol.dispose]()
    launch.signal.removeEventListener('abort', onAbort)
    await Promise.race([drained, delay(LAST_OUTPUT_MS)])
    await remove(container)
    if (cause === 'cancelled') return { kind: 'cancelled', code: 'cancelled', reason: 'Cancelled.' }
    return cause === 'timeout' ? timedOut(launch.timeoutMs ?? 0) : end
  })()
  return {
    wait: () => ended,
    cancel: async () => {
      stopQuietly('cancelled')
      await ended
    },
  }
}

const waitForExit = async (container: Dockerode.Container): Promise<AttemptEnd> => {
  try {
    await container.wait()
    const { State, HostConfig } = await container.inspect()
    return toEnd(State.ExitCode, State.OOMKilled, HostConfig.Memory ?? 0)
  } catch (error) {
    return {
      kind: 'infra_failed',
      code: 'docker',
      reason: `The Docker Engine lost the container: ${messageOf(error)}. Check the engine's log.`,
    }
  }
}

const toEnd = (exitCode: number, isOutOfMemory: boolean, memoryBytes: number): AttemptEnd => {
  if (isOutOfMemory) {
    const limit = memoryBytes > 0 ? ` of ${memoryBytes} bytes` : ''
    return {
      kind: 'failed',
      code: 'oom',
      reason: `The container ran out of its memory${limit}. Use less, or raise the limit.`,
      exitCode,
    }
  }
  const signal = Object.entries(constants.signals).find(([, number]) => number === exitCode - 128)?.[0]
  return signal === undefined
    ? exited(exitCode)
    : { kind: 'failed', code: 'signal', reason: `The command was killed by ${signal}.`, exitCode }
}

const drain = async (
  docker: Dockerode,
  stream: NodeJS.ReadableStream,
  onLine: ContainerLaunch['onLine'],
): Promise<void> => {
  const outputs = (['stdout', 'stderr'] as const).map((name) => {
    const lines = createLineSplitter((text) => onLine(name, text))
    const sink = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        lines.write(chunk)
        done()
      },
    })
    return { lines, sink }
  })
  const [stdout, stderr] = outputs
  if (stdout === undefined || stderr === undefined) return
  docker.modem.demuxStream(stream, stdout.sink, stderr.sink)
  try {
    await finished(stream, { writable: false })
  } catch {
    // The connection broke: what came until then is all there is, and `wait` tells how the container ended.
  }
  for (const { lines } of outputs) lines.end()
}

const kill = async (container: Dockerode.Container, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
  try {
    await container.kill({ signal })
  } catch (error) {
    // 404 and 409: it has ended.
    if (statusOf(error) !== 404 && statusOf(error) !== 409) throw error
  }
}

/** Also what is running, and its anonymous volume. 404 and 409: it is gone, or about to be. */
const remove = async (container: Dockerode.Container): Promise<void> => {
  try {
    await container.remove({ force: true, v: true })
  } catch (error) {
    if (statusOf(error) === undefined) return
    if (statusOf(error) !== 404 && statusOf(error) !== 409) throw error
  }
}

const startFailure = (launch: ContainerLaunch, error: unknown): ExecutionFailure => {
  const message = messageOf(error)
  if (/executable file not found|no such file or directory/i.test(message)) {
    return new ExecutionFailure(
      'rejected',
      'image',
      `The image '${launch.image.uri}' cannot start the command: ${message}. ` +
        `It needs a shell ('sh' on its PATH), and an ENTRYPOINT, if any, that runs its arguments.`,
      { cause: error },
    )
  }
  return new ExecutionFailure('infra_failed', 'docker', `Docker could not start the container: ${message}`, {
    cause: error,
  })
}
