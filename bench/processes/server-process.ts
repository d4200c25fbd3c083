import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync, closeSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { endGroupWithUs, signalGroup } from './process-group.ts'

export interface ServerProcess {
  readonly pid: number
  /** Spawn to the first answer 200 of `readyUrl`. */
  readonly startMs: number
  stop(): Promise<void>
  /** SIGKILL. */
  kill(): Promise<void>
}

const POLL_MS = 5

/** Spawns a server, its output into a file, and waits for its first 200. Rejects with the end of its output. */
export const startServerProcess = async (options: {
  readonly command: readonly [string, ...string[]]
  readonly environment?: Readonly<Record<string, string>>
  readonly cwd: string
  readonly logFile: string
  readonly readyUrl: string
  /** @default 5 minutes: MLflow on a busy machine */
  readonly timeoutMs?: number
}): Promise<ServerProcess> => {
  const [file, ...args] = options.command
  const log = openSync(options.logFile, 'a')
  const startedAt = performance.now()
  const child = spawn(file, args, {
    cwd: options.cwd,
    detached: true,
    stdio: ['ignore', log, log],
    env: { ...process.env, ...options.environment },
  })
  closeSync(log)
  endGroupWithUs(child, 'SIGTERM')
  await waitUntilReady(child, options, startedAt + (options.timeoutMs ?? 300_000))
  const startMs = performance.now() - startedAt
  if (child.pid === undefined) throw new Error(`${file} did not start`)
  return { pid: child.pid, startMs, stop: () => end(child, 'SIGTERM'), kill: () => end(child, 'SIGKILL') }
}

const waitUntilReady = async (
  child: ChildProcess,
  { readyUrl, logFile, command }: { readyUrl: string; logFile: string; command: readonly string[] },
  deadline: number,
): Promise<void> => {
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null || performance.now() > deadline) {
      signalGroup(child, 'SIGTERM')
      throw new Error(`${command.join(' ')} did not get ready:\n${readFileSync(logFile, 'utf8').slice(-3000)}`)
    }
    const isReady = await fetch(readyUrl, { headers: { connection: 'close' } }).then(
      (response) => response.ok,
      () => false,
    )
    if (isReady) return
    await delay(POLL_MS)
  }
}

const STOP_LIMIT_MS = 15_000

const end = async (child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  signalGroup(child, signal)
  const cut = setTimeout(() => signalGroup(child, 'SIGKILL'), STOP_LIMIT_MS)
  await exited
  clearTimeout(cut)
}
