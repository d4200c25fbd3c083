import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const executable = join(import.meta.dirname, '../../../apps/cli/bin/tidemill')

/** A `tidemill` process that serves: `up`, `server` or `worker`. */
export interface TidemillProcess {
  readonly pid: number
  /** The one line that it printed when it was ready. */
  readonly readyLine: string
  /** The first URL of that line. */
  readonly url: string
  /** What it wrote to stderr so far. */
  log(): string
  /** SIGTERM; answers the exit code. */
  stop(): Promise<number | null>
  kill(): Promise<void>
}

/** Starts the command of this clone, from its sources, and waits for its ready line. Rejects with its log when it ends before. */
export const startTidemill = async (
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<TidemillProcess> => {
  const child = spawn(executable, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TIDEMILL_SOURCE: '1', ...environment },
  })
  let log = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text
  })
  const readyLine = await firstLine(child, () => log)
  const { pid } = child
  if (pid === undefined) throw new Error('tidemill did not start')
  return {
    pid,
    readyLine,
    url: /https?:\/\/[^\s]+/.exec(readyLine)?.[0] ?? '',
    log: () => log,
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) {
        const exit = once(child, 'exit')
        child.kill('SIGTERM')
        await exit
      }
      return child.exitCode
    },
    kill: async () => {
      if (child.exitCode === null && child.signalCode === null) {
        const exit = once(child, 'exit')
        child.kill('SIGKILL')
        await exit
      }
    },
  }
}

const firstLine = (child: ChildProcess, log: () => string): Promise<string> =>
  new Promise((resolve, reject) => {
    if (child.stdout === null) throw new Error('tidemill has no stdout')
    createInterface({ input: child.stdout }).once('line', resolve)
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      reject(new Error(`tidemill ended with ${code ?? signal} before it was ready:\n${log()}`))
    })
  })

export interface CommandResult {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a `tidemill` command to its end. */
export const runTidemill = async (
  args: readonly string[],
  options: { readonly environment?: Readonly<Record<string, string>>; readonly cwd?: string } = {},
): Promise<CommandResult> => {
  const child = spawn(executable, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TIDEMILL_SOURCE: '1', ...options.environment },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const [code]: [number | null] = (await once(child, 'close')) as [number | null]
  return { code, stdout, stderr }
}
