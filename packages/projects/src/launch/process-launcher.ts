import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { constants } from 'node:os'
import type { AttemptEnd, LogStream } from '@tidemill/core'
import { isErrno } from '../errno.ts'
import { kill, killAttemptProcesses } from './attempt-processes.ts'
import { startDeadline } from './deadline.ts'
import { INIT_SCRIPT } from './init-script.ts'
import { findIsolation, type Isolation } from './isolation.ts'
import { createLineSplitter } from './line-splitter.ts'
import { ATTEMPT_VARIABLE, EXECUTOR_VARIABLE, type Variables } from './process-environment.ts'

/** What ended a launch from outside. */
export type StopCause = 'cancelled' | 'timeout'

export interface Launch {
  /** File and arguments; no shell is put around them. */
  readonly command: readonly [file: string, ...args: string[]]
  readonly workDirectory: string
  readonly variables: Variables
  readonly attemptId: string
  readonly executorId: string
  /** ms; absent: none. */
  readonly timeoutMs?: number
  /** ms between SIGTERM and SIGKILL. */
  readonly graceMs: number
  readonly onLine: (stream: Exclude<LogStream, 'system'>, text: string) => void
  /** Aborting it cancels, as `cancel` does. */
  readonly signal?: AbortSignal
}

/** One handle for every way to run a step. */
export interface LaunchHandle {
  /** Never rejects. */
  wait(): Promise<AttemptEnd>
  /** Resolves when nothing of the launch is left. The first reason of death is kept. */
  cancel(): Promise<void>
}

/** Starts a process with all its descendants in one isolation, by default the strongest of this host. */
export const launchProcess = async (launch: Launch, chosen?: Isolation): Promise<LaunchHandle> => {
  const isolation = chosen ?? (await findIsolation())
  const [file, ...args] =
    isolation.kind === 'namespace'
      ? [...isolation.prefix, 'bash', '-c', INIT_SCRIPT, 'init', ...launch.command]
      : [...isolation.prefix, ...launch.command]
  const child = spawn(file ?? '', args, {
    cwd: launch.workDirectory,
    env: {
      ...launch.variables,
      [ATTEMPT_VARIABLE]: launch.attemptId,
      [EXECUTOR_VARIABLE]: launch.executorId,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  return superviseProcess(launch, child, isolation)
}

const superviseProcess = (launch: Launch, child: ChildProcess, isolation: Isolation): LaunchHandle => {
  let cause: StopCause | undefined
  let isOver = false
  const drained = Promise.all([
    drain(child, 'stdout', (text) => launch.onLine('stdout', text)),
    drain(child, 'stderr', (text) => launch.onLine('stderr', text)),
  ])
  const exited = waitForExit(child)

  const stop = async (why: StopCause): Promise<void> => {
    if (isOver || cause !== undefined) return
    cause = why
    await signalAll(child, isolation, 'SIGTERM')
    if (!(await settlesWithin(exited, launch.graceMs))) await signalAll(child, isolation, 'SIGKILL')
  }
  const onAbort = () => void stop('cancelled')
  const deadline = startDeadline(launch.timeoutMs, () => void stop('timeout'))
  launch.signal?.addEventListener('abort', onAbort, { once: true })
  if (launch.signal?.aborted === true) onAbort()

  const ended = (async (): Promise<AttemptEnd> => {
    const exit = await exited
    isOver = true
    deadline[Symbol.dispose]()
    launch.signal?.removeEventListener('abort', onAbort)
    // In a namespace the kernel has killed the rest by now; elsewhere children may hold the pipes open.
    if (isolation.kind === 'group') {
      if (child.pid !== undefined) kill(-child.pid, 'SIGKILL')
      await killAttemptProcesses(launch.executorId, new Set([launch.attemptId]))
    }
    await drained
    return toEnd(launch, exit, cause)
  })()
  return {
    wait: () => ended,
    cancel: async () => {
      await stop('cancelled')
      await ended
    },
  }
}

type Exit = { readonly code: number } | { readonly signal: string } | { readonly error: Error }

const waitForExit = async (child: ChildProcess): Promise<Exit> => {
  try {
    await once(child, 'exit')
  } catch (error) {
    return { error: error instanceof Error ? error : new Error(String(error)) }
  }
  return child.exitCode === null ? { signal: child.signalCode ?? 'SIGKILL' } : fromExitCode(child.exitCode)
}

/** A shell answers 128 + N for a command that signal N killed. */
const fromExitCode = (code: number): Exit => {
  const signal = Object.entries(constants.signals).find(([, number]) => number === code - 128)?.[0]
  return signal === undefined ? { code } : { signal }
}

const drain = async (child: ChildProcess, name: 'stdout' | 'stderr', onLine: (text: string) => void): Promise<void> => {
  const stream = child[name]
  if (stream === null) return
  const lines = createLineSplitter(onLine)
  try {
    for await (const chunk of stream) lines.write(chunk)
  } catch (error) {
    // A process that could not be started closes its pipes early; `error` of the process says why.
    if (!isErrno(error, 'ERR_STREAM_PREMATURE_CLOSE')) throw error
  }
  lines.end()
}

const toEnd = (launch: Launch, exit: Exit, cause: StopCause | undefined): AttemptEnd => {
  if (cause === 'cancelled') return { kind: 'cancelled', code: 'cancelled', reason: 'Cancelled.' }
  if (cause === 'timeout') return timedOut(launch.timeoutMs ?? 0)
  if ('error' in exit) {
    return {
      kind: 'infra_failed',
      code: 'internal',
      reason: `Cannot start ${launch.command[0]}: ${exit.error.message}`,
    }
  }
  if ('code' in exit) return exited(exit.code)
  const number = Object.entries(constants.signals).find(([name]) => name === exit.signal)?.[1] ?? 0
  return {
    kind: 'failed',
    code: 'signal',
    reason: `The command was killed by ${exit.signal}.`,
    exitCode: 128 + number,
  }
}

/** The end of a command that ran out of its time. */
export const timedOut = (timeoutMs: number): AttemptEnd => ({
  kind: 'timed_out',
  code: 'timeout',
  reason: `The command was stopped after its timeout of ${timeoutMs / 1000} s.`,
})

/** The end of a command that exited by itself. */
export const exited = (exitCode: number): AttemptEnd =>
  exitCode === 0
    ? { kind: 'succeeded', code: 'succeeded', exitCode }
    : {
        kind: 'failed',
        code: 'exit_code',
        reason: `The command exited with code ${exitCode}.${EXIT_CODE_HINTS[exitCode] ?? ''}`,
        exitCode,
      }

const EXIT_CODE_HINTS: Readonly<Record<number, string>> = {
  126: ' The shell found the program but may not run it: check that it is executable.',
  127: ' The shell did not find the program: check its name and the environment.',
}

/**
 * In a namespace SIGTERM goes to its first process, which hands it on to the command, and SIGKILL to both ends of it;
 * in a group each goes to the whole group.
 */
const signalAll = async (child: ChildProcess, isolation: Isolation, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
  const { pid } = child
  if (pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  if (isolation.kind === 'group') return kill(-pid, signal)
  const init = await findInit(pid)
  if (init !== undefined) kill(init, signal)
  else if (signal === 'SIGTERM') kill(pid, 'SIGKILL')
  if (signal === 'SIGKILL') kill(pid, 'SIGKILL')
}

/** The child of `unshare`, as the host numbers it. Undefined: it has not forked, or has ended. */
const findInit = async (pid: number): Promise<number | undefined> => {
  try {
    const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')
    return children === '' ? undefined : Number.parseInt(children, 10)
  } catch (error) {
    if (isErrno(error, 'ENOENT') || isErrno(error, 'ESRCH')) return undefined
    throw error
  }
}

const settlesWithin = async (promise: Promise<unknown>, limitMs: number): Promise<boolean> => {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), limitMs)
  })
  try {
    return await Promise.race([promise.then(() => true), limit])
  } finally {
    clearTimeout(timer)
  }
}
