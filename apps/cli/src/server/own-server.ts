import { setTimeout as delay } from 'node:timers/promises'
import { ResourceConflictError } from '@tidemill/core'
import { createClient, type TidemillClient } from '@tidemill/sdk'
import { findRunningServer } from '@tidemill/api'
import { toServeConfig } from '../config.ts'
import type { CliContext } from '../context.ts'
import type { Environment } from '../env.ts'
import { createLogger } from '../logger.ts'
import type { SettingOptions } from '../settings.ts'
import { startEmbeddedServer } from './embedded-server.ts'
import { lockDirectories } from './lock-directories.ts'

/** A server to talk to, started by this command or found. */
export interface ServerInUse extends AsyncDisposable {
  readonly client: TidemillClient
  /** It ends with this command. */
  readonly isOwn: boolean
  /** Waits for the workflow runs that others submitted here meanwhile, whose number is told. */
  waitForOthers(tell: (count: number) => void): Promise<void>
}

/** Another command may hold the data directory and not listen yet. */
const START_LIMIT_MS = 15_000
const UNFINISHED = ['QUEUED', 'RUNNING', 'CANCELLING'] as const

export const useServer = (url: string): ServerInUse => ({
  client: createClient({ url }),
  isOwn: false,
  waitForOthers: async () => undefined,
  [Symbol.asyncDispose]: async () => undefined,
})

/**
 * Starts the embedded server, on a free port unless one is given, for as long as one command takes; when another command has just started
 * one on the same data directory, uses that.
 */
export const startOwnServer = async (context: CliContext, options: SettingOptions): Promise<ServerInUse> => {
  const config = {
    ...toServeConfig(
      'embedded',
      { ...options, host: '127.0.0.1', port: options.port ?? '0' },
      toOwnVariables(context.environment),
      context.workingDirectory,
    ),
    // People watch the run here; of the server only trouble is news.
    logLevel: 'error' as const,
  }
  const giveUpAt = performance.now() + START_LIMIT_MS
  for (;;) {
    try {
      await using stack = new AsyncDisposableStack()
      const lock = await lockDirectories(config, stack)
      const { url } = stack.use(await startEmbeddedServer(config, createLogger(config.logLevel, context.stderr)))
      await lock.publishUrl(url)
      const owned = stack.move()
      const client = createClient({ url })
      const startedAt = Date.now()
      return {
        client,
        isOwn: true,
        waitForOthers: (tell) => waitForOthers(client, startedAt, tell),
        [Symbol.asyncDispose]: () => owned.disposeAsync(),
      }
    } catch (error) {
      if (!(error instanceof ResourceConflictError) || performance.now() > giveUpAt) throw error
      const running = await findRunningServer(config.dataDirectory)
      if (running !== undefined) return useServer(running.url)
      await delay(100)
    }
  }
}

/** `DATABASE_URL` and MLflow's variables may mean other programs: a server that nobody asked for does not take them. */
const toOwnVariables = (environment: Environment): Environment => ({
  ...environment,
  variables: new Map([...environment.variables].filter(([name]) => name.startsWith('TIDEMILL_'))),
})

const waitForOthers = async (client: TidemillClient, since: number, tell: (count: number) => void): Promise<void> => {
  let told = 0
  for (;;) {
    const { workflow_runs: runs } = await client.searchWorkflowRuns({ states: UNFINISHED })
    const count = runs.filter((run) => run.created_at >= since).length
    if (count === 0) return
    if (count !== told) tell(count)
    told = count
    await delay(500)
  }
}
